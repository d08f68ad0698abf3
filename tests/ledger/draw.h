// Where the choices of a random course come from.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace purser {

class Draw {
 public:
  virtual ~Draw() = default;
  /// A number from 0 up to, but not including, `end`, which is at least 1.
  virtual std::int64_t below(std::int64_t end) = 0;
};

/// From a seed, and without end.
class RandomDraw final : public Draw {
 public:
  explicit RandomDraw(unsigned seed) : random_(seed) {}
  std::int64_t below(std::int64_t end) override {
    return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random_);
  }

 private:
  std::mt19937_64 random_;
};

/// From bytes, so that some bytes stand for a course; zeros behind their end. A small number takes
/// one byte, a large one four.
class BytesDraw final : public Draw {
 public:
  explicit BytesDraw(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  std::int64_t below(std::int64_t end) override {
    std::uint64_t number = byte();
    if (end > 256) {
      for (int i = 0; i < 3; ++i) number = number << 8 | byte();
    }
    return static_cast<std::int64_t>(number % static_cast<std::uint64_t>(end));
  }

 private:
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::string_view rest_;
};

}  // namespace purser
