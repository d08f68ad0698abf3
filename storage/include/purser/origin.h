// Where a ledger comes from that was made out of another one. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "purser/export.h"
#include "purser/types.h"

namespace purser {

/// Stored as these numbers.
enum class OriginKind : std::uint8_t { replay = 1, salvage = 2, imported = 3 };
[[nodiscard]] PURSER_EXPORT std::string_view to_string(OriginKind kind);

struct Origin {
  OriginKind kind = OriginKind::replay;
  LedgerId ledger_id;          ///< of the source
  Position size;               ///< how many of its events were taken over
  std::optional<Digest> root;  ///< of the Merkle tree over those, where the source knew it
  friend bool operator==(const Origin&, const Origin&) = default;
};

}  // namespace purser
