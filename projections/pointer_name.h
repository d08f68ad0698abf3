// The name of a pointer: its owner and its channel.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "hash.h"

namespace purser {

/// Views of names that somebody else holds.
struct PointerName {
  std::string_view owner;
  std::string_view channel;
  friend bool operator==(const PointerName&, const PointerName&) = default;
};

struct PointerNameHash {
  std::size_t operator()(const PointerName& name) const {
    return xxh3_64(name.owner, name.channel);
  }
};

struct OwnedPointerName {
  explicit OwnedPointerName(const PointerName& name) : owner(name.owner), channel(name.channel) {}
  explicit operator PointerName() const { return {owner, channel}; }
  std::string owner;
  std::string channel;
};

}  // namespace purser
