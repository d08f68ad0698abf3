// How a ledger is opened. Every field has a default that suits a ledger of any size.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "purser/log.h"
#include "purser/types.h"
#include "purser/user_projection.h"

namespace purser {

struct Options {
  /// Answers queries only, beside another process that writes. Changes no byte of the directory.
  bool read_only = false;

  /// Who acts where a command's `Context` names nobody. 1 to 255 bytes of UTF-8.
  std::string actor = "library";

  /// A command is refused with `NoSpace` while the disk has less than this many bytes left, and so
  /// is a file that would leave fewer.
  std::uint64_t disk_reserve_bytes = 16ull << 20;

  /// How far the anchor may be behind the log: what a process that dies has acknowledged last and a
  /// disk then loses, without either being noticed, is less than so many synced writes (1: none),
  /// or younger than so long. From 1 and from 1 ms.
  std::uint64_t anchor_commits_max = 64;
  std::chrono::milliseconds anchor_delay_max{100};

  /// Memory for RocksDB's block cache, in bytes.
  std::size_t block_cache_bytes = 32u << 20;

  /// The most commands that are made durable by one sync. From 1.
  std::size_t group_commands_max = 256;

  /// The most submitted commands that wait to be decided; `submit` blocks beyond. From 1.
  std::size_t in_flight_max = 65'536;

  /// How many deployments, how many pointers and how many freezes are kept in memory as they stand
  /// now; the rest is read from the database. About 500 bytes each. 0: none.
  std::size_t memory_heads_max = 65'536;

  /// Memory that a rebuild gathers rows in, in bytes. From 1 MiB.
  std::size_t rebuild_memory_bytes = 256u << 20;

  /// Projections of your own. Opened for writing, the ledger folds what they have missed before
  /// `open` returns, and feeds them with each commit; one that it cannot fold is left where it is,
  /// and `Stats::user_projections` says why. Opened for reading, it only knows them for `verify`.
  std::vector<UserProjection> projections;

  /// How files are compressed when they are stored: a level of zstd, 1 to 19; 0: not at all. What
  /// does not become smaller is left as it is.
  int compression_level = 3;

  /// A pack that has reached this length is not appended to, in bytes. From 1 MiB.
  std::uint64_t pack_bytes_max = 64ull << 20;

  /// Gets what there is to tell beside answers. Empty: nobody.
  Logger logger;

  /// The clock. Must be callable from any thread.
  std::function<Timestamp()> clock;  // empty: the system's

  /// Fills a buffer with random bytes; used for identifiers and ledger ids. Must be callable from
  /// any thread. Empty: the operating system's generator.
  std::function<void(void* data, std::size_t size)> random;
};

}  // namespace purser
