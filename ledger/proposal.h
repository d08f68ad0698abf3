// What a caller proposes to the commit, and what the commit makes of it.
//
// A step holds no state of the ledger: `decide` looks at the state that the commit shows it, which
// includes what the steps and the members of its group before it have decided, so that validation
// and effect are one. Events are the only decisions that history keeps; `rows` are for drafts and
// chunk lists.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "projection.h"
#include "purser/event.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// What a step wants written.
struct Decision {
  std::vector<Payload> events;  ///< in order; none: nothing to change
  std::optional<Noted> noted;   ///< written instead of no event, when there is a request id
  WriteSet rows;                ///< that are not derived from events
};

/// What became of a step, before it is durable.
struct Outcome {
  std::vector<Event> events;  ///< written now, or long ago if `replayed`
  bool replayed = false;
};

/// One command.
struct Step {
  std::optional<std::string> request_id;
  Digest digest;  ///< of the command: verb and arguments; only with a request id

  /// Called once, inside the commit. An error rejects the proposal.
  std::function<Result<Decision>(const View&)> decide;

  /// Called once, inside the commit, with the state after (or, replayed, as it was after) the
  /// events. What it computes may be used only if the commit succeeds. May be empty.
  std::function<Status(const View&, const Outcome&)> answer;
};

/// Steps that happen together or not at all. What it refers to must live until it is committed.
struct Proposal {
  std::string_view actor;
  std::string_view reason;
  bool dry_run = false;
  std::span<Step> steps;
  bool numbered = false;  ///< an error says which step it is about
};

}  // namespace purser
