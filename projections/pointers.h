// Projection `pointers`: how each pointer stood at each of its generations, under (owner, channel,
// generation). The latest one is found by a reverse seek.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projection.h"

namespace purser {

struct PointerRow {
  Generation generation;
  Position position;
  Timestamp time;
  std::optional<DeploymentId> deployment;
  std::optional<DeploymentId> previous;
  Generation parent;
};

Status fold_pointers(const Event& event, const RowReader& rows, std::uint32_t build,
                     WriteSet& changes);

/// As of `view.at`; nothing when the pointer had never moved.
Result<std::optional<PointerRow>> latest_pointer(const View& view, std::string_view owner,
                                                 std::string_view channel);

/// One generation, which must exist.
Result<PointerRow> pointer_at(const View& view, std::string_view owner, std::string_view channel,
                              Generation generation);

/// Visits generations below `before`, newest first, until `visit` is false.
Status scan_pointer(const View& view, std::string_view owner, std::string_view channel,
                    Generation before, const std::function<bool(const PointerRow&)>& visit);

/// Every channel of `owner` that ever moved, sorted by bytes.
Result<std::vector<std::string>> channels_of(const View& view, std::string_view owner);

}  // namespace purser
