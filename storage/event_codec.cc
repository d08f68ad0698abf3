#include "event_codec.h"

#include <fmt/format.h>

#include <array>

#include "artifact_wire.h"
#include "hash.h"
#include "try.h"
#include "wire.h"

namespace purser {

// --- Payload fields, in stored order. docs/event-format.md lists the same. -----------------------

template <class Archive>
void serialize(Archive& ar, EventGroup& group) {
  ar(group.first, group.count);
}
template <class Archive>
void serialize(Archive& ar, EventHeader& h) {
  ar(h.actor, h.reason, h.request_id, h.command_digest, h.wall_time, h.group, h.imported);
}
template <class Archive>
void serialize(Archive& ar, Skipped& skipped) {
  ar(skipped.deployment, one_byte(skipped.why, SkipReason::active_now));
}
template <class Archive>
void serialize(Archive& ar, Created& e) {
  ar(e.id, e.identifier, e.owner_key, e.source_ref, e.labels);
}
template <class Archive>
void serialize(Archive& ar, Ready& e) {
  ar(e.id, e.owner_key, artifact_field(e.artifact));
}
template <class Archive>
void serialize(Archive& ar, Failed& e) {
  ar(e.id, e.owner_key, e.failure.code, e.failure.message);
}
template <class Archive>
void serialize(Archive& ar, BadMarked& e) {
  ar(e.id, e.owner_key);
}
template <class Archive>
void serialize(Archive& ar, BadUnmarked& e) {
  ar(e.id, e.owner_key);
}
template <class Archive>
void serialize(Archive& ar, ArtifactDropped& e) {
  ar(e.id, e.owner_key);
}
template <class Archive>
void serialize(Archive& ar, Activated& e) {
  ar(e.owner_key, e.channel, one_byte(e.cause, Cause::clear), e.generation, e.parent, e.deployment,
     e.previous, e.skipped);
}
template <class Archive>
void serialize(Archive& ar, Noted& e) {
  ar(e.owner_key, e.deployment, e.channel, e.generation, e.active, e.previous);
}
template <class Archive>
void serialize(Archive& ar, Pinned& e) {
  ar(e.id, e.owner_key);
}
template <class Archive>
void serialize(Archive& ar, Unpinned& e) {
  ar(e.id, e.owner_key);
}
template <class Archive>
void serialize(Archive& ar, ChannelsFrozen& e) {
  ar(e.owner_key, e.channel, e.rollback_too);
}
template <class Archive>
void serialize(Archive& ar, ChannelsUnfrozen& e) {
  ar(e.owner_key, e.channel);
}

namespace {

// --- Envelope ------------------------------------------------------------------------------------

constexpr std::array<char, 4> kEventMagic{'P', 'R', 'S', 'E'};
constexpr std::uint16_t kKindVersion = 1;  // of every kind so far
constexpr std::size_t kChecksumOffset = 32;
constexpr std::size_t kEnvelopeBytes = 40;

struct Envelope {
  std::array<char, 4> magic = kEventMagic;
  std::uint16_t format = kEventFormat;
  std::uint16_t kind = 0;
  std::uint16_t kind_version = kKindVersion;
  std::uint16_t reserved = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t position = 0;
  std::int64_t time_us = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(Envelope) == kEnvelopeBytes && std::is_trivially_copyable_v<Envelope>);
static_assert(offsetof(Envelope, checksum) == kChecksumOffset);

std::uint64_t event_checksum(std::string_view stored) {
  return xxh3_64(stored.substr(0, kChecksumOffset), stored.substr(kEnvelopeBytes));
}

template <std::size_t... I>
void load_payload(WireReader& ar, Payload& payload, std::size_t index, std::index_sequence<I...>) {
  ((index == I ? static_cast<void>(ar(payload.emplace<I>())) : void()), ...);
}

Error damaged(Position position, std::string what) {
  return Corruption{fmt::format("event {}", position.value), std::move(what)};
}

// The parts that must be right before any other byte is believed.
Result<Envelope> check_envelope(std::string_view stored, Position expected) {
  Envelope envelope;
  if (stored.size() < kEnvelopeBytes) return damaged(expected, "shorter than its envelope");
  if (stored.size() > kEventBytesMax) return damaged(expected, "longer than an event may be");
  std::memcpy(&envelope, stored.data(), kEnvelopeBytes);
  if (envelope.magic != kEventMagic) return damaged(expected, "wrong magic");
  if (envelope.format > kEventFormat) {
    return UnsupportedVersion{fmt::format("event {}", expected.value), envelope.format,
                              kEventFormat};
  }
  if (envelope.payload_bytes != stored.size() - kEnvelopeBytes) {
    return damaged(expected, "payload length differs from the stored length");
  }
  if (envelope.checksum != event_checksum(stored)) return damaged(expected, "checksum differs");
  if (envelope.position != expected.value) {
    return damaged(expected, fmt::format("says that it is event {}", envelope.position));
  }
  return envelope;
}

Status check_versions(const Envelope& envelope) {
  const Position position{envelope.position};
  if (envelope.kind > std::variant_size_v<Payload>) {
    return UnsupportedVersion{fmt::format("event {} (kind)", position.value), envelope.kind,
                              std::variant_size_v<Payload>};
  }
  if (envelope.kind_version > kKindVersion) {
    return UnsupportedVersion{fmt::format("event {} (kind version)", position.value),
                              envelope.kind_version, kKindVersion};
  }
  if (envelope.kind == 0 || envelope.kind_version == 0 || envelope.format == 0 ||
      envelope.reserved != 0) {
    return damaged(position, "a field is zero that may not be, or the reverse");
  }
  return {};
}

}  // namespace

Result<std::string> encode_event(const Event& event) {
  std::string stored(kEnvelopeBytes, '\0');
  WireWriter ar(stored);
  ar(event.header);
  std::visit([&](const auto& payload) { ar(payload); }, event.payload);
  if (stored.size() > kEventBytesMax) {
    return LimitExceeded{"event bytes", kEventBytesMax, stored.size()};
  }
  Envelope envelope;
  envelope.kind = static_cast<std::uint16_t>(event.kind());
  envelope.payload_bytes = static_cast<std::uint32_t>(stored.size() - kEnvelopeBytes);
  envelope.position = event.position.value;
  envelope.time_us = event.time.unix_us;
  std::memcpy(stored.data(), &envelope, kEnvelopeBytes);
  envelope.checksum = event_checksum(stored);
  std::memcpy(stored.data(), &envelope, kEnvelopeBytes);
  return stored;
}

Status decode_event(std::string_view stored, Position expected, Event& event) {
  PURSER_ASSIGN(const Envelope envelope, check_envelope(stored, expected));
  PURSER_TRY(check_versions(envelope));
  event.position = expected;
  event.time = Timestamp{envelope.time_us};
  WireReader ar(stored.substr(kEnvelopeBytes));
  ar(event.header);
  load_payload(ar, event.payload, envelope.kind - 1u,
               std::make_index_sequence<std::variant_size_v<Payload>>());
  if (!ar.finished()) return damaged(expected, "payload is not well-formed");
  return {};
}

Result<Event> decode_event(std::string_view stored, Position expected) {
  Event event;
  PURSER_TRY(decode_event(stored, expected, event));
  return event;
}

}  // namespace purser
