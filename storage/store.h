// The seam between the ledger and the database: rows of bytes, sorted by key, in two spaces,
// written in atomic and durable sets. RocksDB stands behind it on disk, a sorted map in memory; a
// replicated log could stand in front of `write`.
//
// Threads: everything here may be called from any thread; `write` by one at a time. A RowReader
// must not outlive its Store.
// Keys are laid out in docs/storage-format.md.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

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

/// What one commit changes: the latest word on each key.
class WriteSet {
 public:
  struct Key {
    Space space;
    std::string key;
  };
  struct KeyOrder {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return std::tuple<Space, std::string_view>(a.space, a.key) <
             std::tuple<Space, std::string_view>(b.space, b.key);
    }
  };
  /// Nothing stands for "erased".
  using Rows = std::map<Key, std::optional<std::string>, KeyOrder>;

  void put(Space space, std::string key, std::string value) {
    rows_.insert_or_assign(Key{space, std::move(key)}, std::move(value));
  }
  void erase(Space space, std::string key) {
    rows_.insert_or_assign(Key{space, std::move(key)}, std::nullopt);
  }
  /// Takes the rows of `later` over; they win.
  void merge(WriteSet&& later) {
    rows_.merge(later.rows_);  // leaves behind what stands here already
    for (auto& [key, value] : later.rows_) rows_.find(key)->second = std::move(value);
  }
  [[nodiscard]] const Rows& rows() const { return rows_; }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  void clear() { rows_.clear(); }

 private:
  Rows rows_;
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
  /// outcome unknown; the store then takes no further writes.
  virtual Status write(const WriteSet& changes) = 0;

  /// Drops a range that nobody reads any more. Not atomic with anything, not durable at once.
  virtual Status drop(Space space, const KeyRange& range) = 0;

  /// On a store opened beside a writing process: shows what was written since. No RowReader of this
  /// store may be in use meanwhile.
  virtual Status catch_up() = 0;

  /// Ends all use; errors of the underlying files count.
  virtual Status close() = 0;
};

}  // namespace purser
