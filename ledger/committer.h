// The commit: decides a group of commands one after the other, and makes all they decided durable
// in one write, while the next group is decided.
//
// Invariants
// - One group is decided at a time, and one is written, in the same order (commit_queue.h).
//   Positions are given out in the order of deciding, without gaps.
// - A command is decided against the stored state, plus what the group before has decided while
//   that is being written, plus what its own group has decided before it.
// - Nothing is visible, and no caller hears of success, before the write returned ok. Groups become
//   visible in order.
// - A rejected proposal leaves no trace in the group's write.
// - After a failed write the outcome of the whole group is unknown, and no other group is written:
//   what was decided on top of it is refused, and has changed nothing.
// - No lock is held while a group is decided or written.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "arrivals.h"
#include "commit_queue.h"
#include "group_heads.h"
#include "memory_heads.h"
#include "merkle_rows.h"
#include "projection.h"
#include "proposal.h"
#include "purser/stats.h"
#include "store.h"

namespace purser {

/// What readers may look at: rows of these builds, up to this position.
struct Published {
  Builds builds{};
  Position position;
};

/// What the commit asks of the world around it. Each is called by one thread at a time.
struct CommitHooks {
  std::function<Timestamp()> clock;
  /// Asked before each group; an error refuses the group, nothing written.
  std::function<Status()> before_group;
  /// Asked before each write; an error poisons the handle, nothing written.
  std::function<Status()> before_write;
  /// Told once, why nothing is written any more.
  std::function<void(const Error& error)> on_failure;
  /// Told after each durable group, before anyone hears of it; maybe beside `before_group` of the
  /// next one. `tree` is that of the log up to there, where it grows.
  std::function<Status(Position durable, const std::optional<CompactRange>& tree)> after_group;
  /// Given the events of each group that was decided: adds to `changes` what else they mean, which
  /// cannot refuse them. `stored` holds all groups but maybe the one before. Empty: nothing else.
  std::function<void(const std::vector<Event>& events, const RowReader& stored, WriteSet& changes)>
      fold_besides;
  /// False leaves the Merkle tree alone, and such a ledger must not be opened again: `bench/`
  /// measures with it what the tree costs.
  bool grow_tree = true;
};

struct CommitLimits {
  std::size_t group_commands_max = 256;
  std::size_t in_flight_max = 65'536;
};

class Committer {
 public:
  /// `store` and `memory` must outlive it. `published` is the state that the store holds, `tree`
  /// that of its log.
  Committer(Store& store, MemoryHeads& memory, CommitHooks hooks, CommitLimits limits,
            Published published, Timestamp last_time, GrowingTree tree);

  /// Blocks until the proposal is durable, rejected or unknown. From any thread.
  Status commit(const Proposal& proposal);

  /// The same for a proposal that finishes later. From any thread.
  void submit(std::unique_ptr<Submission> submission) { queue_.submit(std::move(submission)); }

  /// Blocks until everything submitted has finished.
  void drain() { queue_.drain(); }

  /// Runs `task` while no group is under way. From any thread.
  Status exclusively(const std::function<Status()>& task);

  /// Changes what readers and later commands look at. Only while no group is under way.
  void publish(const Published& published);

  [[nodiscard]] Published published() const;
  /// The last position that readers may look at.
  [[nodiscard]] Position position() const { return Position{position_}; }
  /// Announces every such position.
  [[nodiscard]] Arrivals& arrivals() { return arrivals_; }

  /// The Merkle tree over the log. Only while no group is under way.
  [[nodiscard]] const GrowingTree& tree() const { return tree_; }

  [[nodiscard]] Counters counters() const;
  /// Why nothing is written any more.
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  struct Group;
  // What a group has decided, until it is written.
  struct Flight {
    explicit Flight(MemoryHeads& memory) : heads(memory) {}
    WriteSet changes;
    GroupHeads heads;
    Position before;  // the group
    Position position;
    std::optional<CompactRange> tree;  // of the log up to `position`, where it grows
    std::uint64_t commands = 0;
    std::uint64_t rejected = 0;
  };

  void decide_group(CommitQueue::Group& waiting);
  void decide_entries(Group& group, std::span<CommitEntry* const> entries);
  Status decide(Group& group, const Proposal& proposal);
  Status decide_steps(Group& group, const Proposal& proposal, std::vector<Event>& events);
  Status decide_step(Group& group, const Proposal& proposal, Step& step,
                     std::vector<Event>& events);
  Status fold(Group& group, Event& event, const Event* before);
  Event make_event(Group& group, const Proposal& proposal, const Step& step, Payload payload) const;
  void grow_tree(Group& group);
  std::chrono::nanoseconds write_group(const CommitQueue::Group& waiting);
  Status write(const Flight& flight);
  void poison(const Error& error);
  void count(const Flight& flight, const CommitQueue::Group& waiting);

  Store& store_;
  const CommitHooks hooks_;

  // Touched by who decides alone; a flight by who writes it, when it is decided.
  std::array<Flight, 2> flights_;
  std::uint64_t decided_ = 0;  // groups; the next one takes flight `decided_ % 2`
  Position decided_position_;
  Timestamp decided_time_;
  GrowingTree tree_;

  std::atomic<std::uint64_t> written_ = 0;  // groups, or given up
  std::atomic<bool> poisoned_ = false;

  std::atomic<std::uint64_t> position_;  // published_.position, for who needs no more
  Arrivals arrivals_;
  mutable std::mutex published_mutex_;  // guards all below
  Published published_;
  Counters counters_;
  std::optional<Error> failure_;

  CommitQueue queue_;  // last: its thread uses all above
};

}  // namespace purser
