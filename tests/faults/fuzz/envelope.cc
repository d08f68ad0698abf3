// Stored events: whatever bytes they are, they are refused or are exactly one event's.
#include "event_codec.h"
#include "faults/fuzz/harness.h"
#include "hash.h"

namespace purser::fuzz {
namespace {

constexpr std::size_t kPayloadBytesAt = 12;
constexpr std::size_t kPositionAt = 16;
constexpr std::size_t kChecksumAt = 32;
constexpr std::size_t kEnvelopeBytes = 40;

Position position_in(std::string_view stored) {
  std::uint64_t position = 0;
  if (stored.size() >= kEnvelopeBytes) {
    std::memcpy(&position, stored.data() + kPositionAt, sizeof position);
  }
  return Position{position};
}

// With the length and the checksum that it should have: so that what they guard is reached.
std::string mended(std::string_view stored) {
  std::string bytes(stored);
  if (bytes.size() < kEnvelopeBytes) return bytes;
  const auto payload_bytes = static_cast<std::uint32_t>(bytes.size() - kEnvelopeBytes);
  std::memcpy(&bytes[kPayloadBytesAt], &payload_bytes, sizeof payload_bytes);
  put_checksum(bytes, kChecksumAt,
               xxh3_64(std::string_view(bytes).substr(0, kChecksumAt),
                       std::string_view(bytes).substr(kEnvelopeBytes)));
  return bytes;
}

void look_at(std::string_view stored) {
  const Position position = position_in(stored);
  const auto event = decode_event(mutant("no-checksum") ? mended(stored) : stored, position);
  if (!event) {
    require(!event.error().is<Io>(), "nothing was read from a disk");
    return;
  }
  require(event->position == position, "an event is at the position it says");
  const auto again = encode_event(*event);
  require(again && *again == stored, "an event has one encoding");
  require(!decode_event(stored, Position{position.value + 1}), "an event has one position");
}

}  // namespace

void look(std::string_view input) {
  look_at(input);
  look_at(mended(input));
}

}  // namespace purser::fuzz
