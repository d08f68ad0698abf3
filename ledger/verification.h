// One `verify`: the checks in their order, and what `repair` does between them.
//
// What is derived comes before what depends on it: rows before the files that they name, the index
// before the chunks that it finds. Where it differs and may not be made anew, what depends on it is
// not looked at, so that one defect is not told as many.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "anchor.h"
#include "chunk_check.h"
#include "chunk_store.h"
#include "findings.h"
#include "meter.h"
#include "projection.h"
#include "purser/status.h"
#include "purser/user_projection.h"
#include "purser/verify.h"
#include "store.h"

namespace purser {

/// What a verification works on.
struct Verified {
  Store& store;
  ChunkStore& chunks;
  LedgerId ledger_id;
  std::optional<AnchorMark> anchor;  ///< none in memory
  std::size_t memory_bytes;
  bool is_alone;  ///< no other process writes, whose own rows may be old values here
  /// Calls `look` with one state of the ledger.
  std::function<Status(const std::function<Status(const View& view)>& look)> now;
  /// Calls `look` with rows, and the position that rows of users may be asked as of.
  std::function<Status(const std::function<Status(const RowReader& rows, Position at)>& look)>
      user_rows;
  const std::vector<UserProjection>& projections;  ///< whose code is at hand
  std::function<Status()> rebuild_projections;
};

/// All must outlive this. Errors: those of Ledger::verify.
class Verification {
 public:
  Verification(const Verified& what, const VerifyOptions& options, Meter& meter)
      : what_(what), options_(options), meter_(meter) {}

  /// First what needs no chunk to be there, then the rest.
  Status look_at_rows();
  Status look_at_chunks();
  [[nodiscard]] VerifyReport take_report();

 private:
  Result<bool> user_rows();
  Status check_tree_roots(const View& view);
  Result<ChunkFindings> index();
  Result<ChunkFindings> look_at_index();
  Status files(ChunkFindings& known);

  const Verified& what_;
  const VerifyOptions& options_;
  Meter& meter_;
  bool rows_are_right_ = false;  // what projections say can be relied on
  Findings findings_;
  VerifyReport report_;
};

}  // namespace purser
