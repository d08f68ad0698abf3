#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "audit/merkle.h"
#include "build.h"
#include "carry_records.h"
#include "event_codec.h"
#include "event_log.h"
#include "event_order.h"
#include "home.h"
#include "import_target.h"
#include "input_limits.h"
#include "meter.h"
#include "past_rules.h"
#include "purser/history.h"
#include "system.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint64_t kEventsPerReport = 512;

// The same error, of what the source calls it.
Error of_past_event(const std::string& where, const Error& error) {
  if (const auto* wrong = error.as<InvalidArgument>()) {
    return InvalidArgument{wrong->what.empty() ? where : fmt::format("{}: {}", where, wrong->what),
                           wrong->why};
  }
  if (const auto* limit = error.as<LimitExceeded>()) {
    return LimitExceeded{fmt::format("{}: {}", where, limit->what), limit->limit, limit->actual};
  }
  return error;
}

class HistoryImport {
 public:
  HistoryImport(const HistorySource& source, const Options& options, Meter& meter)
      : source_(source), options_(options), meter_(meter), now_(options.clock()) {}

  Result<Position> fill(Store& store) {
    PURSER_TRY(write_log(store));
    if (last_.position.value == 0) return Home::fill_empty(store);
    PURSER_TRY(fold(store));
    const std::unique_ptr<RowReader> rows = store.snapshot();
    PURSER_ASSIGN(const BuildStates states, read_builds(*rows));
    PURSER_TRY(put_empty_drafts({*rows, builds_in_use(states), last_.position}, store));
    return last_.position;
  }

  [[nodiscard]] HistoryReport report(const LedgerId& id) const {
    HistoryReport report = report_;
    report.ledger_id = id;
    report.size = last_.position;
    report.root = tree_.root();
    report.to_deleted = rules_.to_deleted();
    return report;
  }

 private:
  Status write_log(Store& store) {
    PURSER_ASSIGN(const std::unique_ptr<BulkLoad> load, store.begin_load(Space::log));
    PURSER_ASSIGN(const std::unique_ptr<RowSink> sink, load->sink());
    while (true) {
      PURSER_ASSIGN(const std::optional<PastEvent> past, source_());
      if (!past) break;
      if (Status taken = take(*past, *sink); !taken) {
        return of_past_event(past->where, taken.error());
      }
      if (last_.position.value % kEventsPerReport == 0) PURSER_TRY(meter_.files(kEventsPerReport));
    }
    PURSER_TRY(sink->finish());
    return load->finish();
  }

  Status take(const PastEvent& past, RowSink& sink) {
    if (past.time > now_) {
      return InvalidArgument{"time", fmt::format("{} is in the future: it is {} now",
                                                 to_rfc3339(past.time), to_rfc3339(now_))};
    }
    PURSER_ASSIGN(std::optional<Payload> payload, rules_.next(past.change, draw_uuid(options_)));
    if (!payload) {
      ++report_.unchanged;
      return {};
    }
    const Event event = event_of(past, *std::move(payload));
    PURSER_TRY(check_event(event));
    PURSER_ASSIGN(const std::string stored, encode_event(event));
    PURSER_TRY(sink.add(event_key(event.position), stored));
    tree_.append(merkle_leaf(stored));
    last_ = mark_of(event);
    count(past, event);
    return {};
  }

  // docs/event-format.md, "Events from elsewhere".
  [[nodiscard]] Event event_of(const PastEvent& past, Payload payload) const {
    Event event;
    event.position = Position{last_.position.value + 1};
    const bool is_first = last_.position.value == 0;
    const Timestamp earliest{last_.time.unix_us + 1};
    event.time = is_first ? past.time : std::max(past.time, earliest);
    event.header.actor = past.actor;
    event.header.reason = past.reason;
    event.header.imported = true;
    if (past.time_is_known) event.header.wall_time = past.time;
    event.payload = std::move(payload);
    return event;
  }

  void count(const PastEvent& past, const Event& event) {
    report_.deployments += event.kind() == EventKind::created ? 1 : 0;
    report_.movements += event.kind() == EventKind::activated ? 1 : 0;
    if (!past.time_is_known) {
      ++report_.unknown_times;
    } else if (event.time != past.time) {
      ++report_.moved_times;
      const std::int64_t by = event.time.unix_us - past.time.unix_us;
      report_.moved_us_max = std::max(report_.moved_us_max, by);
    }
  }

  Status fold(Store& store) {
    std::uint64_t before = 0;
    PURSER_TRY(rebuild_projections(
        store, all_projection_ids(), options_.rebuild_memory_bytes, [&](std::uint64_t events) {
          return meter_.files(events - std::exchange(before, events)).has_value();
        }));
    return {};
  }

  const HistorySource& source_;
  const Options& options_;
  Meter& meter_;
  const Timestamp now_;
  PastRules rules_;
  EventMark last_;
  CompactRange tree_;
  HistoryReport report_;
};

}  // namespace

Result<HistoryReport> import_history(const std::string& into, const HistorySource& source,
                                     const Options& given, const ProgressCallback& progress) {
  PURSER_TRY(check_options(given));
  const Options options = with_system(given);
  Meter meter(progress, 0, 0);
  HistoryImport import(source, options, meter);
  const LedgerId id = draw_ledger_id(options);
  PURSER_TRY(make_in_place(Home::without_trailing_slashes(into), id, options,
                           [&](Store& store, const std::string&) { return import.fill(store); }));
  return import.report(id);
}

}  // namespace purser
