// What making the index of chunks anew from the packs has done.
#pragma once

#include <cstdint>

namespace purser {

struct RebuiltIndex {
  std::uint64_t packs = 0;
  std::uint64_t unreadable_packs = 0;  ///< whose header is damaged
  std::uint64_t blocks = 0;
  std::uint64_t chunks = 0;
  std::uint64_t damaged_bytes = 0;  ///< before some whole block, and in none
  std::uint64_t rows_put = 0;
  std::uint64_t rows_erased = 0;
};

}  // namespace purser
