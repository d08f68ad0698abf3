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

/// Errors: those of Ledger::verify.
Result<VerifyReport> verify_all(const Verified& what, const VerifyOptions& options, Meter& meter);

}  // namespace purser
