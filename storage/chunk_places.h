// Where chunks are, beside somebody who moves them.
//
// A pack may go after a place in it was looked up, the chunk having moved to another. Whoever finds
// nothing there looks again, in the rows as they are now. On a handle that only reads, rows stand
// still between two refreshes of the whole handle; for looking again it opens them once more, and
// catches up with the writing process as it needs.
// Threads: any. Errors: Corruption of a row, Io.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "chunk_index.h"
#include "purser/status.h"
#include "store.h"
#include "try.h"

namespace purser {

class ChunkPlaces {
 public:
  /// Opens the rows beside a writing process. Empty where this process is the one that writes.
  using OpenBeside = std::function<Result<std::unique_ptr<Store>>()>;

  /// `rows` must outlive it.
  ChunkPlaces(const Store& rows, OpenBeside open_beside)
      : rows_(rows), open_beside_(std::move(open_beside)) {}

  Result<std::optional<BlockPlace>> find(const Digest& chunk) const {
    return find_chunk(*rows_.snapshot(), chunk);
  }

  /// The same in rows that are newer than those which said `old`, if there are any.
  Result<std::optional<BlockPlace>> find_now(const Digest& chunk,
                                             const std::optional<BlockPlace>& old) const;

  /// Runs `read` on the place of a chunk, or `read_unplaced` where it has none; and again where
  /// that ends in Corruption and the chunk is somewhere else by now.
  template <class T, class Read, class ReadUnplaced>
  Result<T> read(const Digest& chunk, const Read& read_placed,
                 const ReadUnplaced& read_unplaced) const {
    PURSER_ASSIGN(auto place, find(chunk));
    while (true) {
      Result<T> result = place ? read_placed(*place) : read_unplaced();
      if (result || !result.error().template is<Corruption>()) return result;
      PURSER_ASSIGN(const auto now, find_now(chunk, place));
      if (now == place) return result;
      place = now;
    }
  }

 private:
  const Store& rows_;
  const OpenBeside open_beside_;
  mutable std::mutex mutex_;  // guards beside_
  mutable std::unique_ptr<Store> beside_;
};

}  // namespace purser
