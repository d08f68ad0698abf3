// What the commands on pointers decide. Pure functions of a View: they read, and propose.
//
// The rules are those of docs/architecture.md; each error is the reason of a refusal.
#pragma once

#include <string>
#include <string_view>

#include "proposal.h"
#include "purser/commands.h"

namespace purser {

Result<Decision> decide_promote(const View& view, std::string_view owner, DeploymentId id,
                                const PromoteOptions& options);
Result<Decision> decide_rollback(const View& view, std::string_view owner,
                                 const RollbackOptions& options);
Result<Decision> decide_rollback_to(const View& view, std::string_view owner, DeploymentId id,
                                    const RollbackToOptions& options);
Result<Decision> decide_clear(const View& view, std::string_view owner,
                              const ClearOptions& options);
Result<Decision> decide_freeze(const std::string& owner, const FreezeOptions& options);
Result<Decision> decide_unfreeze(const View& view, const std::string& owner,
                                 const UnfreezeOptions& options);

}  // namespace purser
