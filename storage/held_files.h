// Files of a ledger that is being written to, held open to be copied: what is removed meanwhile
// can still be read, and of what grows only what was there counts.
//
// Takes a descriptor for each file. Free functions; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

struct HeldFile {
  std::string path;  ///< below the folder that was asked for
  UniqueFd fd;
  std::uint64_t bytes = 0;
  std::optional<std::string> content = {};  ///< of one that goes on changing within its length
};

/// The database of RocksDB in `database` as it is at one moment: its tables, its MANIFEST, its
/// write-ahead logs, of which the last, up to some 64 MiB, is read into memory. Folders are left
/// out. Errors: Corruption, Io.
Result<std::vector<HeldFile>> hold_database(const std::string& database);

/// All regular files at any depth below `folder`, in the order of their paths. `known`: of an
/// earlier call, which are not opened again; they are taken over, with the length that they have
/// now. What is removed meanwhile is left out. Errors: Corruption, Io.
Result<std::vector<HeldFile>> hold_folder(const std::string& folder, std::vector<HeldFile> known);

/// Gets the bytes that were copied since; an error ends it.
using CopiedBytes = std::function<Status(std::uint64_t bytes)>;

/// So much of a file is written as fast as the disk takes it, and is there before more is read: who
/// rests then leaves an idle disk to others.
inline constexpr std::uint64_t kBurstBytes = std::uint64_t{32} << 20;

/// Makes `folder`, which must be there and empty, hold a copy of each (0600), in folders (0700).
/// The disk is asked to write them, and not waited for in the end: whoever copies syncs the file
/// system, and looks whether all is there. Errors: those of `copied`, Io.
Status copy_held(const std::vector<HeldFile>& files, const std::string& folder,
                 const CopiedBytes& copied);

}  // namespace purser
