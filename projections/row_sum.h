// Rows added up, in any order: where two sums are equal, so are the rows, each as often as there,
// but for an accident among 2^128. The hashes have a secret of the process, so that rows that are
// made up beforehand fit by chance only: for long ones one in 2^32 (hash.h).
//
// One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "hash.h"
#include "projection.h"

namespace purser {

struct RowSum {
  std::uint64_t rows = 0;
  std::uint64_t low = 0;  // of hashes: halves by themselves, each modulo 2^64
  std::uint64_t high = 0;

  void add(std::string_view key, std::string_view value) {
    const Xxh128 hash = keyed_xxh3_128(key, value);
    *this += {1, hash.low, hash.high};
  }
  RowSum& operator+=(const RowSum& other) {
    rows += other.rows;
    low += other.low;
    high += other.high;
    return *this;
  }
  friend bool operator==(const RowSum&, const RowSum&) = default;
};

/// In the order of ProjectionId.
using RowSums = std::array<RowSum, kProjectionCount>;

}  // namespace purser
