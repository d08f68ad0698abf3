// Projection `freezes`: which channels are frozen, under (owner, channel, position). The empty name
// stands for all channels of the owner, those to come included. The latest one is found by a
// reverse seek.
#pragma once

#include <string_view>

#include "projection.h"

namespace purser {

/// The name under which the freeze of all channels stands.
inline constexpr std::string_view kAllChannels{};

Status fold_freezes(const FoldInput& input, std::uint32_t build, WriteSet& changes);

/// As of `view.at`; null where that channel, or `kAllChannels`, was not frozen by itself.
Result<SharedFreeze> find_freeze(const View& view, std::string_view owner,
                                 std::string_view channel);

/// What holds a channel that is frozen by itself, with all others, or both: the stricter of the
/// two, which may each be null.
[[nodiscard]] SharedFreeze stricter(const SharedFreeze& own, const SharedFreeze& all);

/// What holds `channel` as of `view.at`; null if nothing does.
Result<SharedFreeze> freeze_in_force(const View& view, std::string_view owner,
                                     std::string_view channel);

/// Whether anything was ever frozen.
Result<bool> ever_frozen(const View& view);

}  // namespace purser
