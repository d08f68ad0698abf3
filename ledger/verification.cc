#include "verification.h"

#include <utility>

#include "file_check.h"
#include "history_check.h"
#include "root_check.h"
#include "try.h"
#include "user_row_check.h"

namespace purser {

Status Verification::look_at_rows() {
  PURSER_TRY(what_.now([&](const View& view) -> Status {
    PURSER_ASSIGN(findings_,
                  check_history(view.rows, what_.is_alone, what_.memory_bytes, meter_, report_));
    return check_tree_roots(view);
  }));
  const bool own_differ = findings_.any(Check::projections) || findings_.any(Check::cursors);
  PURSER_ASSIGN(const bool users_differ, user_rows());
  rows_are_right_ = !own_differ;  // files are found without those of users
  if (!options_.repair || (!own_differ && !users_differ)) return {};
  PURSER_TRY(what_.rebuild_projections());
  rows_are_right_ = true;
  return {};
}

// Whether rows of users differ. A log that is damaged cannot be folded.
Result<bool> Verification::user_rows() {
  if (findings_.any(Check::events)) return false;
  Findings found;
  PURSER_TRY(what_.user_rows([&](const RowReader& rows, Position at) -> Status {
    PURSER_ASSIGN(
        found, check_user_rows(rows, at, what_.projections, what_.memory_bytes, meter_, report_));
    return {};
  }));
  const bool differ = found.any(Check::projections);
  findings_.add(std::move(found));
  return differ;
}

// A log that is known not to be what it was has other roots, of course.
Status Verification::check_tree_roots(const View& view) {
  for (const Check check : {Check::events, Check::times, Check::groups, Check::projections}) {
    if (findings_.any(check)) return {};
  }
  PURSER_ASSIGN(Findings found, check_roots(view, what_.ledger_id, what_.anchor));
  findings_.add(std::move(found));
  return {};
}

Status Verification::look_at_chunks() {
  if (!rows_are_right_) return {};
  PURSER_ASSIGN(ChunkFindings known, index());
  const bool index_is_right = !known.derived.any(Check::index) || options_.repair;
  if (index_is_right) PURSER_TRY(files(known));
  report_.lost_chunks = known.lost_chunks.size();
  report_.lost_files = known.lost_files.size();
  findings_.add(std::move(known.derived));
  return {};
}

Result<ChunkFindings> Verification::index() {
  PURSER_ASSIGN(ChunkFindings known, look_at_index());
  if (!options_.repair || !known.derived.any(Check::index)) return known;
  PURSER_TRY(what_.now([&](const View&) -> Status {
    PURSER_TRY(what_.chunks.rebuild_index());
    return {};
  }));
  PURSER_ASSIGN(ChunkFindings anew, look_at_index());
  // What was lost before has no row any more, and may be named by no list.
  anew.lost_chunks.merge(known.lost_chunks);
  anew.derived.add(std::move(known.derived));
  return anew;
}

Result<ChunkFindings> Verification::look_at_index() {
  ChunkFindings known;
  PURSER_TRY(what_.now([&](const View& view) -> Status {
    PURSER_ASSIGN(known,
                  check_chunks(view.rows, what_.chunks, options_.quick, what_.is_alone, meter_));
    return {};
  }));
  return known;
}

Status Verification::files(ChunkFindings& known) {
  return what_.now([&](const View& view) -> Status {
    PURSER_TRY(check_files(view, what_.chunks, options_.quick, meter_, known, report_));
    return options_.repair ? mend_files(what_.store, what_.chunks, known) : Status();
  });
}

VerifyReport Verification::take_report() {
  report_.divergences = findings_.take();
  return std::move(report_);
}

}  // namespace purser
