// Who waits for the commit, and who leads it: hands groups of entries, in order, to a function that
// decides them and then to one that writes them.
//
// A caller that finds nobody deciding leads: it takes those waiting behind it along and does the
// work for all of them, so that one thread alone never waits for another. While one group is
// written the next one is decided: who arrives meanwhile joins it, and the first of them leads. It
// is complete when the disk is free and it has room for nobody who is expected soon: members of a
// group tend to come back at once with their next command, and for as long as a sync takes, waiting
// for them costs no more than a sync of their own would.
//
// Submissions have no thread of their own: where one of them is to lead, a thread of the queue
// does, and only such threads, one at a time, tell submissions how they ended, so that no caller
// ever runs another one's code under its own locks. There are two, since one may be writing while
// the other decides. They are started by the first submission.
//
// Threads: any, except `~CommitQueue`, which is called when nobody else is inside. No lock is held
// while a group is decided or written.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "bell.h"
#include "proposal.h"
#include "purser/status.h"

namespace purser {

/// One place in the queue.
struct CommitEntry {
  using Clock = std::chrono::steady_clock;
  Proposal proposal;                              // this,
  const std::function<Status()>* task = nullptr;  // or this, alone in its group
  Position position;                              // of its first event; 0: it has none
  Status result;
  Clock::time_point arrived = Clock::now();

 private:
  friend class CommitQueue;
  enum class State : std::uint8_t { waiting, leading, done };
  std::atomic<State> state = State::waiting;
  Bell* bell = nullptr;  // what its caller listens to; null: a submission
};

/// An entry that nobody waits for.
class Submission : public CommitEntry {
 public:
  virtual ~Submission() = default;
  /// Called once, on a thread of the queue, with `result` set. Must not wait for the queue.
  virtual void finish() = 0;
};

class CommitQueue {
 public:
  /// Those who are decided and written together. A task is alone in its group.
  class Group {
   public:
    /// Those who have joined since it was last asked, in order; the first time at least one. None:
    /// nobody joins any more. Blocks while others are expected.
    std::span<CommitEntry* const> more();
    /// All who have joined.
    [[nodiscard]] std::span<CommitEntry* const> entries() const { return entries_; }

   private:
    friend class CommitQueue;
    explicit Group(CommitQueue& queue) : queue_(queue) {}
    CommitQueue& queue_;
    std::vector<CommitEntry*> entries_;
    std::size_t commands_ = 0;
    bool is_task_ = false;
    bool streams_ = false;  // the last who joined is a submission
    bool complete_ = false;
  };

  struct Work {
    /// Decides a group. One at a time, while the group before may still be written; a task is not
    /// decided.
    std::function<void(Group& group)> decide;
    /// Writes a group, or runs its task, and has then set the result of each entry. One at a time,
    /// in the order of deciding; no other group is decided beside a task. Says how long it waited
    /// for the disk.
    std::function<std::chrono::nanoseconds(const Group& group)> write;
  };

  CommitQueue(Work work, std::size_t group_commands_max, std::size_t in_flight_max);
  ~CommitQueue();

  /// Blocks until the entry has its result.
  void wait(CommitEntry& entry);

  /// Blocks only while too many submissions are in flight.
  void submit(std::unique_ptr<Submission> submission);

  /// Blocks until every submission has finished.
  void drain();

 private:
  using Clock = CommitEntry::Clock;
  using Lock = std::unique_lock<std::mutex>;

  // Where arrivals wait: the entry in front leads next. There are two rooms, used in turn, so that
  // waking a group does not wake the next one.
  struct Room {
    std::deque<CommitEntry*> entries;
    Bell bell;        // of all who wait in it
    Bell front_bell;  // but the one in front
  };
  using Bells = std::vector<Bell*>;

  void line_up(CommitEntry& entry);
  static void await(CommitEntry& entry);
  static void ring(const Bells& bells);
  Bells lead_group();
  void gather(Group& group);
  void await_others(const Group& group, Lock& lock);
  void complete(Group& group);
  Bells begin_writing(Group& group);
  Bells finish_group(const Group& group, std::chrono::nanoseconds sync);
  Bells hand_over();
  void start_own_threads();
  void run_own_thread();
  void tell_finished(Lock& lock);
  [[nodiscard]] bool on_own_thread() const;

  const Work work_;
  const std::size_t group_commands_max_;
  const std::size_t in_flight_max_;

  std::mutex mutex_;  // guards all below
  Room rooms_[2];
  Room* open_ = &rooms_[0];
  bool deciding_ = false;     // somebody leads a group that is not being written yet
  bool gathering_ = false;    // that group takes entries from the open room
  bool writing_ = false;      // a group is being written
  std::size_t joined_ = 0;    // how many that group has
  std::size_t goal_ = 0;      // how many it has once those of the group before are back
  std::size_t expected_ = 0;  // how many the deciding leader sleeps for
  Clock::time_point patient_until_{};
  std::condition_variable leader_wake_;

  bool own_turn_ = false;  // a thread of the queue is to lead
  bool telling_ = false;   // one of them tells
  bool stopping_ = false;
  std::size_t in_flight_ = 0;
  std::vector<Submission*> finished_;  // to be told
  std::condition_variable own_wake_;
  std::condition_variable landed_;  // fewer are in flight
  std::array<std::thread, 2> own_threads_;
};

}  // namespace purser
