// Projection `pointers`: how each pointer stood at each of its generations, under (owner, channel,
// generation). The latest one is found by a reverse seek.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointer_name.h"
#include "projection.h"

namespace purser {

Status fold_pointers(const FoldInput& input, std::uint32_t build, WriteSet& changes);

/// As of `view.at`; generation 0 when the pointer had never moved. One seek where it has not moved
/// since, and else a few reads: positions ascend with generations.
Result<PointerRow> latest_pointer(const View& view, std::string_view owner,
                                  std::string_view channel);

/// The same as of the earlier of `view.at` and `time`.
Result<PointerRow> latest_pointer_until(const View& view, std::string_view owner,
                                        std::string_view channel, Timestamp time);

/// One generation, which must exist.
Result<PointerRow> pointer_at(const View& view, std::string_view owner, std::string_view channel,
                              Generation generation);

/// Visits generations below `before`, newest first, until `visit` is false.
Status scan_pointer(const View& view, std::string_view owner, std::string_view channel,
                    Generation before, const std::function<bool(const PointerRow&)>& visit);

/// Every channel of `owner` that ever moved, sorted by bytes.
Result<std::vector<std::string>> channels_of(const View& view, std::string_view owner);

/// Visits the name of every pointer that had moved by `view.at`, sorted by the bytes of owner and
/// then channel, from the first one behind `after` until `visit` is false. An error of `visit` ends
/// the walk with that error.
Status scan_pointer_names(const View& view, const std::optional<OwnedPointerName>& after,
                          const std::function<Result<bool>(const PointerName&)>& visit);

}  // namespace purser
