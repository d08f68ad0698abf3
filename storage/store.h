// The seam between the ledger and the database: rows of bytes, sorted by key, in two spaces,
// written in atomic and durable sets. RocksDB stands behind it on disk, a sorted map in memory; a
// replicated log could stand in front of `write`.
//
// Threads: everything here may be called from any thread. A RowReader must not outlive its Store.
// Keys are laid out in docs/storage-format.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulk_load.h"
#include "purser/status.h"

namespace purser {

/// `log` holds what is only ever appended; `state` all that is derived, and drafts.
enum class Space : std::uint8_t { log = 0, state = 1 };

/// All keys from `from` up to, but not including, `to`.
struct KeyRange {
  std::string from;
  std::string to;
};

/// All keys that begin with `prefix`, which must not be empty or all 0xff.
[[nodiscard]] KeyRange prefix_range(std::string_view prefix);

enum class Direction : std::uint8_t { ascending, descending };

/// Gets one row; false ends the scan. The views live until it returns.
using RowVisitor = std::function<bool(std::string_view key, std::string_view value)>;

/// Rows as they were at one moment.
class RowReader {
 public:
  virtual ~RowReader() = default;
  /// Nothing when there is no such row. Errors: Corruption, Io.
  virtual Result<std::optional<std::string>> get(Space space, std::string_view key) const = 0;
  /// Visits the rows of `range` in order. Errors: Corruption, Io.
  virtual Status scan(Space space, const KeyRange& range, Direction direction,
                      const RowVisitor& visit) const = 0;
};

struct Row {
  std::string key;
  std::string value;
};
/// The row of `range` with the greatest key, or with the least.
Result<std::optional<Row>> last_row(const RowReader& rows, Space space, const KeyRange& range);
Result<std::optional<Row>> first_row(const RowReader& rows, Space space, const KeyRange& range);

/// What one commit changes, in order; the last word on a key counts. One thread at a time, looking
/// included; but while a store writes it, one other may look.
class WriteSet {
 public:
  struct Change {
    Space space;
    std::string key;
    std::optional<std::string> value;  ///< nothing stands for "erased"
    bool was_put_once = false;         ///< see erase_once
  };

  void put(Space space, std::string key, std::string value) {
    changes_.push_back({space, std::move(key), std::move(value), false});
  }
  void erase(Space space, std::string key) {
    changes_.push_back({space, std::move(key), std::nullopt, false});
  }
  /// The same for a key that has been put exactly once in the life of the store: leaves nothing
  /// behind that a scan would have to step over.
  void erase_once(Space space, std::string key) {
    changes_.push_back({space, std::move(key), std::nullopt, true});
  }
  void append(WriteSet&& later);
  /// Forgets all but the first `size` changes.
  void truncate(std::size_t size);
  void clear() { truncate(0); }

  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] std::size_t size() const { return changes_.size(); }
  [[nodiscard]] bool empty() const { return changes_.empty(); }

  /// The last word on `key`; null where there is none.
  [[nodiscard]] const Change* find(Space space, std::string_view key) const;
  /// The last word on each key of `range`, ascending.
  [[nodiscard]] std::vector<const Change*> within(Space space, const KeyRange& range) const;

 private:
  using Sorted = std::vector<std::uint32_t>;
  [[nodiscard]] Sorted::const_iterator lower_bound(Space space, std::string_view key) const;
  void sort_in() const;

  std::vector<Change> changes_;
  // Places in `changes_`, sorted by key and then place. Made when it is first asked for: most
  // commits never look.
  mutable Sorted sorted_;
};

/// `base` as if `changes` had been written. Both must outlive it; `changes` may grow meanwhile, but
/// not inside a visitor.
class Overlay final : public RowReader {
 public:
  Overlay(const RowReader& base, const WriteSet& changes) : base_(base), changes_(changes) {}
  Result<std::optional<std::string>> get(Space space, std::string_view key) const override;
  Status scan(Space space, const KeyRange& range, Direction direction,
              const RowVisitor& visit) const override;

 private:
  const RowReader& base_;
  const WriteSet& changes_;
};

class Store {
 public:
  virtual ~Store() = default;

  /// All that was written until now.
  [[nodiscard]] virtual std::unique_ptr<RowReader> snapshot() const = 0;

  /// All of `changes` or nothing, on stable storage when it returns ok. Any error leaves the
  /// outcome unknown; the store then takes no further writes. Writes of several threads go one
  /// after the other.
  virtual Status write(const WriteSet& changes) = 0;

  /// How long the disk took for the sync of the last write by the thread that asks; where there is
  /// no disk, no time.
  [[nodiscard]] virtual std::chrono::nanoseconds last_sync() const { return {}; }

  /// What it takes on disk and in memory.
  struct Figures {
    std::uint64_t table_bytes = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t cache_bytes = 0;
    std::uint64_t cache_bytes_max = 0;
    std::uint64_t memtable_bytes = 0;
    std::uint64_t background_errors = 0;
  };
  [[nodiscard]] virtual Figures figures() const { return {}; }

  /// Begins to add many rows; one load at a time. What is inherited keeps them in memory and gives
  /// them to `write`. Errors: Io.
  virtual Result<std::unique_ptr<BulkLoad>> begin_load(Space space);

  /// Drops a range that nobody reads any more. Not atomic with anything, not durable at once.
  virtual Status drop(Space space, const KeyRange& range) = 0;

  /// Gives back the space of rows that were erased, files and drafts and chunks above all. What is
  /// inherited has none to give.
  virtual Status compact() { return {}; }

  /// On a store opened beside a writing process: shows what was written since. No RowReader of this
  /// store may be in use meanwhile.
  virtual Status catch_up() = 0;

  /// Ends all use; errors of the underlying files count.
  virtual Status close() = 0;
};

}  // namespace purser
