// Looks over the log: every event is there, is what was written, and stands in order. On the way
// events are folded, and the rows that they give are added up.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "findings.h"
#include "purser/status.h"
#include "row_check.h"
#include "row_sum.h"
#include "store.h"

namespace purser {

/// Asked every some hundred events, from any thread, with how many were looked at since; false
/// cancels.
using CheckProgress = std::function<bool(std::uint64_t events)>;

class LogCheck {
 public:
  /// Of all events up to `last`, the size of the log. Each part that is looked at keeps
  /// deployments in `memory_bytes`. `rows` and `builds` must outlive this.
  LogCheck(const RowReader& rows, Position last, const ComparedBuilds& builds,
           std::size_t memory_bytes);

  /// How many parts it has, each to be looked at once, by any thread.
  [[nodiscard]] std::size_t parts() const { return parts_.size(); }
  /// Damage is what is found. Errors: UnsupportedVersion, Io, Cancelled.
  Status check(std::size_t part, const CheckProgress& progress);

  /// Once all parts were looked at.
  [[nodiscard]] Findings take_findings();
  /// Over the rows that the events mean; nothing where one could not be folded. They are that, or
  /// not equal to those of the stored rows.
  [[nodiscard]] std::optional<RowSums> sums() const;

 private:
  struct Part {
    Findings findings;
    std::optional<RowSums> sums;
  };

  const RowReader& rows_;
  const Position last_;
  const ComparedBuilds& builds_;
  const std::size_t memory_bytes_;
  const std::uint64_t events_of_part_;
  std::vector<Part> parts_;
};

}  // namespace purser
