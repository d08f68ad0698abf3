#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "build.h"
#include "carry_lines.h"
#include "carry_records.h"
#include "checkpoint_log.h"
#include "event_log.h"
#include "home.h"
#include "import_target.h"
#include "input_limits.h"
#include "merkle_rows.h"
#include "meter.h"
#include "pack_store.h"
#include "system.h"
#include "try.h"

namespace purser {
namespace {

// What the fold says of an event is told of its line.
Error of_event_line(Error error) {
  constexpr std::string_view kEvent = "event ";
  const auto* damage = error.as<Corruption>();
  if (damage == nullptr || !damage->where.starts_with(kEvent)) return error;
  Position position;
  const std::string_view digits = std::string_view(damage->where).substr(kEvent.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), position.value);
  return Corruption{name_of_line(line_of(position)), damage->what};
}

// Fills a new ledger whose folder is `directory`.
class Import {
 public:
  Import(const LineForm& form, const ByteSource& lines, const RecordSource& artifacts,
         const Options& options, Meter& meter)
      : form_(form), lines_(lines), artifacts_(artifacts), options_(options), meter_(meter) {}

  Result<Position> fill(Store& store, const std::string& directory) {
    PURSER_TRY(read_log(store));
    PURSER_TRY(fold(store));
    const std::unique_ptr<RowReader> rows = store.snapshot();
    PURSER_ASSIGN(const BuildStates states, read_builds(*rows));
    const View view{*rows, builds_in_use(states), read_.end.size};
    PURSER_TRY(check_checkpoint(view));
    PURSER_TRY(artifacts_ ? read_artifacts(view, store, directory) : put_empty_drafts(view, store));
    return read_.end.size;
  }

  [[nodiscard]] CarryReport report(const LedgerId& id) const {
    CarryReport report = report_;
    report.ledger_id = id;
    report.source_id = read_.head.ledger_id;
    report.size = read_.end.size;
    report.root = read_.end.root;
    report.checkpoint = read_.checkpoint;
    return report;
  }

 private:
  Status read_log(Store& store) {
    PURSER_ASSIGN(const std::unique_ptr<BulkLoad> load, store.begin_load(Space::log));
    PURSER_ASSIGN(const std::unique_ptr<RowSink> sink, load->sink());
    PURSER_ASSIGN(read_, read_lines(form_, lines_, *sink, meter_));
    PURSER_TRY(sink->finish());
    PURSER_TRY(load->finish());
    WriteSet changes;
    put_origin(changes,
               {OriginKind::imported, read_.head.ledger_id, read_.end.size, read_.end.root});
    return store.write(changes);
  }

  Status fold(Store& store) {
    if (read_.end.size.value == 0) {
      PURSER_TRY(Home::fill_empty(store));
      return {};
    }
    std::uint64_t before = 0;
    const auto folded = rebuild_projections(
        store, all_projection_ids(), options_.rebuild_memory_bytes, [&](std::uint64_t events) {
          return meter_.files(events - std::exchange(before, events)).has_value();
        });
    return folded ? Status() : of_event_line(folded.error());
  }

  Status check_checkpoint(const View& view) const {
    if (!read_.checkpoint) return {};
    PURSER_ASSIGN(const Digest root, tree_root(view, *read_.checkpoint));
    if (root == read_.checkpoint_root) return {};
    return Corruption{name_of_line(read_.last_line),
                      fmt::format("its checkpoint is of other events than the first {}",
                                  read_.checkpoint->value)};
  }

  Status read_artifacts(const View& view, Store& store, const std::string& directory) {
    PackSettings settings;
    settings.compression_level = options_.compression_level;
    settings.pack_bytes_max = options_.pack_bytes_max;
    settings.disk_reserve_bytes = options_.disk_reserve_bytes;
    PURSER_ASSIGN(const auto chunks, PackStore::open(directory + "/chunks", store, true, settings));
    RecordReader reader(store, *chunks, meter_);
    while (true) {
      PURSER_ASSIGN(const std::optional<CarriedRecord> record, artifacts_());
      if (!record) break;
      PURSER_TRY(reader.take(*record));
    }
    PURSER_TRY(reader.finish(view));
    reader.count(report_);
    return {};
  }

  const LineForm& form_;
  const ByteSource& lines_;
  const RecordSource& artifacts_;
  const Options& options_;
  Meter& meter_;
  ReadLines read_;
  CarryReport report_;
};

}  // namespace

LineForm::~LineForm() = default;

std::string_view to_string(RecordKind kind) {
  switch (kind) {
    case RecordKind::chunk: return "chunk";
    case RecordKind::draft: return "draft";
    case RecordKind::file: return "file";
    case RecordKind::manifest: return "manifest";
  }
  return "unknown";
}

Result<CarryReport> import_ledger(const std::string& into, const LineForm& form,
                                  const ByteSource& lines, const RecordSource& artifacts,
                                  const Options& given, const ProgressCallback& progress) {
  PURSER_TRY(check_options(given));
  const Options options = with_system(given);
  const std::string directory = Home::without_trailing_slashes(into);
  Meter meter(progress, 0, 0);
  Import import(form, lines, artifacts, options, meter);
  const LedgerId id = draw_ledger_id(options);
  PURSER_TRY(make_in_place(directory, id, options, [&](Store& store, const std::string& made) {
    return import.fill(store, made);
  }));
  return import.report(id);
}

}  // namespace purser
