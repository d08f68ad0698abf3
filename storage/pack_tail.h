// The end of the packs of a store, where blocks are appended, and the rows of what was.
//
// Threads: `append` from any, also beside a commit, which does not keep it waiting; the caller sees
// to it that only one of `commit` and `end` runs at a time. Errors: Io, and those of the rows;
// after one the tail is only to be destroyed, since what reached the medium is unknown.
// Durability: after `commit` returned ok every block appended before is on stable storage, and has
// its rows.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "chunk_index.h"
#include "pack_block.h"
#include "pack_writer.h"
#include "posix.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

class PackTail {
 public:
  /// `directory`: that of the packs. It is looked at when the first block comes. `rows` must
  /// outlive the tail.
  PackTail(std::string directory, Store& rows, std::uint64_t pack_bytes_max, const SyncCalls& sync)
      : directory_(std::move(directory)),
        rows_(rows),
        pack_bytes_max_(pack_bytes_max),
        sync_(sync) {}

  /// `encoded`: the bytes of `block`.
  Result<BlockPlace> append(const BlockBuilder& block, const std::string& encoded);

  /// What was appended until now becomes durable, then found.
  Status commit();

  /// The same; and from now on no pack that has rows is appended to. Returns the last of them.
  Result<PackNumber> end();

  /// Runs `look` while nothing is appended. It is told whether a pack may still be without a row.
  template <class Look>
  auto standing_still(const Look& look) const {
    const std::lock_guard lock(mutex_);
    return look([&](PackNumber pack) { return writer_ && writer_->is_writing(pack); });
  }

 private:
  struct Written {
    std::vector<Digest> chunks;
    BlockPlace place;
  };
  Status open_writer();
  Status commit_with(std::unique_lock<std::mutex>& lock);

  const std::string directory_;
  Store& rows_;
  const std::uint64_t pack_bytes_max_;
  const SyncCalls sync_;

  mutable std::mutex mutex_;  // guards what follows
  std::unique_ptr<PackWriter> writer_;
  PackNumber ended_;              // this pack and those before are not appended to
  std::vector<Written> written_;  // appended, and no commit has begun since
};

}  // namespace purser
