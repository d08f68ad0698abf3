// Compares the rows of projections with what the events say.
//
// Whether they are the same, sums tell (row_sum.h): of the stored rows, and of those that a fold of
// the log gives (part_fold.h). Where they differ, a fresh fold of the whole log is laid beside the
// rows that are stored. The fold, the sort and the threads are then those of a rebuild (rebuild.h);
// only that its rows are compared instead of written. Memory is bounded likewise; rows that do not
// fit into it lie in files without names, in $TMPDIR or /var/tmp. Nothing in the ledger is touched.
// docs/adr/0033.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "build.h"
#include "projection.h"
#include "row_sum.h"

namespace purser {

/// The builds whose rows can be compared; a projection with stored rows of another version than
/// that of its fold is passed over.
struct ComparedBuilds {
  explicit ComparedBuilds(const BuildStates& states);
  [[nodiscard]] bool has(ProjectionId id) const { return has_[static_cast<std::size_t>(id)]; }

  Builds builds{};

 private:
  std::array<bool, kProjectionCount> has_{};
};

/// Over the rows that are stored of one build. `go_on` is asked every now and then, and false ends
/// it. Errors: Cancelled, Corruption, Io.
Result<RowSum> sum_stored_rows(const RowReader& rows, ProjectionId id, std::uint32_t build,
                               const std::function<bool()>& go_on);

/// The rows of one projection, beside those of the fold.
struct RowComparison {
  ProjectionId id;
  std::uint64_t rows = 0;         ///< that should be there
  std::uint64_t differences = 0;  ///< rows missing, too many or with another value
  // Of the first difference:
  std::string key;  ///< name_of_row
  std::string expected;
  std::string found;
};

/// Compares `builds` row by row up to `last`, the size of the log that `rows` shows. Errors:
/// Corruption where an event cannot be folded, Cancelled, Io.
Result<std::vector<RowComparison>> compare_rows(const RowReader& rows, const ComparedBuilds& builds,
                                                Position last, std::size_t memory_bytes,
                                                const FoldProgress& progress);

}  // namespace purser
