// The text of a checkpoint (c2sp.org/tlog-checkpoint): whose log, its size, its root. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "purser/status.h"
#include "purser/types.h"

namespace purser {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root;

  /// The text that is signed; without extension lines.
  [[nodiscard]] std::string text() const;
};

/// Takes extension lines and passes over them. Errors: InvalidArgument{checkpoint}.
Result<Checkpoint> parse_checkpoint(std::string_view note_text);

}  // namespace purser
