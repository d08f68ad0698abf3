// Files in handfuls: small ones that are read and hashed together (sha256_each.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace purser {

/// Of several files together; a larger one is a handful by itself.
inline constexpr std::uint64_t kHandfulBytesMax = std::uint64_t{1} << 20;
inline constexpr std::size_t kHandfulFilesMax = 128;

/// Places in a list, the last one not included.
struct Handful {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// All `files`, which have a `size` each, in their order.
template <class File>
std::vector<Handful> handfuls_of(const std::vector<File>& files) {
  std::vector<Handful> handfuls;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    bytes += files[i].size;
    if (i == 0 || bytes > kHandfulBytesMax || i - handfuls.back().begin == kHandfulFilesMax) {
      handfuls.push_back({i, i});
      bytes = files[i].size;
    }
    handfuls.back().end = i + 1;
  }
  return handfuls;
}

}  // namespace purser
