// Events to stored bytes and back: docs/event-format.md is the description, this is the code.
//
// Free functions, safe from any thread. Decoding takes hostile bytes: bounded memory and time, one
// accepted encoding per event.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "purser/event.h"
#include "purser/status.h"

namespace purser {

inline constexpr std::size_t kEventBytesMax = 60'000;
inline constexpr std::uint16_t kEventFormat = 1;

/// Errors: LimitExceeded when the event is larger than `kEventBytesMax`.
Result<std::string> encode_event(const Event& event);

/// Errors: Corruption{"event <position>"}, UnsupportedVersion. `expected` is the position under
/// which the bytes were found.
Result<Event> decode_event(std::string_view stored, Position expected);

/// The same into `event`, whose strings are used again; after an error it holds anything.
Status decode_event(std::string_view stored, Position expected, Event& event);

}  // namespace purser
