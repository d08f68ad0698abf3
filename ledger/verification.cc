#include "verification.h"

#include <utility>

#include "chunk_check.h"
#include "file_check.h"
#include "history_check.h"
#include "root_check.h"
#include "try.h"
#include "user_row_check.h"

namespace purser {
namespace {

class Verification {
 public:
  Verification(const Verified& what, const VerifyOptions& options, Meter& meter)
      : what_(what), options_(options), meter_(meter) {}

  Status run() {
    PURSER_ASSIGN(const bool rows_are_right, history());
    if (!rows_are_right) return {};
    PURSER_ASSIGN(ChunkFindings known, index());
    const bool index_is_right = !known.derived.any(Check::index) || options_.repair;
    if (index_is_right) PURSER_TRY(files(known));
    report_.lost_chunks = known.lost_chunks.size();
    report_.lost_files = known.lost_files.size();
    findings_.add(std::move(known.derived));
    return {};
  }

  VerifyReport take_report() {
    report_.divergences = findings_.take();
    return std::move(report_);
  }

 private:
  // Whether what projections say can be relied on afterwards.
  Result<bool> history() {
    PURSER_TRY(what_.now([&](const View& view) -> Status {
      PURSER_ASSIGN(findings_,
                    check_history(view.rows, what_.is_alone, what_.memory_bytes, meter_, report_));
      return check_tree_roots(view);
    }));
    const bool own_differ = findings_.any(Check::projections) || findings_.any(Check::cursors);
    PURSER_ASSIGN(const bool users_differ, user_rows());
    if (!own_differ && !users_differ) return true;
    if (!options_.repair) return !own_differ;  // files are found without those of users
    PURSER_TRY(what_.rebuild_projections());
    return true;
  }

  // Whether rows of users differ. A log that is damaged cannot be folded.
  Result<bool> user_rows() {
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
  Status check_tree_roots(const View& view) {
    for (const Check check : {Check::events, Check::times, Check::groups, Check::projections}) {
      if (findings_.any(check)) return {};
    }
    PURSER_ASSIGN(Findings found, check_roots(view, what_.ledger_id, what_.anchor));
    findings_.add(std::move(found));
    return {};
  }

  Result<ChunkFindings> index() {
    PURSER_ASSIGN(ChunkFindings known, look_at_chunks());
    if (!options_.repair || !known.derived.any(Check::index)) return known;
    PURSER_TRY(what_.now([&](const View&) -> Status {
      PURSER_TRY(what_.chunks.rebuild_index());
      return {};
    }));
    PURSER_ASSIGN(ChunkFindings anew, look_at_chunks());
    // What was lost before has no row any more, and may be named by no list.
    anew.lost_chunks.merge(known.lost_chunks);
    anew.derived.add(std::move(known.derived));
    return anew;
  }

  Result<ChunkFindings> look_at_chunks() {
    ChunkFindings known;
    PURSER_TRY(what_.now([&](const View& view) -> Status {
      PURSER_ASSIGN(known,
                    check_chunks(view.rows, what_.chunks, options_.quick, what_.is_alone, meter_));
      return {};
    }));
    return known;
  }

  Status files(ChunkFindings& known) {
    return what_.now([&](const View& view) -> Status {
      PURSER_TRY(check_files(view, what_.chunks, options_.quick, meter_, known, report_));
      return options_.repair ? mend_files(what_.store, what_.chunks, known) : Status();
    });
  }

  const Verified& what_;
  const VerifyOptions& options_;
  Meter& meter_;
  Findings findings_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify_all(const Verified& what, const VerifyOptions& options, Meter& meter) {
  Verification verification(what, options, meter);
  PURSER_TRY(verification.run());
  return verification.take_report();
}

}  // namespace purser
