// The small values that every part of Purser speaks in: ids, positions, digests and times.
//
// All are plain values: copy them freely, from any thread. None of them owns a resource.
// The nouns are defined in docs/architecture.md.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "purser/export.h"

namespace purser {

/// An unsigned 64-bit number that cannot be mistaken for another kind of number.
template <class Tag>
struct StrongNumber {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(StrongNumber, StrongNumber) = default;
};

/// Names a deployment. From 1, ascending in order of creation, never reused.
using DeploymentId = StrongNumber<struct DeploymentIdTag>;
/// Place of an event in the log. From 1, without gaps; 0 stands for "before the first event".
using Position = StrongNumber<struct PositionTag>;
/// Counts the activations of one pointer. From 1; 0 stands for "no activation yet".
using Generation = StrongNumber<struct GenerationTag>;

/// Life of a deployment: `building`, then for ever either `ready` or `failed`.
enum class DeploymentStatus : std::uint8_t { building = 1, ready = 2, failed = 3 };

/// The lower-case word for a status, as printed and as read by the program.
[[nodiscard]] PURSER_EXPORT std::string_view to_string(DeploymentStatus status);

/// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
struct Timestamp {
  std::int64_t unix_us = 0;
  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
};

/// RFC 3339 in UTC with microseconds: `2026-11-22T14:05:00.000001Z`.
[[nodiscard]] PURSER_EXPORT std::string to_rfc3339(Timestamp time);

/// Reads RFC 3339 (`Z` or an offset; fraction of 0 to 6 digits) or a bare date, which means its
/// first microsecond in UTC. Nothing when the text is neither.
[[nodiscard]] PURSER_EXPORT std::optional<Timestamp> parse_time(std::string_view text);

/// A SHA-256 value: the identity of a chunk, a file, a manifest or a command.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

/// Names one ledger, drawn at random when the ledger is made.
struct LedgerId {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const LedgerId&, const LedgerId&) = default;
};

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] PURSER_EXPORT std::string to_hex(const Digest& digest);
[[nodiscard]] PURSER_EXPORT std::string to_hex(const LedgerId& id);

/// Reads exactly 64 lower-case hexadecimal digits; nothing otherwise.
[[nodiscard]] PURSER_EXPORT std::optional<Digest> parse_digest(std::string_view hex);
[[nodiscard]] PURSER_EXPORT std::optional<LedgerId> parse_ledger_id(std::string_view hex);

}  // namespace purser
