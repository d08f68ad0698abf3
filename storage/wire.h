// The encoding inside events and rows: cereal archives of our own over one span of memory.
//
// Numbers are little-endian and of fixed width; a bool or an enum is one byte; a text is a u32 byte
// count and the bytes; a list is a u32 count and the items; an optional is 0, or 1 and the value.
// The reader never allocates before it has checked a count against what is left, accepts exactly
// one encoding of each value, and remembers the first failure: read everything, then ask
// `finished`. cereal's own stream archives are not used for input; docs/adr/0004 says why.
// An archive belongs to one thread.
#pragma once

#include <bit>
#include <cereal/cereal.hpp>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "purser/types.h"

namespace purser {

static_assert(std::endian::native == std::endian::little,
              "numbers are stored as they lie in memory");

class WireWriter : public cereal::OutputArchive<WireWriter, cereal::AllowEmptyClassElision> {
 public:
  /// Appends to `out`, which must outlive the writer.
  explicit WireWriter(std::string& out) : OutputArchive(this), out_(out) {}
  void bytes(const void* data, std::size_t size) {
    out_.append(static_cast<const char*>(data), size);
  }

 private:
  std::string& out_;
};

class WireReader : public cereal::InputArchive<WireReader, cereal::AllowEmptyClassElision> {
 public:
  /// Reads `in`, which must outlive the reader.
  explicit WireReader(std::string_view in) : InputArchive(this), rest_(in) {}

  void bytes(void* data, std::size_t size) {
    if (size > rest_.size()) return fail();
    std::memcpy(data, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  /// The next `size` bytes, or nothing after a failure.
  std::string_view view(std::size_t size) {
    if (size > rest_.size()) return fail(), std::string_view();
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  /// A count of items that take at least `item_bytes_min` each; 0 after a failure.
  std::uint32_t count(std::size_t item_bytes_min) {
    std::uint32_t items = 0;
    bytes(&items, sizeof items);
    if (items > rest_.size() / item_bytes_min) return fail(), 0;
    return items;
  }
  void fail() {
    failed_ = true;
    rest_ = {};
  }
  /// Nothing is left to read, or reading has failed.
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  /// Everything was read, and well-formed.
  [[nodiscard]] bool finished() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// --- What the archives know --------------------------------------------------------------------

template <class T>
requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) void save(WireWriter& ar,
                                                                        const T& value) {
  ar.bytes(&value, sizeof value);
}
template <class T>
requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) void load(WireReader& ar, T& value) {
  value = 0;
  ar.bytes(&value, sizeof value);
}

inline void save(WireWriter& ar, const bool& value) {
  ar(static_cast<std::uint8_t>(value ? 1 : 0));
}
inline void load(WireReader& ar, bool& value) {
  std::uint8_t byte = 0;
  ar(byte);
  if (byte > 1) ar.fail();
  value = byte == 1;
}

inline void save(WireWriter& ar, const std::string& text) {
  ar(static_cast<std::uint32_t>(text.size()));
  ar.bytes(text.data(), text.size());
}
inline void load(WireReader& ar, std::string& text) { text = ar.view(ar.count(1)); }

template <class Archive, class Tag>
void serialize(Archive& ar, StrongNumber<Tag>& number) {
  ar(number.value);
}
template <class Archive>
void serialize(Archive& ar, Timestamp& time) {
  ar(time.unix_us);
}
inline void save(WireWriter& ar, const Digest& digest) {
  ar.bytes(digest.bytes.data(), digest.bytes.size());
}
inline void load(WireReader& ar, Digest& digest) {
  ar.bytes(digest.bytes.data(), digest.bytes.size());
}

template <class T>
void save(WireWriter& ar, const std::optional<T>& value) {
  ar(value.has_value());
  if (value) ar(*value);
}
template <class T>
void load(WireReader& ar, std::optional<T>& value) {
  bool present = false;
  ar(present);
  value.reset();
  if (present) ar(value.emplace());
}

template <class T>
void save(WireWriter& ar, const std::vector<T>& items) {
  ar(static_cast<std::uint32_t>(items.size()));
  for (const T& item : items) ar(item);
}
template <class T>
void load(WireReader& ar, std::vector<T>& items) {
  items.resize(ar.count(1));
  for (T& item : items) ar(item);
}

/// Keys ascend strictly: there is one encoding of a map.
inline void save(WireWriter& ar, const std::map<std::string, std::string>& map) {
  ar(static_cast<std::uint32_t>(map.size()));
  for (const auto& [key, value] : map) ar(key, value);
}
inline void load(WireReader& ar, std::map<std::string, std::string>& map) {
  map.clear();
  for (std::uint32_t left = ar.count(2 * sizeof(std::uint32_t)); left > 0; --left) {
    std::string key;
    std::string value;
    ar(key, value);
    if (!map.empty() && key <= map.rbegin()->first) return ar.fail();
    map.emplace_hint(map.end(), std::move(key), std::move(value));
  }
}

/// An enum whose values run from 1 to `last` without gaps: `ar(one_byte(e, Enum::last))`.
template <class Enum>
struct OneByte {
  Enum& value;
  Enum last;
};
template <class Enum>
OneByte<Enum> one_byte(Enum& value, Enum last) {
  return {value, last};
}
template <class Enum>
void save(WireWriter& ar, const OneByte<Enum>& field) {
  ar(static_cast<std::uint8_t>(field.value));
}
template <class Enum>
void load(WireReader& ar, OneByte<Enum>& field) {
  std::uint8_t byte = 0;
  ar(byte);
  if (byte < 1 || byte > static_cast<std::uint8_t>(field.last)) ar.fail();
  field.value = static_cast<Enum>(byte);
}

/// `value` as bytes, and back; false when the bytes are not exactly one value.
template <class T>
std::string to_wire(const T& value) {
  thread_local std::string bytes;  // grows once, and not again for each value
  bytes.clear();
  WireWriter ar(bytes);
  ar(value);
  return bytes;
}
template <class T>
[[nodiscard]] bool from_wire(std::string_view bytes, T& value) {
  WireReader ar(bytes);
  ar(value);
  return ar.finished();
}

}  // namespace purser
