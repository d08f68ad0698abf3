// What threads that work on a recorded ledger note of it, as they go.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "faults/power/history.h"
#include "faults/power/recorder.h"

namespace purser::faults {

/// Shared by all threads of a run.
class Notes {
 public:
  Notes(const Recorder& recorder, bool early) : recorder_(recorder), early_(early) {}

  /// When a command began.
  [[nodiscard]] Moment begin() const { return recorder_.steps(); }
  /// When it is said to have been acknowledged.
  [[nodiscard]] Moment acknowledge(Moment begun) const { return early_ ? begun : begin(); }

  /// All that `ledger` shows of the log must stay.
  void reached(const Ledger& ledger, Moment begun) {
    const auto stats = ledger.stats();
    if (!stats) return wrong("stats", stats.error());
    const std::uint64_t size = stats->log_size.value;
    const std::lock_guard lock(mutex_);
    std::uint64_t& known = history.reached[acknowledge(begun)];
    known = std::max(known, size);
  }
  void edited(DeploymentId id, Edit edit) {
    const std::lock_guard lock(mutex_);
    history.drafts[id].edits.push_back(std::move(edit));
  }
  void created(DeploymentId id, Moment moment) {
    const std::lock_guard lock(mutex_);
    history.drafts[id] = {moment, {Edit{}}};
  }
  void wrong(std::string_view what, const Error& error) {
    const std::lock_guard lock(mutex_);
    if (first_wrong.empty()) {
      first_wrong = fmt::format("{}: {}: {}", what, error.name(), error.message());
    }
  }

  History history;
  std::string first_wrong;

 private:
  const Recorder& recorder_;
  const bool early_;
  std::mutex mutex_;  // guards what is noted while threads run
};

}  // namespace purser::faults
