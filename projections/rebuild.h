// The way of a rebuild from events to rows in order: fold, sort, write.
//
// One thread folds; another reads the log ahead of it, and a third sorts behind it what it has
// folded. Then two threads write tables. Memory is bounded whatever the log holds, except for the
// tables' indexes that are being written. See docs/adr/0010.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "build.h"
#include "bulk_load.h"
#include "merkle_rows.h"
#include "recent_deployments.h"
#include "row_sorter.h"

namespace purser {

/// Rows of a projection's table begin with its tag and build.
inline constexpr std::size_t kTablePrefixBytes = 1 + sizeof(std::uint32_t);

class Rebuild {
 public:
  /// Puts the rows of `targets` into `load`, and counts them. All must outlive this. `last` is the
  /// size of the log.
  Rebuild(BulkLoad& load, std::vector<RebuiltProjection>& targets, Position last,
          std::size_t memory_bytes, const FoldProgress& progress);

  /// To be called once each, in this order. Errors: Cancelled, Corruption, Io.
  Status fold(const RowReader& rows);
  Status write();

 private:
  Status take(const Event& event, std::string_view stored);
  Status fold_into(std::size_t table, const FoldInput& input, std::string_view stored);
  Status write_tables(bool reports);
  Status write_table(std::size_t table, RowSink& sink, bool reports);
  [[nodiscard]] bool report();

  BulkLoad& load_;
  std::vector<RebuiltProjection>& targets_;
  const Position last_;
  const FoldProgress& progress_;

  // Folding.
  std::uint64_t events_ = 0;
  std::optional<Event> before_;  // if it belongs to a group
  RecentDeployments heads_;
  GrowingTree tree_;
  Digest leaf_;  // of the event that is folded
  WriteSet folded_;

  std::atomic<bool> stop_ = false;
  RowSorter sorter_;

  // Writing.
  std::vector<std::size_t> order_;  // of tables, as their keys ascend
  bool one_sink_ = false;
  std::atomic<std::size_t> next_table_ = 0;  // in `order_`
  std::atomic<std::uint64_t> rows_written_ = 0;
};

}  // namespace purser
