// Payloads of events, in an envelope that is right: refused, or the one encoding of what they say.
#include "event_codec.h"
#include "faults/fuzz/harness.h"
#include "hash.h"

namespace purser::fuzz {
namespace {

constexpr std::size_t kEnvelopeBytes = 40;
constexpr std::size_t kChecksumAt = 32;

// The envelope of an event of this kind with this payload, as encode_event makes it.
std::string enveloped(std::uint16_t kind, std::string_view payload) {
  Event bare;
  bare.position = Position{7};
  bare.payload = Pinned{};
  std::string stored = encode_event(bare).value().substr(0, kEnvelopeBytes);
  stored += payload;
  const auto payload_bytes = static_cast<std::uint32_t>(payload.size());
  std::memcpy(&stored[6], &kind, sizeof kind);
  std::memcpy(&stored[12], &payload_bytes, sizeof payload_bytes);
  put_checksum(stored, kChecksumAt,
               xxh3_64(std::string_view(stored).substr(0, kChecksumAt),
                       std::string_view(stored).substr(kEnvelopeBytes)));
  return stored;
}

// Bytes that the decoded value holds in memory of its own.
struct Held {
  std::size_t bytes = 0;
  void add(const std::string& text) { bytes += text.size(); }
  void add(const std::optional<std::string>& text) { bytes += text ? text->size() : 0; }
};
std::size_t bytes_held(const Event& event) {
  Held held;
  held.add(event.header.actor);
  held.add(event.header.reason);
  held.add(event.header.request_id);
  if (const auto* created = std::get_if<Created>(&event.payload)) {
    held.add(created->owner_key);
    held.add(created->source_ref);
    for (const auto& [key, value] : created->labels) held.bytes += key.size() + value.size();
  } else if (const auto* moved = std::get_if<Activated>(&event.payload)) {
    held.add(moved->owner_key);
    held.add(moved->channel);
    held.bytes += moved->skipped.size();
  } else if (const auto* failed = std::get_if<Failed>(&event.payload)) {
    held.add(failed->failure.code);
    held.add(failed->failure.message);
  }
  return held.bytes;
}

}  // namespace

void look(std::string_view bytes) {
  Input input(bytes);
  const auto kind =
      static_cast<std::uint16_t>(input.number<std::uint8_t>() % (std::variant_size_v<Payload> + 2));
  const auto event = decoded(input.rest(), [&](std::string_view payload) {
    return decode_event(enveloped(kind, payload), Position{7});
  });
  if (!event) return;
  require(static_cast<std::uint16_t>(event->kind()) == kind, "an event is of the kind it says");
  require(bytes_held(*event) <= input.rest().size(), "what is decoded is no longer than its bytes");
  const auto again = encode_event(*event);
  require(again && again->substr(kEnvelopeBytes) == input.rest(), "a payload has one encoding");
}

}  // namespace purser::fuzz
