#include "bench_worker.h"

#include <vector>

namespace purser::tools {

void BenchRun::fail(const Error& error) {
  stopped = true;
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = error;
}

std::optional<Error> BenchRun::error() {
  const std::lock_guard lock(mutex_);
  return error_;
}

void BenchWorker::work() {
  if (run_.plan.in_flight > 1) {
    promote_in_flight();
  } else if (run_.plan.batch > 1) {
    promote_in_batches();
  } else {
    promote_one_by_one();
  }
}

void BenchWorker::count(Clock::time_point began, std::size_t promotions) {
  if (run_.measuring) latencies_.record(Clock::now() - began, promotions);
  done_ += promotions;
}

void BenchWorker::promote_one_by_one() {
  while (!run_.stopped) {
    const Promote next = promotions_.next();
    const auto began = Clock::now();
    const auto answer = run_.ledger.promote(next.owner, next.id, next.options, run_.context);
    if (!answer) return run_.fail(answer.error());
    count(began, 1);
  }
}

void BenchWorker::promote_in_batches() {
  std::vector<Command> batch(run_.plan.batch);
  while (!run_.stopped) {
    for (Command& command : batch) command = promotions_.next();
    const auto began = Clock::now();
    const auto answers = run_.ledger.apply(batch, run_.context);
    if (!answers) return run_.fail(answers.error());
    count(began, batch.size());
  }
}

void BenchWorker::promote_in_flight() {
  while (!run_.stopped) {
    take_off();
    const auto began = Clock::now();
    run_.ledger.submit(promotions_.next(), run_.context,
                       [this, began](const Result<Answer>& answer) { land(answer, began); });
  }
  std::unique_lock lock(mutex_);
  landed_.wait(lock, [this] { return in_flight_ == 0; });
}

void BenchWorker::take_off() {
  std::unique_lock lock(mutex_);
  landed_.wait(lock, [this] { return in_flight_ < run_.plan.in_flight; });
  ++in_flight_;
}

void BenchWorker::land(const Result<Answer>& answer, Clock::time_point began) {
  if (answer) {
    count(began, 1);
  } else {
    run_.fail(answer.error());
  }
  // Told under the lock: once the last has landed this worker may be gone.
  const std::lock_guard lock(mutex_);
  --in_flight_;
  landed_.notify_one();
}

}  // namespace purser::tools
