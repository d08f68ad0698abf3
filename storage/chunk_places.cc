#include "chunk_places.h"

namespace purser {

Result<std::optional<BlockPlace>> ChunkPlaces::find_now(
    const Digest& chunk, const std::optional<BlockPlace>& old) const {
  if (!open_beside_) return find(chunk);
  const std::lock_guard lock(mutex_);
  if (beside_) {
    PURSER_ASSIGN(const auto place, find_chunk(*beside_->snapshot(), chunk));
    if (place && place != old) return place;
    PURSER_TRY(beside_->catch_up());
  } else {
    PURSER_ASSIGN(beside_, open_beside_());
  }
  return find_chunk(*beside_->snapshot(), chunk);
}

}  // namespace purser
