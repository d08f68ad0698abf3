// Compares the rows of projections with what the events say, a fresh fold of the whole log beside
// the rows that are stored.
//
// The fold, the sort and the threads are those of a rebuild (rebuild.h); only that its rows are
// compared instead of written. Memory is bounded likewise; rows that do not fit into it lie in
// files without names, in $TMPDIR or /var/tmp. Nothing in the ledger is touched.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "build.h"
#include "projection.h"

namespace purser {

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

/// Compares the builds in `states` up to `last`, the size of the log that `rows` shows. A
/// projection whose stored rows are of another version is passed over. Errors: Corruption where an
/// event cannot be folded, Cancelled, Io.
Result<std::vector<RowComparison>> compare_rows(const RowReader& rows, const BuildStates& states,
                                                Position last, std::size_t memory_bytes,
                                                const FoldProgress& progress);

}  // namespace purser
