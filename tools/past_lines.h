// What another tool has recorded, as JSON Lines: docs/import.md, "Other people's history".
//
// The lines are taken as hostile: bounded memory for each, and whatever is not understood is
// refused with the number of its line. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "json.h"
#include "purser/artifact.h"
#include "purser/history.h"

namespace purser::tools {

/// No line is longer, in bytes and without its newline.
inline constexpr std::size_t kPastLineBytesMax = std::size_t{512} << 10;

class PastLines {
 public:
  explicit PastLines(ByteSource source) : source_(std::move(source)) {}

  /// What happened next; nothing behind the last line. Errors: InvalidArgument and LimitExceeded,
  /// whose `what` begins with "line N"; those of `source`.
  Result<std::optional<PastEvent>> next();
  /// How many events no line told so far; their times are not known.
  [[nodiscard]] std::uint64_t implied() const { return implied_; }

 private:
  struct Line;
  struct Known {
    DeploymentId id;
    bool ready = false;
  };

  Result<bool> read_line(std::string& line);
  Status take(const std::string& text);
  Status take_event(Line& line);
  Result<Known*> deployment_of(Line& line);
  Status make_ready(Line& line, Known& known, bool implied);
  void add(const Line& line, bool implied, PastChange change);

  ByteSource source_;
  std::string block_;
  std::size_t read_ = 0;  // bytes of block_ that were taken
  bool ended_ = false;
  std::uint64_t number_ = 0;  // of the line at hand, from 1
  std::uint64_t implied_ = 0;
  Timestamp last_time_;
  DeploymentId last_id_;
  std::map<std::pair<std::string, std::string>, Known> known_;  // by owner and name
  std::deque<PastEvent> waiting_;
};

}  // namespace purser::tools
