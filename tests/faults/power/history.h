// What was said of a ledger while it was recorded, and so must be found after a power cut.
//
// A moment is how many steps the recording had by then. What a ledger said at one holds for every
// cut from there on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "purser/ledger.h"

namespace purser::faults {

using Moment = std::size_t;

struct Content {
  std::string bytes;
  Digest digest;
};
using Files = std::map<std::string, std::shared_ptr<const Content>>;

/// One edit of a draft. Those of one draft come one after the other.
struct Edit {
  Moment begun = 0;
  Moment acknowledged = 0;
  Files files;  ///< of the draft from then on
};

/// The files of one deployment.
struct Draft {
  Moment created = 0;       ///< when that was acknowledged
  std::vector<Edit> edits;  ///< the first makes an empty draft
};

struct History {
  std::optional<Moment> made;       ///< when `init` had returned; nothing: before the recording
  std::vector<std::string> events;  ///< all, as they were stored
  std::map<Moment, std::uint64_t> reached;  ///< how far the log was durable
  std::map<DeploymentId, Draft> drafts;

  /// How far the log must reach after a cut at `moment`.
  [[nodiscard]] std::uint64_t reached_at(Moment moment) const {
    const auto after = reached.upper_bound(moment);
    return after == reached.begin() ? 0 : std::prev(after)->second;
  }
};

/// What an open ledger shows.
struct Shown {
  std::uint64_t log_size = 0;
  std::map<DeploymentId, Files> drafts;
};

/// Looks at `ledger`, opened after a cut at `moment`: empty, or what should not be.
std::string look(const Ledger& ledger, const History& history, Moment moment, Shown& shown);

}  // namespace purser::faults
