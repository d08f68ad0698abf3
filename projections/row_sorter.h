// Sorts rows of several tables that may be more than memory holds.
//
// Rows gather in a run. When it is full, a thread behind sorts it and writes it to a file while the
// next one fills; when there are many files, that thread merges some into one. In the end each
// table is a merge of the files and of the run that is still in memory.
//
// `add` and `finish` by one thread; after `finish`, `sorted` by any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "bulk_load.h"
#include "row_run.h"
#include "row_stream.h"
#include "run_file.h"

namespace purser {

class RowSorter {
 public:
  /// Asked every now and then while a call waits; false lets it end with Cancelled.
  using GoOn = std::function<bool()>;

  /// `memory_bytes` is what all of it may take, from 1 MiB. Once `stop` is set, everything ends
  /// with Cancelled. Files come from `load`, which must outlive this, as must `stop`.
  RowSorter(BulkLoad& load, std::size_t tables, std::size_t memory_bytes, GoOn go_on,
            std::atomic<bool>& stop);
  ~RowSorter();

  /// Errors: Io, Cancelled; nothing may follow one.
  Status add(std::size_t table, const PassingRow& row);
  /// All rows have come. Errors: Io, Cancelled.
  Status finish();

  [[nodiscard]] std::uint64_t rows_added() const { return rows_added_; }
  /// The rows of one table; of those with equal keys only the last that was added.
  [[nodiscard]] std::unique_ptr<RowStream> sorted(std::size_t table) const;

 private:
  struct Spilled {
    RunFile file;
    unsigned merges = 0;  // how often its rows have been merged
  };

  Status spill();
  Status wait();
  Status write(const RowRun& run);
  Status merge_last_files();
  [[nodiscard]] std::unique_ptr<RowStream> merged(std::size_t first_file, std::size_t table,
                                                  const RowRun* last) const;

  BulkLoad& load_;
  const std::size_t tables_;
  const std::size_t run_bytes_max_;
  const std::size_t buffers_bytes_;  // of one merge
  const std::size_t merge_files_;
  const GoOn go_on_;
  std::atomic<bool>& stop_;
  std::uint64_t rows_added_ = 0;
  std::unique_ptr<RowRun> run_;  // filling; sorted once all rows have come
  std::vector<Spilled> files_;   // oldest first; the thread's own while it works
  std::future<Status> behind_;
};

}  // namespace purser
