// Giving back the space of what no deployment has any more: settings and report of
// `Ledger::collect`.
//
// Plain values.
#pragma once

#include <cstdint>

namespace purser {

struct CollectOptions {
  /// A pack is written anew, without what is dead in it, when at least this share of its bytes is
  /// dead; 0 to 1. At a quarter three bytes are written for each that comes back, and what stays
  /// dead is at most a third of what lives.
  double dead_share = 0.25;

  /// Also compresses again what lives, packs that are compressed so already left alone: like files
  /// beside each other, in large blocks. Reading one file then costs unpacking 8 MiB.
  bool repack = false;

  /// Changes nothing, and reports what would go; what a repack would save is not known before.
  bool dry_run = false;
};

struct CollectReport {
  std::uint64_t files_removed = 0;  ///< different ones, of deployments whose artifacts are deleted
  std::uint64_t chunks_kept = 0;
  std::uint64_t chunks_removed = 0;
  std::uint64_t chunks_moved = 0;     ///< to a new pack
  std::uint64_t packs_removed = 0;    ///< those of which nothing lived, and those written anew
  std::uint64_t packs_left_over = 0;  ///< of them, what a crash had left and nothing knew
  /// Packs that should have gone, but hold something that lives and cannot be read.
  std::uint64_t packs_damaged = 0;
  /// Packs that should have been written anew, but the disk has no room for what lives in them.
  std::uint64_t packs_without_room = 0;
  std::uint64_t chunks_missing = 0;  ///< that a deployment has and nobody holds; see `verify`

  std::uint64_t bytes_removed = 0;  ///< the length of the packs that went
  std::uint64_t bytes_written = 0;  ///< to new ones
  std::uint64_t bytes_dead = 0;     ///< that stay, too few in any one pack

  /// What the disk has more of now; below 0 where less.
  [[nodiscard]] std::int64_t bytes_freed() const {
    return static_cast<std::int64_t>(bytes_removed) - static_cast<std::int64_t>(bytes_written);
  }
};

}  // namespace purser
