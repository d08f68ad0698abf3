// What commands and queries answer, put together from a View. Free functions; every value is a
// copy.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pointer_name.h"
#include "projection.h"
#include "proposal.h"
#include "purser/commands.h"

namespace purser {

/// The deployment `id` as it is in `view`, with what became of the command.
Result<DeploymentAnswer> answer_deployment(const View& view, DeploymentId id,
                                           const Outcome& outcome, bool dry_run);

/// The pointer as the command left it: from its event, or, where it wrote none, from `view`.
Result<PointerAnswer> answer_pointer(const View& view, std::string_view owner,
                                     std::string_view channel, const Outcome& outcome,
                                     bool dry_run);

/// What holds the channel, or all channels, as of `view`, with what became of the command.
Result<FreezeAnswer> answer_freeze(const View& view, const std::string& owner,
                                   const std::optional<std::string>& channel,
                                   const Outcome& outcome, bool dry_run);

/// Where a rollback of the pointer would go, which stands at `latest`.
Result<std::optional<DeploymentId>> rollback_target(const View& view, const PointerName& name,
                                                    const PointerRow& latest);

[[nodiscard]] Pointer make_pointer(const PointerName& name, const PointerRow& latest,
                                   std::optional<DeploymentId> rollback_target,
                                   const SharedFreeze& freeze);

}  // namespace purser
