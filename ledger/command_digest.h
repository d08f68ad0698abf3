// The digest that tells whether a request id comes back with the same command: SHA-256 over verb
// and arguments, without actor, reason and dry run. docs/event-format.md, "Command digest".
#pragma once

#include <string_view>

#include "hash.h"
#include "wire.h"

namespace purser {

/// The arguments in the order and encoding of docs/event-format.md.
template <class... Arguments>
Digest command_digest(std::string_view verb, const Arguments&... arguments) {
  std::string bytes;
  WireWriter ar(bytes);
  ar(std::string(verb), arguments...);
  return sha256(bytes);
}

}  // namespace purser
