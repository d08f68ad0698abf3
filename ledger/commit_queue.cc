#include "commit_queue.h"

#include <algorithm>
#include <utility>

namespace purser {

CommitQueue::CommitQueue(Lead lead, std::size_t group_commands_max, std::size_t in_flight_max)
    : lead_(std::move(lead)),
      group_commands_max_(group_commands_max),
      in_flight_max_(in_flight_max) {}

CommitQueue::~CommitQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  own_wake_.notify_one();
  if (own_thread_.joinable()) own_thread_.join();
}

void CommitQueue::wait(CommitEntry& entry) {
  {
    const std::lock_guard lock(mutex_);
    Room& room = *open_;
    const bool in_front = room.entries.empty() && !gathering_;
    entry.bell = in_front ? &room.front_bell : &room.bell;
    line_up(entry);
    if (!std::exchange(leading_, true)) entry.state = CommitEntry::State::leading;
  }
  await(entry);
  if (entry.state == CommitEntry::State::done) return;
  Bells bells;
  while (entry.state != CommitEntry::State::done) {  // its own group may not be the first
    ring(bells);
    bells = lead_group();
  }
  hand_over(std::move(bells));
}

// Waits until the entry is done, or its caller has to lead.
void CommitQueue::await(CommitEntry& entry) {
  while (entry.state == CommitEntry::State::waiting) {
    const std::uint32_t rings = entry.bell->rings();
    if (entry.state == CommitEntry::State::waiting) entry.bell->wait(rings);
  }
}

void CommitQueue::ring(const Bells& bells) {
  for (Bell* bell : bells) bell->ring();
}

void CommitQueue::line_up(CommitEntry& entry) {
  open_->entries.push_back(&entry);
  if (open_->entries.size() == expected_) gathered_.notify_one();
}

void CommitQueue::submit(std::unique_ptr<Submission> submission) {
  std::unique_lock lock(mutex_);
  if (!own_thread_.joinable()) own_thread_ = std::thread([this] { run_own_thread(); });
  if (!on_own_thread()) landed_.wait(lock, [&] { return in_flight_ < in_flight_max_; });
  ++in_flight_;
  line_up(*submission.release());
  if (std::exchange(leading_, true)) return;
  own_turn_ = true;
  lock.unlock();
  own_wake_.notify_one();
}

void CommitQueue::drain() {
  std::unique_lock lock(mutex_);
  landed_.wait(lock, [&] { return in_flight_ == 0; });
}

bool CommitQueue::on_own_thread() const {
  return std::this_thread::get_id() == own_thread_.get_id();
}

// Returns what to ring so that those who are done learn of it.
CommitQueue::Bells CommitQueue::lead_group() {
  Group group(*this);
  lead_(group);
  return finish_group(group);
}

std::span<CommitEntry* const> CommitQueue::Group::more() {
  const std::size_t before = entries_.size();
  if (!complete_) queue_.gather(*this);
  return entries().subspan(before);
}

// Takes along who has come; where nobody has, those of the last group are expected.
void CommitQueue::gather(Group& group) {
  std::unique_lock lock(mutex_);
  gathering_ = true;
  if (open_->entries.empty()) await_others(group, lock);
  std::deque<CommitEntry*>& waiting = open_->entries;
  const auto fits = [&](const CommitEntry& entry) {
    return group.entries_.empty() || (entry.task == nullptr && group.commands_ < group_commands_max_);
  };
  const std::size_t before = group.entries_.size();
  while (!waiting.empty() && !group.complete_ && fits(*waiting.front())) {
    group.complete_ = waiting.front()->task != nullptr;
    group.commands_ += waiting.front()->proposal.steps.size();
    group.entries_.push_back(waiting.front());
    waiting.pop_front();
  }
  const std::size_t now = group.entries_.size();
  if (group.complete_ || now == before || now >= goal_) complete(group);
}

void CommitQueue::await_others(Group& group, std::unique_lock<std::mutex>& lock) {
  if (group.entries_.size() >= goal_) return;
  expected_ = goal_ - group.entries_.size();
  const auto start = Group::Clock::now();
  gathered_.wait_until(lock, group.began_ + patience_,
                       [&] { return open_->entries.size() >= expected_; });
  group.waited_ += Group::Clock::now() - start;
  expected_ = 0;
}

// Who comes now is of the next group.
void CommitQueue::complete(Group& group) {
  group.complete_ = true;
  gathering_ = false;
  if (open_->entries.empty()) open_ = open_ == &rooms_[0] ? &rooms_[1] : &rooms_[0];
}

CommitQueue::Bells CommitQueue::finish_group(Group& group) {
  const auto took = Group::Clock::now() - group.began_ - group.waited_;
  Bells bells;
  std::vector<Submission*> submissions;
  for (CommitEntry* entry : group.entries()) {
    Bell* bell = entry->bell;
    if (bell == nullptr) {
      submissions.push_back(static_cast<Submission*>(entry));
      continue;
    }
    // Its caller may be gone as soon as it is done; the bells stay. Who leads listens to none.
    const auto state = entry->state.exchange(CommitEntry::State::done);
    const bool rung =
        state == CommitEntry::State::leading || (!bells.empty() && bells.back() == bell);
    if (!rung) bells.push_back(bell);
  }
  const std::lock_guard lock(mutex_);
  if (!group.complete_) complete(group);
  goal_ = std::min(open_->entries.size() + group.entries().size(), group_commands_max_);
  patience_ = took / 2;
  if (!submissions.empty()) {
    finished_.insert(finished_.end(), submissions.begin(), submissions.end());
    own_wake_.notify_one();
  }
  return bells;
}

// Ends leading: wakes whoever leads next, and then those of `bells`.
void CommitQueue::hand_over(Bells bells) {
  {
    const std::lock_guard lock(mutex_);
    if (open_->entries.empty()) {
      leading_ = false;
    } else if (CommitEntry* next = open_->entries.front(); next->bell != nullptr) {
      next->state = CommitEntry::State::leading;
      bells.insert(bells.begin(), next->bell);
    } else {
      own_turn_ = true;
      own_wake_.notify_one();
    }
  }
  ring(bells);
}

void CommitQueue::run_own_thread() {
  std::unique_lock lock(mutex_);
  while (true) {
    own_wake_.wait(lock, [&] { return own_turn_ || stopping_ || !finished_.empty(); });
    if (!finished_.empty()) {
      tell_finished(lock);
    } else if (std::exchange(own_turn_, false)) {
      lock.unlock();
      hand_over(lead_group());
      lock.lock();
    } else {
      return;
    }
  }
}

void CommitQueue::tell_finished(std::unique_lock<std::mutex>& lock) {
  const std::vector<Submission*> finished = std::exchange(finished_, {});
  lock.unlock();
  for (Submission* submission : finished) {
    submission->finish();
    delete submission;
  }
  lock.lock();
  in_flight_ -= finished.size();
  landed_.notify_all();
}

}  // namespace purser
