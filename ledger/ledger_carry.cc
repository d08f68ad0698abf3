// The call of a Ledger that writes it out to be carried elsewhere: from one Moment.
#include "carry_lines.h"
#include "carry_records.h"
#include "checkpoint_log.h"
#include "impl.h"

namespace purser {

Result<CarryReport> Ledger::write_export(const LineForm& form, const ByteSink& lines,
                                         const RecordSink& artifacts,
                                         const ProgressCallback& progress) const {
  CarryReport report;
  Status carried;  // the records
  {
    PURSER_ASSIGN(const Moment moment, impl_->now());
    const View view = moment.view();
    const LedgerId& id = impl_->ledger_id();
    PURSER_ASSIGN(const auto checkpoint, find_checkpoint(view.rows, id, {}, view.at));
    Meter meter(progress, view.at.value, 0);
    PURSER_ASSIGN(const ExportEnd end, write_lines(view, id, checkpoint, form, lines, meter));
    report.ledger_id = id;
    report.source_id = id;
    report.size = end.size;
    report.root = end.root;
    if (checkpoint) report.checkpoint = checkpoint->size;
    if (artifacts) {
      carried = write_records(view, impl_->chunks(), impl_->options().rebuild_memory_bytes,
                              artifacts, meter, report);
    }
  }
  // The moment is held no longer: a handle that only reads is now to look at newer rows.
  if (!carried && carried.error().is<Corruption>()) {
    PURSER_TRY(impl_->none_deleted_since(report.size));
  }
  PURSER_TRY(std::move(carried));
  return report;
}

}  // namespace purser
