// Keys of rows: a tag byte, then fields that sort as their values do.
//
// Numbers are big-endian; a text ends with a zero byte, which no name or path holds. So the rows of
// one thing stand together, in order of the numbers behind it. docs/storage-format.md lists all
// keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "purser/types.h"

namespace purser {

class Key {
 public:
  explicit Key(char tag) {
    bytes_.reserve(kUsualBytes);
    bytes_.push_back(tag);
  }

  Key& u8(std::uint8_t value) { return big_endian(value, sizeof value); }
  Key& u32(std::uint32_t value) { return big_endian(value, sizeof value); }
  Key& u64(std::uint64_t value) { return big_endian(value, sizeof value); }
  template <class Tag>
  Key& number(StrongNumber<Tag> value) {
    return u64(value.value);
  }
  Key& text(std::string_view value) {
    bytes_.append(value);
    bytes_.push_back('\0');
    return *this;
  }
  Key& raw(std::string_view value) {
    bytes_.append(value);
    return *this;
  }
  [[nodiscard]] const std::string& str() const& { return bytes_; }
  [[nodiscard]] std::string str() && { return std::move(bytes_); }

 private:
  static constexpr std::size_t kUsualBytes = 48;  // few keys are longer

  Key& big_endian(std::uint64_t value, std::size_t size) {
    char digits[sizeof value];
    for (std::size_t i = 0; i < size; ++i) {
      digits[i] = static_cast<char>(value >> (8 * (size - 1 - i)));
    }
    bytes_.append(digits, size);
    return *this;
  }
  std::string bytes_;
};

/// The big-endian number in the last bytes of `key`; 0 where it is shorter than the number.
template <class Number>
[[nodiscard]] Number trailing(std::string_view key) {
  Number value = 0;
  if (key.size() < sizeof value) return 0;
  for (unsigned char byte : key.substr(key.size() - sizeof value)) {
    value = static_cast<Number>(value << 8 | byte);
  }
  return value;
}
[[nodiscard]] inline std::uint64_t trailing_u64(std::string_view key) {
  return trailing<std::uint64_t>(key);
}
[[nodiscard]] inline std::uint32_t trailing_u32(std::string_view key) {
  return trailing<std::uint32_t>(key);
}

}  // namespace purser
