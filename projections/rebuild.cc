#include "rebuild.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <string>

#include "deployments.h"
#include "event_codec.h"
#include "events_ahead.h"
#include "key.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint64_t kEventsPerReport = 512;
constexpr std::uint64_t kRowsPerReport = 4096;
constexpr std::uint64_t kRowsOfOneSinkMax = 100'000;  // fewer files, where time is spent on syncs
constexpr std::chrono::milliseconds kPatience{20};

const Projection& projection_of(const RebuiltProjection& target) {
  return all_projections()[static_cast<std::size_t>(target.id)];
}

// The last row of `deployments` that was written, which is all that the fold of the next event in
// the order of the rows may ask for.
class LastDeployment final : public Heads {
 public:
  void remember(const PassingRow& row) {
    id_ = DeploymentId{trailing_u64(row.key.substr(0, sizeof id_))};
    value_ = row.value;
  }
  Result<SharedDeployment> deployment(DeploymentId id) override {
    if (id != id_) return SharedDeployment();
    return decode_deployment(id, value_);
  }
  Result<PointerRow> pointer(std::string_view, std::string_view) override { return PointerRow{}; }
  Result<SharedFreeze> freeze(std::string_view, std::string_view) override {
    return SharedFreeze();
  }
  Result<DeploymentId> last_deployment() override { return DeploymentId{}; }
  void put(SharedDeployment, Position) override {}
  void put(std::string_view, std::string_view, const PointerRow&) override {}
  void put(std::string_view, std::string_view, SharedFreeze, Position) override {}

 private:
  DeploymentId id_;
  std::string value_;
};

// Folds an event that was put off: `value` becomes that of its row.
Status fold_late(const PassingRow& row, Heads& heads, WriteSet& folded, std::string& value) {
  PURSER_ASSIGN(const Event event, decode_event(row.value, Position{trailing_u64(row.key)}));
  folded.clear();
  PURSER_TRY(fold_deployments(FoldInput{event, true, heads}, 0, folded));
  value = *folded.changes().front().value;
  return {};
}

}  // namespace

Rebuild::Rebuild(BulkLoad& load, std::vector<RebuiltProjection>& targets, Position last,
                 std::size_t memory_bytes, const FoldProgress& progress)
    : load_(load),
      targets_(targets),
      last_(last),
      progress_(progress),
      heads_(memory_bytes / 8),
      sorter_(
          load, targets.size(), memory_bytes, [this] { return report(); }, stop_) {
  for (std::size_t table = 0; table < targets.size(); ++table) order_.push_back(table);
  std::sort(order_.begin(), order_.end(), [&](std::size_t one, std::size_t other) {
    return projection_of(targets[one]).tag < projection_of(targets[other]).tag;
  });
}

Status Rebuild::fold(const RowReader& rows) {
  const bool grows_tree = std::any_of(targets_.begin(), targets_.end(), [](const auto& target) {
    return target.id == ProjectionId::merkle;
  });
  EventsAhead ahead(rows, Position{1}, last_, grows_tree);
  Event event;
  while (true) {
    PURSER_ASSIGN(const EventsAhead::Batch batch, ahead.next());
    if (batch.size() == 0) return sorter_.finish();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      PURSER_TRY(decode_event(batch.stored(i), batch.position(i), event));
      if (grows_tree) leaf_ = batch.leaf(i);
      PURSER_TRY(take(event, batch.stored(i)));
      if (++events_ % kEventsPerReport == 0 && !report()) return Cancelled{};
    }
  }
}

Status Rebuild::take(const Event& event, std::string_view stored) {
  const FoldInput input{event, begins_command(event, before_ ? &*before_ : nullptr), heads_};
  for (std::size_t table = 0; table < targets_.size(); ++table) {
    PURSER_TRY(fold_into(table, input, stored));
  }
  event.header.group ? before_ = event : before_ = std::nullopt;
  return {};
}

Status Rebuild::fold_into(std::size_t table, const FoldInput& input, std::string_view stored) {
  const Fold fold_event = projection_of(targets_[table]).fold;
  Status status;
  if (fold_event != nullptr) {
    status = fold_event(input, targets_[table].build, folded_);
  } else {
    tree_.append(leaf_, targets_[table].build, folded_);
  }
  if (const auto unknown = heads_.take_unknown()) {
    // The event stands in for the row that it means.
    const auto key = deployment_key(targets_[table].build, *unknown, input.event.position);
    return sorter_.add(table, {std::string_view(key).substr(kTablePrefixBytes), stored, true});
  }
  PURSER_TRY(std::move(status));
  if (folded_.empty()) return {};
  for (const WriteSet::Change& row : folded_.changes()) {
    const auto key = std::string_view(row.key).substr(kTablePrefixBytes);
    PURSER_TRY(sorter_.add(table, {key, *row.value}));
    if (targets_[table].id == ProjectionId::deployments) heads_.was_written(key, *row.value);
  }
  folded_.clear();
  return {};
}

Status Rebuild::write() {
  one_sink_ = sorter_.rows_added() <= kRowsOfOneSinkMax;
  if (one_sink_) return write_tables(true);
  std::future<Status> behind =
      std::async(std::launch::async, [this] { return write_tables(false); });
  Status here = write_tables(true);
  while (behind.wait_for(kPatience) != std::future_status::ready) {
    if (!report()) stop_ = true;
  }
  Status there = behind.get();
  // Who was stopped because the other failed says Cancelled.
  const bool there_failed = !there && !there.error().is<Cancelled>();
  return there_failed || here ? there : here;
}

// One table after the other, as long as there are any.
Status Rebuild::write_tables(bool reports) {
  const auto run = [&]() -> Status {
    std::unique_ptr<RowSink> sink;
    std::size_t next = 0;
    while ((next = next_table_++) < order_.size()) {
      if (!sink) {
        PURSER_ASSIGN(sink, load_.sink());
      }
      PURSER_TRY(write_table(order_[next], *sink, reports));
      if (one_sink_) continue;
      PURSER_TRY(sink->finish());
      sink.reset();
    }
    return sink ? sink->finish() : Status();
  };
  Status status = run();
  if (!status) stop_ = true;
  return status;
}

Status Rebuild::write_table(std::size_t table, RowSink& sink, bool reports) {
  const RebuiltProjection& target = targets_[table];
  const bool is_deployments = target.id == ProjectionId::deployments;
  std::string key = build_key(target.id, target.build).str();
  std::string late;
  WriteSet folded;
  LastDeployment last;
  std::uint64_t count = 0;
  const std::unique_ptr<RowStream> rows = sorter_.sorted(table);
  while (true) {
    PURSER_ASSIGN(const bool more, rows->next());
    if (!more) break;
    PassingRow row = rows->row();
    if (row.is_event) {
      PURSER_TRY(fold_late(row, last, folded, late));
      row.value = late;
    }
    if (is_deployments) last.remember(row);
    key.replace(kTablePrefixBytes, std::string::npos, row.key);
    PURSER_TRY(sink.add(key, row.value));
    if (++count % kRowsPerReport > 0) continue;
    rows_written_ += kRowsPerReport;
    if (reports && !report()) return Cancelled{};
  }
  targets_[table].rows = count;
  return {};
}

bool Rebuild::report() {
  if (!progress_) return true;
  const std::uint64_t rows = std::max<std::uint64_t>(sorter_.rows_added(), 1);
  const double written = static_cast<double>(rows_written_) / static_cast<double>(rows);
  const auto half = static_cast<std::uint64_t>(static_cast<double>(last_.value) * written / 2);
  return progress_(std::min(events_ / 2 + half, last_.value));
}

}  // namespace purser
