// The commit: takes the commands that are waiting, decides them one after the other, and makes all
// they decided durable in one write.
//
// Invariants
// - One group at a time. Positions are given out in the order of deciding, without gaps.
// - A command is decided against the stored state plus what its group has decided before it.
// - Nothing is visible, and no caller hears of success, before the write returned ok.
// - A rejected command leaves no trace in the group's write.
// - After a failed write the outcome of the whole group is unknown, and no other group follows.
// - `mutex_` is not held while a group is decided or written.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "projection.h"
#include "proposal.h"
#include "store.h"

namespace purser {

/// What readers may look at: rows of these builds, up to this position.
struct Published {
  Builds builds{};
  Position position;
};

/// What the commit asks of the world around it. All are called by one thread at a time.
struct CommitHooks {
  std::function<Timestamp()> clock;
  /// Asked before each group; an error refuses the group, nothing written.
  std::function<Status()> before_group;
  /// Told after each durable group, before anyone hears of it.
  std::function<Status(Position durable)> after_group;
};

class Committer {
 public:
  /// `store` must outlive it. `published` is the state that the store holds.
  Committer(Store& store, CommitHooks hooks, std::size_t group_commands_max, Published published,
            Timestamp last_time);

  /// Blocks until the command is durable, rejected or unknown. From any thread.
  Status commit(Proposal& proposal);

  /// Runs `task` while no group is under way. From any thread.
  Status exclusively(const std::function<Status()>& task);

  /// Changes what readers and later commands look at. Only while no group is under way.
  void publish(const Published& published);

  [[nodiscard]] Published published() const;

  struct Counters {
    std::uint64_t commands = 0;
    std::uint64_t rejected = 0;
    std::uint64_t groups = 0;
  };
  [[nodiscard]] Counters counters() const;

 private:
  struct Waiter;
  struct Group;

  Status wait_for_turn(Waiter& waiter);
  std::vector<Waiter*> take_group();
  void run_group(const std::vector<Waiter*>& waiters);
  Status decide_one(Group& group, Waiter& waiter);
  Status replay(const View& view, Position position, Proposal& proposal);
  Status append(Group& group, Decision& decision, const Proposal& proposal, WriteSet& scratch,
                Outcome& outcome);
  Status write(Group& group);
  Timestamp next_time(Timestamp wall, Timestamp last) const;

  Store& store_;
  const CommitHooks hooks_;
  const std::size_t group_commands_max_;

  std::mutex mutex_;  // guards queue_ and leading_
  std::deque<Waiter*> queue_;
  bool leading_ = false;

  // Touched by the leader alone.
  Timestamp last_time_;
  bool poisoned_ = false;

  mutable std::mutex published_mutex_;  // guards published_ and counters_
  Published published_;
  Counters counters_;
};

}  // namespace purser
