// Who waits for the commit, and who leads it: hands groups of entries, one group at a time, to a
// function that decides and writes them.
//
// A caller that finds nobody leading leads: it takes those waiting behind it along and does the
// work for all of them, so that one thread alone never waits for another. Who arrives while it
// decides joins; who arrives while it writes makes up the next group, and the first of them leads
// next. Members of a group tend to come back at once with their next command, so a leader that has
// decided all there are waits for as many as there were, at most half as long as the last group
// took: a group of all costs little more than one of half of them.
//
// Submissions have no thread of their own: where only such wait, the queue's own thread leads, and
// it alone tells them how they ended, so that no caller ever runs another one's code under its own
// locks. That thread is started by the first submission.
//
// Threads: any, except `~CommitQueue`, which is called when nobody else is inside. No lock is held
// while a group is led.
#pragma once

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
  Proposal proposal;                              // this,
  const std::function<Status()>* task = nullptr;  // or this, alone in its group
  Position position;                              // of its first event, had it one
  Status result;

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
  /// Called once, on the queue's thread, with `result` set. Must not wait for the queue.
  virtual void finish() = 0;
};

class CommitQueue {
 public:
  /// A group while it is led.
  class Group {
   public:
    /// Those who have joined since it was last asked, in order; the first time at least one. None:
    /// nobody joins any more. Blocks while others are expected.
    std::span<CommitEntry* const> more();
    /// All who have joined.
    [[nodiscard]] std::span<CommitEntry* const> entries() const { return entries_; }

   private:
    friend class CommitQueue;
    using Clock = std::chrono::steady_clock;
    explicit Group(CommitQueue& queue) : queue_(queue) {}
    CommitQueue& queue_;
    const Clock::time_point began_ = Clock::now();
    Clock::duration waited_{};  // for others
    std::vector<CommitEntry*> entries_;
    std::size_t commands_ = 0;
    bool complete_ = false;
  };

  /// Decides and writes a group, and sets the result of each entry. Called by one thread at a time.
  using Lead = std::function<void(Group& group)>;

  CommitQueue(Lead lead, std::size_t group_commands_max, std::size_t in_flight_max);
  ~CommitQueue();

  /// Blocks until the entry has its result.
  void wait(CommitEntry& entry);

  /// Blocks only while too many submissions are in flight.
  void submit(std::unique_ptr<Submission> submission);

  /// Blocks until every submission has finished.
  void drain();

 private:
  // Where arrivals wait: the entry in front leads next. There are two rooms, used in turn, so that
  // waking a group does not wake the next one.
  struct Room {
    std::deque<CommitEntry*> entries;
    Bell bell;        // of all who wait in it
    Bell front_bell;  // but the one in front
  };
  using Bells = std::vector<Bell*>;

  static void await(CommitEntry& entry);
  static void ring(const Bells& bells);
  Bells lead_group();
  void gather(Group& group);
  void await_others(Group& group, std::unique_lock<std::mutex>& lock);
  void complete(Group& group);
  Bells finish_group(Group& group);
  void line_up(CommitEntry& entry);
  void hand_over(Bells bells);
  void run_own_thread();
  void tell_finished(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool on_own_thread() const;

  const Lead lead_;
  const std::size_t group_commands_max_;
  const std::size_t in_flight_max_;

  std::mutex mutex_;  // guards all below
  Room rooms_[2];
  Room* open_ = &rooms_[0];
  bool leading_ = false;
  bool gathering_ = false;    // the group that is led takes entries from the open room
  std::size_t goal_ = 0;      // how many entries there are once those of the last group are back
  std::size_t expected_ = 0;  // how many the leader sleeps for
  std::chrono::steady_clock::duration patience_{};
  std::condition_variable gathered_;

  bool own_turn_ = false;  // the queue's thread is to lead
  bool stopping_ = false;
  std::size_t in_flight_ = 0;
  std::vector<Submission*> finished_;  // to be told
  std::condition_variable own_wake_;
  std::condition_variable landed_;  // fewer are in flight
  std::thread own_thread_;
};

}  // namespace purser
