// Which chunks a sweep must leave alone because somebody is about to refer to them.
//
// A batch holds what it has put or found until it is destroyed, which is after the commit that
// refers to it. A sweep begins, then its caller takes the snapshot that it marks by, and then it
// asks here. So whatever a commit refers to is either in that snapshot or was held when the sweep
// began or later: by a batch that lives, or by one that has left since, whose chunks are kept until
// the sweep ends.
// Guarded by the mutex of the store that has it, and so are the sets that entered.
#pragma once

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "hash.h"
#include "purser/types.h"

namespace purser {

class ChunkHolds {
 public:
  using Chunks = std::unordered_set<Digest, DigestHash>;

  /// `held` may grow, and stays where it is until it leaves.
  void enter(const Chunks& held) { living_.push_back(&held); }
  void leave(Chunks& held) {
    std::erase(living_, &held);
    if (sweeping_) departed_.merge(held);
  }

  void begin_sweep() { sweeping_ = true; }
  void end_sweep() {
    sweeping_ = false;
    departed_.clear();
  }

  [[nodiscard]] bool holds(const Digest& chunk) const {
    return departed_.contains(chunk) ||
           std::any_of(living_.begin(), living_.end(),
                       [&](const Chunks* held) { return held->contains(chunk); });
  }

 private:
  std::vector<const Chunks*> living_;
  Chunks departed_;  // since the sweep began
  bool sweeping_ = false;
};

}  // namespace purser
