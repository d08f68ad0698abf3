// Drafts that go from one ledger to another, each of them whole or not at all.
//
// Rows of drafts do not say whether all of them are there. Only a database that opens does, because
// its MANIFEST knows every table; and only one that knows all events has all its writes.
// One thread at a time.
#pragma once

#include <memory>
#include <string>

#include "closing_sum.h"
#include "draft.h"
#include "purser/salvage.h"
#include "purser/status.h"
#include "rocks_store.h"
#include "salvaged_files.h"

namespace purser {

class SalvagedDrafts {
 public:
  /// `database`: of the source, which has `expected` events, of which `copied` were copied, and was
  /// `closing` when it was closed, where that is known.
  SalvagedDrafts(const std::string& database, std::size_t block_cache_bytes,
                 const std::optional<ClosingSum>& closing, Position expected, Position copied);

  /// Copies the draft of a deployment that is not sealed into `target`; it and its files are on
  /// stable storage then. Counts it, or what it has lost, in `report`. Errors: Io,
  /// UnsupportedVersion.
  Status save(DeploymentId id, SalvagedFiles& files, Store& target, SalvageReport& report) const;

 private:
  const bool all_events_copied_;
  std::unique_ptr<RocksStore> rows_;
  std::string why_none_;  // where there are no rows to rely on
};

}  // namespace purser
