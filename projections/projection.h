// A projection: rows derived from events by a fold, and nothing else. This is the list of them.
//
// Each has a name, a version that changes with what its rows mean, a build number that changes with
// every rebuild, and a cursor: the position up to which its rows speak. A fold knows the event and
// the state of what it names, adds rows under keys that are never written again, and never re-runs
// a rule. Keys are laid out in docs/storage-format.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "heads.h"
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
  freezes,
  merkle,
};
inline constexpr std::size_t kProjectionCount = 8;

/// One event, and what a fold may know besides.
struct FoldInput {
  const Event& event;
  bool begins_command;  ///< see `begins_command`
  Heads& heads;         ///< before the event; a fold puts what it becomes
};

/// Whether `event` is the first of its command. `before` is the event at the position before.
[[nodiscard]] bool begins_command(const Event& event, const Event* before);

/// Adds to `changes` what the event means to one build.
using Fold = Status (*)(const FoldInput& input, std::uint32_t build, WriteSet& changes);

struct Projection {
  ProjectionId id;
  std::string_view name;
  char tag;  ///< first byte of its keys
  std::uint32_t version;
  std::uint32_t readable;  ///< the oldest version that a reader may take; 0: it does without rows
  Fold fold;               ///< null for `merkle`, which takes stored bytes: merkle_rows.h
};

/// In the order of ProjectionId.
[[nodiscard]] const std::array<Projection, kProjectionCount>& all_projections();

/// All of them.
[[nodiscard]] std::vector<ProjectionId> all_projection_ids();

/// The build of each projection that is in use.
using Builds = std::array<std::uint32_t, kProjectionCount>;

/// One state of the ledger: rows, the builds to look at, and the last position to look at.
struct View {
  const RowReader& rows;
  const Builds& builds;
  Position at;
  Heads* heads = nullptr;  ///< if set, says the same as the rows, faster

  /// Begins a key of the projection with `tag` in the build in use.
  [[nodiscard]] Key key(ProjectionId id) const;
};

/// Begins a key of one build.
[[nodiscard]] Key build_key(ProjectionId id, std::uint32_t build);

/// Folds one event into every projection.
Status fold_all(const FoldInput& input, const Builds& builds, WriteSet& changes);

/// A row that cannot be read: `Corruption` that names the projection; a rebuild mends it.
[[nodiscard]] Error damaged_row(ProjectionId id);

}  // namespace purser
