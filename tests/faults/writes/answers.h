// What a ledger was asked on a disk that refuses, and which of the three answers it gave.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "purser/ledger.h"

namespace purser::faults {

enum class Answered : std::uint8_t { ok, rejected, unknown };

/// One command, or several that were asked for together.
struct Asked {
  std::vector<Command> commands;
  bool together = false;  ///< by `apply`
  Context context;        ///< its reason is this command's alone, and so names its events
};

struct Told {
  Asked asked;
  Answered answer = Answered::ok;
  std::optional<Position> position{};     ///< of its first event, where the answer says so
  std::optional<DeploymentId> created{};  ///< where it made one
  bool poisoned = false;                  ///< rejected because of an earlier outcome
  bool replayed = false;
  std::string error{};
};

/// What may stand at a path of a deployment, by what was told; nothing: no file.
using Possible = std::vector<std::optional<std::string>>;

struct Answers {
  std::vector<Told> commands;
  std::map<std::pair<DeploymentId, std::string>, Possible> files;
  /// What should not have been: an error of the wrong kind, a read that failed.
  std::vector<std::string> wrong;
};

/// Ok, rejected or unknown. An error that a refusing disk cannot be the reason of is wrong.
Answered answered(const Status& status, std::string_view what, std::vector<std::string>& wrong);

template <class T>
Status status_of(const Result<T>& result) {
  return result ? Status() : Status(result.error());
}

/// Hands `asked` to the ledger and says what it answered.
Told ask(Ledger& ledger, const Asked& asked, std::vector<std::string>& wrong);

/// Hands them over before any is answered, so that they are made durable together.
std::vector<Told> ask_at_once(Ledger& ledger, const std::vector<Asked>& all,
                              std::vector<std::string>& wrong);

}  // namespace purser::faults
