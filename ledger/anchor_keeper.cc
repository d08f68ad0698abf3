#include "anchor_keeper.h"

#include <system_error>
#include <utility>

#include "hash.h"

namespace purser {

AnchorKeeper::AnchorKeeper(Anchor anchor, const LedgerId& id, const AnchorLimits& limits,
                           std::function<Timestamp()> clock)
    : id_(id),
      limits_(limits),
      half_((limits.commits_max + 1) / 2),
      clock_(std::move(clock)),
      anchor_(std::move(anchor)),
      anchored_(anchor_.log_size()),
      size_(anchored_) {}

AnchorKeeper::~AnchorKeeper() { stop(); }

void AnchorKeeper::committed(Position size, const std::optional<CompactRange>& tree) {
  Lock lock(mutex_);
  if (size == size_) return;  // rows only: drafts
  size_ = size;
  tree_ = tree;
  ++behind_;
  if (behind_ == 1) oldest_ = Clock::now();
  if (!thread_.joinable() && !failed_) start();
  if (behind_ == 1 || behind_ == half_) wake_.notify_one();
  written_.wait(lock, [&] { return behind_ < limits_.commits_max || failed_; });
}

// With mutex_ held. A process may have as many threads as it is allowed; the commit is durable.
void AnchorKeeper::start() {
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    failed_ = Io{"start a thread for", "anchor", error.what()};
  }
}

// A disk that has refused once is not asked again: it might say yes wrongly.
void AnchorKeeper::run() {
  Lock lock(mutex_);
  while (!failed_) {
    wake_.wait(lock, [&] { return stopping_ || behind_ > 0; });
    const auto due = oldest_ + limits_.delay_max / 2;
    wake_.wait_until(lock, due, [&] { return stopping_ || behind_ >= half_; });
    if (stopping_) return;
    write_pending(lock);
  }
}

// Others commit meanwhile: `lock` is free for as long as it takes.
void AnchorKeeper::write_pending(Lock& lock) {
  AnchorMark mark{id_, size_, {}, {}};
  const std::optional<CompactRange> tree = tree_;
  const std::uint64_t covered = behind_;
  const auto begun = Clock::now();
  lock.unlock();
  mark.time = clock_();
  // Not where a static object commits, after libcrypto has shut down.
  if (tree && libcrypto_works()) mark.root = tree->root();
  Status written = anchor_.write(mark);
  lock.lock();
  if (written) {
    anchored_ = mark.log_size;
    behind_ -= covered;
    oldest_ = begun;  // or younger
  } else {
    failed_ = std::move(written).error();
  }
  written_.notify_all();
}

Status AnchorKeeper::check() const {
  const std::lock_guard lock(mutex_);
  return failed_ ? Status(*failed_) : Status();
}

Position AnchorKeeper::anchored() const {
  const std::lock_guard lock(mutex_);
  return anchored_;
}

Status AnchorKeeper::close(Position size, const std::optional<Digest>& root,
                           const std::optional<ClosingSum>& closing) {
  stop();
  if (failed_) return *failed_;
  return anchor_.write({id_, size, clock_(), root, closing});
}

void AnchorKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace purser
