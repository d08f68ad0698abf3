// What every harness of this folder is made of.
//
// A harness is one function that is given any bytes, `look`, and claims something about what it
// does with them. The preset `fuzz` links it with libFuzzer, which looks for bytes for which a
// claim does not hold; every other preset links it with replay.cc, which gives it the files of its
// corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace purser::fuzz {

/// The harness.
void look(std::string_view input);

/// Says that `claim` does not hold: libFuzzer keeps the bytes, a replay names their file.
[[noreturn]] void refute(const char* claim);

inline void require(bool holds, const char* claim) {
  if (!holds) refute(claim);
}

/// Whether the mistake `name` is to be made, so that the harness has something to find.
bool mutant(std::string_view name);

/// Takes what a harness needs off its input, piece by piece; zeros where nothing is left.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  std::string_view text(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  template <class Number>
  Number number() {
    Number value = 0;
    const std::string_view bytes = text(sizeof value);
    std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }
  /// Below `end`, which is not 0.
  std::uint32_t below(std::uint32_t end) { return number<std::uint32_t>() % end; }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

/// The XXH3-64 of what a checksum speaks of, put where it belongs: so that bytes get past it.
inline void put_checksum(std::string& bytes, std::size_t at, std::uint64_t checksum) {
  if (at + sizeof checksum <= bytes.size()) std::memcpy(&bytes[at], &checksum, sizeof checksum);
}

/// What `decode` makes of `bytes`. The mutant takes what has a byte too many.
inline constexpr const char* kTrailingByte = "trailing-byte";
template <class Decode>
auto decoded(std::string_view bytes, const Decode& decode) {
  auto result = decode(bytes);
  if (!result && !bytes.empty() && mutant(kTrailingByte)) {
    result = decode(bytes.substr(0, bytes.size() - 1));
  }
  return result;
}

}  // namespace purser::fuzz
