// A run: as many rows as memory may hold at a time, of several tables, sorted once they are there.
//
// One thread at a time; streams may be read beside each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "row_stream.h"

namespace purser {

class RowRun {
 public:
  explicit RowRun(std::size_t tables) : places_(tables) {}

  /// Copies the row. At most 256 KiB each, 2 GiB in all.
  void add(std::size_t table, const PassingRow& row);

  /// What it takes, and will take while it is sorted; up to a block too little.
  [[nodiscard]] std::size_t memory_bytes() const { return memory_bytes_; }

  /// By key; of rows with equal keys only the last that was added stays.
  void sort();

  /// The rows of one table, once they are sorted. Must not outlive the run.
  [[nodiscard]] std::unique_ptr<RowStream> stream(std::size_t table) const;

 private:
  class Stream;
  class Sorter;
  using Place = std::uint32_t;  // which block, and where in it

  void begin_block();
  [[nodiscard]] const char* bytes_at(Place place) const;
  [[nodiscard]] PassingRow at(Place place) const { return load_row(bytes_at(place)); }
  void prefetch(Place place) const { __builtin_prefetch(bytes_at(place)); }

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;  // of the last one
  std::size_t memory_bytes_ = 0;
  std::vector<std::vector<Place>> places_;
};

}  // namespace purser
