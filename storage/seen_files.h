// What files of an owner's tree looked like when their bytes were last read: for taking them
// without reading where nothing has changed since, and only where the caller asks for that.
//
// A file is the same if path, size, inode, device, modification time and change time are. The last
// cannot be set by a program, so a time of modification that was set back deceives nobody. It is
// noted only if it was settled: last changed at least kSettledNs before it was looked at, as in
// git's index. File systems date changes by a clock that ticks: after a change in the tick in which
// the file was read, it would look as before.
// The rows are no part of any identity, derived from nothing and needed by nothing; they hold the
// latest tree of each owner. docs/storage-format.md, "Seen files". Free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "purser/status.h"
#include "store.h"
#include "tree_reader.h"

namespace purser {

/// Longer than a tick of any file system in use (2 s on FAT).
inline constexpr std::int64_t kSettledNs = 2'000'000'000;

/// Whether a file that was looked at at `now_ns` or later may be noted.
[[nodiscard]] bool is_settled(const TreeFile& file, std::int64_t now_ns);

/// The digest that `file` had when it was noted looking exactly like this; nothing otherwise.
Result<std::optional<Digest>> find_seen_file(const RowReader& rows, std::string_view owner,
                                             const TreeFile& file);

void put_seen_file(WriteSet& changes, std::string_view owner, const TreeFile& file,
                   const Digest& digest);

/// Erases those of `owner` whose paths are not in `kept`, which are sorted.
Status erase_other_seen_files(WriteSet& changes, const RowReader& rows, std::string_view owner,
                              const std::vector<std::string_view>& kept);

}  // namespace purser
