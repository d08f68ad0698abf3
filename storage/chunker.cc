#include "chunker.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace purser {
namespace {

// A hash of the last 64 bytes: each is worth one of 256 random numbers, shifted by its distance.
constexpr std::array<std::uint64_t, 256> make_gears() {
  std::array<std::uint64_t, 256> gears{};
  std::uint64_t state = 0;
  for (std::uint64_t& gear : gears) {  // SplitMix64 (Steele, Lea, Flood 2014), from 0
    state += 0x9e3779b97f4a7c15;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    gear = z ^ (z >> 31);
  }
  return gears;
}
constexpr std::array<std::uint64_t, 256> kGears = make_gears();

// The highest bits depend on the most bytes. 14 of them would be zero at one place in 16 Ki.
constexpr std::uint64_t highest_bits(int count) { return ~std::uint64_t{0} << (64 - count); }
constexpr std::uint64_t kStrict = highest_bits(16);
constexpr std::uint64_t kLax = highest_bits(12);

// The end of the first chunk in [from, to), or `to`. Two bytes a turn: the hash that both need is
// shifted once.
std::size_t find_cut(const unsigned char* bytes, std::size_t from, std::size_t to,
                     std::uint64_t mask, std::uint64_t& hash) {
  std::size_t at = from;
  std::uint64_t rolled = hash;
  for (; at + 2 <= to; at += 2) {
    const std::uint64_t first = (rolled << 1) + kGears[bytes[at]];
    if ((first & mask) == 0) return at + 1;
    rolled = (rolled << 2) + (kGears[bytes[at]] << 1) + kGears[bytes[at + 1]];
    if ((rolled & mask) == 0) return at + 2;
  }
  if (at < to) {
    rolled = (rolled << 1) + kGears[bytes[at]];
    if ((rolled & mask) == 0) return at + 1;
  }
  hash = rolled;
  return 0;
}

}  // namespace

std::size_t first_chunk_bytes(std::string_view bytes) {
  const std::size_t size = std::min(bytes.size(), kChunkBytesMax);
  if (size <= kChunkBytesMin) return size;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::size_t wished = std::min(size, kChunkBytesWished);
  std::uint64_t hash = 0;
  if (const std::size_t cut = find_cut(data, kChunkBytesMin, wished, kStrict, hash)) return cut;
  if (const std::size_t cut = find_cut(data, wished, size, kLax, hash)) return cut;
  return size;
}

}  // namespace purser
