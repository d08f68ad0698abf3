// Builds of projections: which one is in use, up to where it speaks, and making a new one.
//
// A build is announced by a row that is never overwritten, in the same write that completes it, so
// that a half-made one is never in use. Its rows go at a later open, when no reader that knew it
// can still be looking.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "projection.h"

namespace purser {

struct BuildState {
  std::uint32_t build = 0;    ///< 0: none was announced
  std::uint32_t version = 0;  ///< of the projection when it was built
  Position cursor;
  bool damaged = false;  ///< what announces it says nothing: its rows are not to be relied on
};
using BuildStates = std::array<BuildState, kProjectionCount>;

Result<BuildStates> read_builds(const RowReader& rows);
/// 0 for a projection whose rows are of an older version and that a reader can do without.
[[nodiscard]] Builds builds_in_use(const BuildStates& states);

/// Announces build 1 of every projection of an empty log.
void put_first_builds(WriteSet& changes);

/// Moves the cursor of every projection to `position`, in one row.
void put_cursor(const Builds& builds, Position position, WriteSet& changes);

struct RebuiltProjection {
  ProjectionId id;
  std::uint32_t build = 0;
  std::uint64_t rows = 0;
};

/// Called many times a second, on the thread of the rebuild, with how much is done; false cancels.
/// An event is half done when it is folded, and wholly when its rows are written.
using FoldProgress = std::function<bool(std::uint64_t events)>;

/// Folds the whole log, which must not grow meanwhile, into a new build of each of `which` and
/// announces them in one write. Gathers rows in `memory_bytes`, at least 1 MiB, and in files of
/// `store`. Errors: Cancelled, and those of reading and writing; the builds in use before then stay
/// in use, and nothing of the new ones is left.
Result<std::vector<RebuiltProjection>> rebuild_projections(Store& store,
                                                           const std::vector<ProjectionId>& which,
                                                           std::size_t memory_bytes,
                                                           const FoldProgress& progress);

/// Reads what `drop_old_builds` will read. Errors: those of reading.
Status look_for_old_builds(const RowReader& rows, const BuildStates& states);

/// Drops the rows of every build that is not in use, half-made ones included.
Status drop_old_builds(Store& store, const BuildStates& states);

}  // namespace purser
