// What a command proposes to the commit, and what the commit makes of it.
//
// A proposal holds no state of the ledger: `decide` looks at the state that the commit shows it,
// which includes what earlier members of its group have decided, so that validation and effect are
// one step. Events are the only decisions that history keeps; `rows` are for drafts and chunk
// lists.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "projection.h"
#include "purser/commands.h"
#include "purser/event.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// What a command wants written.
struct Decision {
  std::vector<Payload> events;  ///< in order; none: nothing to change
  std::optional<Noted> noted;   ///< written instead of no event, when there is a request id
  WriteSet rows;                ///< that are not derived from events
};

/// What became of a proposal, before it is durable.
struct Outcome {
  std::vector<Event> events;  ///< written now, or long ago if `replayed`
  bool replayed = false;
};

struct Proposal {
  Context context;
  Digest digest;  ///< of the command: verb and arguments

  /// Called once, inside the commit. An error rejects the command.
  std::function<Result<Decision>(const View&)> decide;

  /// Called once, inside the commit, with the state after (or, replayed, as it was after) the
  /// events. What it computes may be used only if the commit succeeds. May be empty.
  std::function<Status(const View&, const Outcome&)> answer;
};

}  // namespace purser
