// A projection: rows derived from events by a fold, and nothing else. This is the list of them.
//
// Each has a name, a version that changes with what its rows mean, a build number that changes with
// every rebuild, and a cursor: the position up to which its rows speak. A fold reads only rows of
// its own build, adds rows under keys that are never written again, and never re-runs a rule.
// Keys are laid out in docs/storage-format.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "key.h"
#include "purser/event.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

enum class ProjectionId : std::uint8_t {
  deployments,
  pointers,
  activations,
  owners,
  identifiers,
  requests,
};
inline constexpr std::size_t kProjectionCount = 6;

/// Adds to `changes` what `event` means to one build. `rows` shows `changes` too.
using Fold = Status (*)(const Event& event, const RowReader& rows, std::uint32_t build,
                        WriteSet& changes);

struct Projection {
  ProjectionId id;
  std::string_view name;
  char tag;  ///< first byte of its keys
  std::uint32_t version;
  Fold fold;
};

/// In the order of ProjectionId.
[[nodiscard]] const std::array<Projection, kProjectionCount>& all_projections();

/// The build of each projection that is in use.
using Builds = std::array<std::uint32_t, kProjectionCount>;

/// One state of the ledger: rows, the builds to look at, and the last position to look at.
struct View {
  const RowReader& rows;
  const Builds& builds;
  Position at;

  /// Begins a key of the projection with `tag` in the build in use.
  [[nodiscard]] Key key(ProjectionId id) const;
};

/// Begins a key of one build.
[[nodiscard]] Key build_key(ProjectionId id, std::uint32_t build);

/// Folds `event` into every projection.
Status fold_all(const Event& event, const RowReader& rows, const Builds& builds, WriteSet& changes);

/// A row that cannot be read: `Corruption` that names the projection; a rebuild mends it.
[[nodiscard]] Error damaged_row(ProjectionId id);

}  // namespace purser
