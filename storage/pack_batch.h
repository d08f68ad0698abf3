// A batch of a PackStore: what one caller has put or relies on.
#pragma once

#include <algorithm>
#include <memory>

#include "pack_store.h"
#include "try.h"

namespace purser {

class PackStore::PackBatch final : public ChunkStore::Batch {
 public:
  explicit PackBatch(PackStore& store) : store_(store) {
    const std::lock_guard lock(store_.mutex_);
    store_.holds_.enter(held_);
    erasures_ = store_.erasures_;
  }
  ~PackBatch() override {
    const std::lock_guard lock(store_.mutex_);
    store_.holds_.leave(held_);
  }
  PackBatch(const PackBatch&) = delete;
  PackBatch& operator=(const PackBatch&) = delete;

  // Looks again where a commit came in between: what was pending may have got its row.
  Result<bool> put(const Digest& digest, std::string_view bytes) override {
    if (held_.contains(digest)) return false;
    while (true) {
      PURSER_ASSIGN(const bool found, find(digest));
      if (found) return false;
      PURSER_ASSIGN(const auto sequence, store_.gather(digest, bytes, seen_, held_));
      if (!sequence) continue;
      last_ = std::max(last_, *sequence);
      return true;
    }
  }

  // Where nothing was erased since the batch began, what was held then is held now.
  Result<bool> hold(const Digest& digest) override {
    if (held_.contains(digest) || store_.hold_unerased(digest, erasures_, held_)) return true;
    return find(digest);
  }

  Status commit() override { return store_.commit_up_to(last_); }

 private:
  // Whether the chunk has a row that stays; it is held then.
  Result<bool> find(const Digest& digest) {
    while (true) {
      PURSER_ASSIGN(const bool row, has_row(digest));
      if (!row) return false;
      if (const auto held = store_.hold_found(digest, seen_, held_)) return *held;
    }
  }
  // By rows as they were at the latest change: a snapshot is dear, and looked at often.
  Result<bool> has_row(const Digest& digest) {
    const Sequence version = store_.rows_version();
    if (!rows_ || version != seen_) {
      rows_ = store_.rows_.snapshot();
      seen_ = version;
    }
    PURSER_ASSIGN(const auto place, find_chunk(*rows_, digest));
    return place.has_value();
  }

  PackStore& store_;
  ChunkHolds::Chunks held_;  // put or found; changed with the store's mutex held
  std::unique_ptr<RowReader> rows_;
  Sequence seen_ = 0;      // the version of `rows_`
  Sequence erasures_ = 0;  // how often chunks had been erased when it began
  Sequence last_ = 0;      // the last block that holds something of this batch
};

}  // namespace purser
