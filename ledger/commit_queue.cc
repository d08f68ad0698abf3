#include "commit_queue.h"

#include <algorithm>
#include <utility>

namespace purser {

CommitQueue::CommitQueue(Work work, std::size_t group_commands_max, std::size_t in_flight_max)
    : work_(std::move(work)),
      group_commands_max_(group_commands_max),
      in_flight_max_(in_flight_max) {}

CommitQueue::~CommitQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  own_wake_.notify_all();
  for (std::thread& thread : own_threads_) {
    if (thread.joinable()) thread.join();
  }
}

void CommitQueue::wait(CommitEntry& entry) {
  {
    const std::lock_guard lock(mutex_);
    Room& room = *open_;
    const bool in_front = room.entries.empty() && !gathering_;
    entry.bell = in_front ? &room.front_bell : &room.bell;
    line_up(entry);
    if (!std::exchange(deciding_, true)) entry.state = CommitEntry::State::leading;
  }
  await(entry);
  if (entry.state == CommitEntry::State::leading) ring(lead_group());
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
  if (open_->entries.size() == expected_) leader_wake_.notify_one();
}

void CommitQueue::submit(std::unique_ptr<Submission> submission) {
  Lock lock(mutex_);
  start_own_threads();
  if (!on_own_thread()) landed_.wait(lock, [&] { return in_flight_ < in_flight_max_; });
  ++in_flight_;
  line_up(*submission.release());
  if (std::exchange(deciding_, true)) return;
  own_turn_ = true;
  lock.unlock();
  own_wake_.notify_one();
}

void CommitQueue::drain() {
  Lock lock(mutex_);
  landed_.wait(lock, [&] { return in_flight_ == 0; });
}

bool CommitQueue::on_own_thread() const {
  return std::any_of(own_threads_.begin(), own_threads_.end(), [](const std::thread& thread) {
    return thread.get_id() == std::this_thread::get_id();
  });
}

// Returns what to ring so that those who are done learn of it.
CommitQueue::Bells CommitQueue::lead_group() {
  Group group(*this);
  gather(group);
  if (!group.is_task_) work_.decide(group);
  ring(begin_writing(group));
  const std::chrono::nanoseconds sync = work_.write(group);
  return finish_group(group, sync);
}

std::span<CommitEntry* const> CommitQueue::Group::more() {
  const std::size_t before = entries_.size();
  if (!complete_) queue_.gather(*this);
  return entries().subspan(before);
}

// Takes along who has come.
void CommitQueue::gather(Group& group) {
  Lock lock(mutex_);
  gathering_ = true;
  await_others(group, lock);
  const bool is_time = !writing_ && Clock::now() >= patient_until_;
  if (is_time && group.streams_) return complete(group);
  const auto fits = [&](const CommitEntry& entry) {
    if (group.entries_.empty()) return true;
    return !group.is_task_ && entry.task == nullptr && group.commands_ < group_commands_max_;
  };
  std::deque<CommitEntry*>& waiting = open_->entries;
  while (!waiting.empty() && fits(*waiting.front())) {
    group.is_task_ = waiting.front()->task != nullptr;
    group.streams_ = waiting.front()->bell == nullptr;
    group.commands_ += waiting.front()->proposal.steps.size();
    group.entries_.push_back(waiting.front());
    waiting.pop_front();
  }
  joined_ = group.entries_.size();
  const bool all_here = !writing_ && joined_ >= goal_;
  if (is_time || all_here || !waiting.empty()) complete(group);
}

// Sleeps while nobody has come and somebody may. Who sleeps behind a write is woken when half of
// those who are missing are there, so that few wake it and yet it decides most of them in time.
void CommitQueue::await_others(const Group& group, Lock& lock) {
  const std::size_t here = group.entries_.size();
  const auto arrived = [&] { return !open_->entries.empty(); };
  const auto wanted = [&] { return open_->entries.size() >= expected_; };
  expected_ = here < goal_ ? (goal_ - here + 1) / 2 : 1;
  if (!arrived()) leader_wake_.wait(lock, [&] { return !writing_ || wanted(); });
  expected_ = here < goal_ ? goal_ - here : 0;
  if (!arrived()) leader_wake_.wait_until(lock, patient_until_, wanted);
  expected_ = 0;
}

// Who comes now is of the next group.
void CommitQueue::complete(Group& group) {
  group.complete_ = true;
  gathering_ = false;
  if (open_->entries.empty()) open_ = open_ == &rooms_[0] ? &rooms_[1] : &rooms_[0];
}

// Waits until the group before is written, and lets the next one be decided.
CommitQueue::Bells CommitQueue::begin_writing(Group& group) {
  Lock lock(mutex_);
  if (!group.complete_) complete(group);
  leader_wake_.wait(lock, [&] { return !writing_; });
  writing_ = true;
  joined_ = 0;
  return group.is_task_ ? Bells() : hand_over();
}

CommitQueue::Bells CommitQueue::finish_group(const Group& group, std::chrono::nanoseconds sync) {
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
  writing_ = false;
  patient_until_ = Clock::now() + sync;
  goal_ = std::min(joined_ + open_->entries.size() + group.entries().size(), group_commands_max_);
  if (!submissions.empty()) {
    finished_.insert(finished_.end(), submissions.begin(), submissions.end());
    own_wake_.notify_one();
  }
  leader_wake_.notify_one();
  if (group.is_task_) {
    const Bells next = hand_over();
    bells.insert(bells.begin(), next.begin(), next.end());
  }
  return bells;
}

// Ends deciding: the first who waits leads next. Returns what wakes it.
CommitQueue::Bells CommitQueue::hand_over() {
  if (open_->entries.empty()) {
    deciding_ = false;
    return {};
  }
  CommitEntry& next = *open_->entries.front();
  if (next.bell == nullptr) {
    own_turn_ = true;
    own_wake_.notify_one();
    return {};
  }
  next.state = CommitEntry::State::leading;
  return {next.bell};
}

void CommitQueue::start_own_threads() {
  if (own_threads_.front().joinable()) return;
  for (std::thread& thread : own_threads_) thread = std::thread([this] { run_own_thread(); });
}

void CommitQueue::run_own_thread() {
  Lock lock(mutex_);
  const auto to_tell = [&] { return !finished_.empty() && !telling_; };
  while (true) {
    own_wake_.wait(lock, [&] { return own_turn_ || stopping_ || to_tell(); });
    if (to_tell()) {
      tell_finished(lock);
    } else if (std::exchange(own_turn_, false)) {
      lock.unlock();
      ring(lead_group());
      lock.lock();
    } else {
      return;
    }
  }
}

void CommitQueue::tell_finished(Lock& lock) {
  const std::vector<Submission*> finished = std::exchange(finished_, {});
  telling_ = true;
  lock.unlock();
  for (Submission* submission : finished) {
    submission->finish();
    delete submission;
  }
  lock.lock();
  telling_ = false;
  in_flight_ -= finished.size();
  landed_.notify_all();
}

}  // namespace purser
