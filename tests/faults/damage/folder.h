// A directory in memory: its files by relative path, read from disk and laid out again.
#pragma once

#include <map>
#include <string>

namespace purser::faults {

/// Every file with its bytes, by its path in the directory; and every directory in it, whose path
/// ends with a slash, without any.
using Folder = std::map<std::string, std::string>;

/// A new directory below `directory` or, where nothing is asked of a disk and there is one, in
/// memory, which is quicker.
std::string scratch_in(const std::string& directory, const std::string& name);

Folder read_folder(const std::string& directory);

inline bool is_directory(const Folder::value_type& entry) { return entry.first.ends_with('/'); }

/// Makes `directory` hold these files and no others. All are private, directories too.
void lay_folder(const std::string& directory, const Folder& folder);

/// The path of the first file that only one of them has, or that has other bytes in each; empty
/// where they are alike. The lock files of ledgers do not count.
std::string first_difference(const Folder& a, const Folder& b);

}  // namespace purser::faults
