// A sequence of commands, as bytes: given to a ledger in memory and to the model beside it.
#pragma once

#include <string>
#include <string_view>

namespace purser::fuzz {

struct Sequence {
  std::string fault;  ///< where the two differ first, and after what; empty if they do not
  int steps = 0;
  int accepted = 0;
  int refused = 0;
};

/// As many commands as `bytes` last for, up to 500; then every query. `mistake`: one of player.h.
Sequence play(std::string_view bytes, const std::string& mistake);

/// Lets a comparison that fails be an exception. Once, before `play`.
void set_up_comparison();

}  // namespace purser::fuzz
