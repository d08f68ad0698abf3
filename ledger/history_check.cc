#include "history_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "build.h"
#include "event_log.h"
#include "log_check.h"
#include "parallel.h"
#include "row_check.h"
#include "try.h"

namespace purser {
namespace {

std::string name_of(ProjectionId id) {
  return std::string(all_projections()[static_cast<std::size_t>(id)].name);
}

void check_cursors(const BuildStates& states, Position size, Findings& findings) {
  for (const Projection& projection : all_projections()) {
    const BuildState& state = states[static_cast<std::size_t>(projection.id)];
    if (state.build == 0 || state.cursor == size) continue;
    findings.add({Check::cursors,
                  {},
                  1,
                  Position{},
                  fmt::format("projection {}, build {}", projection.name, state.build),
                  fmt::format("position {}", size.value),
                  fmt::format("position {}", state.cursor.value)});
  }
}

// An event that is whole and cannot be folded is in no order that commands could have made.
Findings unfoldable(const Corruption& damage) {
  Findings findings;
  findings.add({Check::events,
                {},
                1,
                Position{},
                damage.where,
                "what can follow on those before",
                damage.what});
  return findings;
}

// Whether stored rows are what the events mean is told by sums; what differs, by the rows
// themselves.
class HistoryCheck {
 public:
  HistoryCheck(const RowReader& rows, Position size, const BuildStates& states,
               std::size_t memory_bytes, Meter& meter)
      : rows_(rows),
        size_(size),
        builds_(states),
        memory_bytes_(memory_bytes),
        meter_(meter),
        log_(rows, size, builds_, memory_bytes / 8 / kWorkersMax) {}

  // Looks at the log, and adds rows up beside that.
  Status look() {
    const std::size_t items = stored_.size() + log_.parts();
    return workers_.run(workers_for(items), [&](std::size_t) -> Status {
      for (std::size_t i = workers_.next(); i < items; i = workers_.next()) {
        if (workers_.stopped()) return {};
        PURSER_TRY(i < stored_.size() ? sum_stored(i) : look_at_events(i - stored_.size()));
      }
      return {};
    });
  }
  [[nodiscard]] Findings take_findings() { return log_.take_findings(); }

  Status compare(Findings& findings, VerifyReport& report) {
    if (const auto folded = log_.sums(); folded && is_stored(*folded)) {
      for (const RowSum& sum : *folded) report.rows += sum.rows;
      return {};
    }
    const auto compared = compare_rows(rows_, builds_, size_, memory_bytes_,
                                       [&](std::uint64_t) { return goes_on(0); });
    if (!compared) {
      const Corruption* damage = compared.error().as<Corruption>();
      if (damage == nullptr) return compared.error();
      findings.add(unfoldable(*damage));
      return {};
    }
    for (const RowComparison& one : *compared) {
      report.rows += one.rows;
      if (one.differences == 0) continue;
      findings.add({Check::projections, name_of(one.id), one.differences, Position{}, one.key,
                    one.expected, one.found});
    }
    return {};
  }

 private:
  [[nodiscard]] bool goes_on(std::uint64_t events) {
    return !workers_.stopped() && meter_.files(events).has_value();
  }

  Status sum_stored(std::size_t index) {
    const auto id = static_cast<ProjectionId>(index);
    stored_[index].emplace();
    if (!builds_.has(id)) return {};
    Result<RowSum> sum =
        sum_stored_rows(rows_, id, builds_.builds[index], [&] { return goes_on(0); });
    // Rows that cannot be read are as good as others.
    if (!sum && !sum.error().is<Corruption>()) return sum.error();
    stored_[index] = sum ? std::optional(*sum) : std::nullopt;
    return {};
  }

  // Each counts twice: it is read and folded.
  Status look_at_events(std::size_t part) {
    return log_.check(part, [&](std::uint64_t events) { return goes_on(2 * events); });
  }

  [[nodiscard]] bool is_stored(const RowSums& folded) const {
    return std::ranges::equal(stored_, folded);
  }

  const RowReader& rows_;
  const Position size_;
  const ComparedBuilds builds_;
  const std::size_t memory_bytes_;
  Meter& meter_;
  Workers workers_;
  LogCheck log_;
  std::array<std::optional<RowSum>, kProjectionCount> stored_;  // none where they cannot be read
};

}  // namespace

Result<Findings> check_history(const RowReader& rows, bool cursors, std::size_t memory_bytes,
                               Meter& meter, VerifyReport& report) {
  PURSER_ASSIGN(const Position size, log_size(rows));
  report.events = size.value;
  PURSER_ASSIGN(const BuildStates states, read_builds(rows));
  HistoryCheck check(rows, size, states, memory_bytes, meter);
  PURSER_TRY(check.look());
  Findings findings = check.take_findings();
  if (cursors) check_cursors(states, size, findings);
  if (!findings.any(Check::events)) PURSER_TRY(check.compare(findings, report));
  return findings;
}

}  // namespace purser
