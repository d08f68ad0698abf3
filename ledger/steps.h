// Commands as the commit takes them: arguments checked, digested, and bound to the rule that
// decides them and to the answer they give.
#pragma once

#include <optional>
#include <string>

#include "impl.h"
#include "proposal.h"
#include "purser/commands.h"

namespace purser {

/// A step that decides `command` and leaves its answer in `answer`; both must outlive the step.
/// Makes the manifest of a `MarkReady` durable. Errors: those of the arguments, and of staging.
Result<Step> make_step(const Ledger::Impl& ledger, const Command& command, bool dry_run,
                       std::optional<std::string> request_id, std::optional<Answer>& answer);

}  // namespace purser
