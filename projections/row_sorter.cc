#include "row_sorter.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "merged_rows.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kMemoryBytesMin = 1u << 20;
constexpr std::size_t kRunBytesMax = std::size_t{2} << 30;
constexpr std::size_t kBufferBytesMin = 4u << 10;
constexpr std::size_t kBufferBytesMax = 1u << 20;
constexpr std::size_t kMergeFilesMin = 4;
constexpr std::size_t kMergeFilesMax = 64;  // each is an open file
constexpr std::chrono::milliseconds kSortPatience{20};

}  // namespace

// Two runs, and the buffers of one merge behind or of two at the end, share the memory.
RowSorter::RowSorter(BulkLoad& load, std::size_t tables, std::size_t memory_bytes, GoOn go_on,
                     std::atomic<bool>& stop)
    : load_(load),
      tables_(tables),
      run_bytes_max_(std::min(std::max(memory_bytes, kMemoryBytesMin) / 8 * 3, kRunBytesMax)),
      buffers_bytes_(std::max(memory_bytes, kMemoryBytesMin) / 8),
      merge_files_(std::clamp(buffers_bytes_ / kBufferBytesMax, kMergeFilesMin, kMergeFilesMax)),
      go_on_(std::move(go_on)),
      stop_(stop),
      run_(std::make_unique<RowRun>(tables)) {}

RowSorter::~RowSorter() {
  stop_ = stop_ || behind_.valid();
  if (behind_.valid()) behind_.wait();
}

Status RowSorter::add(std::size_t table, const PassingRow& row) {
  if (run_->memory_bytes() >= run_bytes_max_) PURSER_TRY(spill());
  run_->add(table, row);
  ++rows_added_;
  return {};
}

Status RowSorter::finish() {
  PURSER_TRY(wait());
  behind_ = std::async(std::launch::async, [this]() -> Status {
    run_->sort();
    return {};
  });
  return wait();
}

// Hands the run over to the thread behind.
Status RowSorter::spill() {
  PURSER_TRY(wait());
  auto full = std::exchange(run_, std::make_unique<RowRun>(tables_));
  behind_ = std::async(std::launch::async, [this, full = std::move(full)]() mutable -> Status {
    full->sort();
    PURSER_TRY(write(*full));
    full.reset();
    return merge_last_files();
  });
  return {};
}

Status RowSorter::wait() {
  if (!behind_.valid()) return {};
  while (behind_.wait_for(kSortPatience) != std::future_status::ready) {
    if (!go_on_()) stop_ = true;
  }
  PURSER_TRY(behind_.get());
  if (stop_) return Cancelled{};
  return {};
}

Status RowSorter::write(const RowRun& run) {
  PURSER_ASSIGN(UniqueFd file, load_.scratch_file());
  const RunFile::Streams streams = [&](std::size_t table) -> Result<std::unique_ptr<RowStream>> {
    if (stop_) return Cancelled{};
    return run.stream(table);
  };
  PURSER_ASSIGN(RunFile written, RunFile::write(std::move(file), tables_, streams));
  files_.push_back({std::move(written)});
  return {};
}

// As the digits of a counter carry: so each row is written as often as the number has digits, and
// few files are open however many runs there were.
Status RowSorter::merge_last_files() {
  while (files_.size() >= merge_files_) {
    const std::size_t first = files_.size() - merge_files_;
    const unsigned merges = files_.back().merges;
    if (files_[first].merges != merges) break;
    PURSER_ASSIGN(UniqueFd file, load_.scratch_file());
    const RunFile::Streams streams = [&](std::size_t table) -> Result<std::unique_ptr<RowStream>> {
      return merged(first, table, nullptr);
    };
    PURSER_ASSIGN(RunFile written, RunFile::write(std::move(file), tables_, streams));
    files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(first), files_.end());
    files_.push_back({std::move(written), merges + 1});
  }
  return {};
}

std::unique_ptr<RowStream> RowSorter::sorted(std::size_t table) const {
  return merged(0, table, &*run_);
}

std::unique_ptr<RowStream> RowSorter::merged(std::size_t first_file, std::size_t table,
                                             const RowRun* last) const {
  std::vector<std::unique_ptr<RowStream>> inputs;
  const std::size_t share = buffers_bytes_ / std::max<std::size_t>(files_.size() - first_file, 1);
  const std::size_t buffer_bytes = std::clamp(share, kBufferBytesMin, kBufferBytesMax);
  for (std::size_t file = first_file; file < files_.size(); ++file) {
    inputs.push_back(files_[file].file.stream(table, buffer_bytes));
  }
  if (last != nullptr) inputs.push_back(last->stream(table));
  return std::make_unique<MergedRows>(std::move(inputs), stop_);
}

}  // namespace purser
