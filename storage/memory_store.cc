#include "memory_store.h"

#include <mutex>
#include <utility>
#include <vector>

namespace purser {

class MemoryStore::Reader final : public RowReader {
 public:
  Reader(const MemoryStore& store, std::uint64_t sequence) : store_(store), sequence_(sequence) {}

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    std::shared_lock lock(store_.mutex_);
    const Rows& rows = rows_of(space);
    const auto found = rows.find(key);
    return found == rows.end() ? std::nullopt : visible(found->second);
  }

  // Takes one row at a time under the lock, so that a visitor may call back into the store.
  Status scan(Space space, const KeyRange& range, Direction direction,
              const RowVisitor& visit) const override {
    const bool up = direction == Direction::ascending;
    std::optional<Row> row = step(space, range, up, std::nullopt);
    while (row && visit(row->key, row->value)) row = step(space, range, up, row->key);
    return {};
  }

 private:
  const Rows& rows_of(Space space) const { return store_.rows_[static_cast<int>(space)]; }

  std::optional<std::string> visible(const Versions& versions) const {
    const auto after = versions.upper_bound(sequence_);
    return after == versions.begin() ? std::nullopt : std::prev(after)->second;
  }

  // The visible row next to `at` (none: the edge of the range) in the given direction.
  std::optional<Row> step(Space space, const KeyRange& range, bool up,
                          const std::optional<std::string>& at) const {
    std::shared_lock lock(store_.mutex_);
    const Rows& rows = rows_of(space);
    if (up) {
      auto it = at ? rows.upper_bound(*at) : rows.lower_bound(range.from);
      for (; it != rows.end() && it->first < range.to; ++it) {
        if (auto value = visible(it->second)) return Row{it->first, std::move(*value)};
      }
    } else {
      auto it = rows.lower_bound(at ? *at : range.to);
      while (it != rows.begin() && (--it)->first >= range.from) {
        if (auto value = visible(it->second)) return Row{it->first, std::move(*value)};
      }
    }
    return std::nullopt;
  }

  const MemoryStore& store_;
  const std::uint64_t sequence_;
};

std::unique_ptr<RowReader> MemoryStore::snapshot() const {
  std::shared_lock lock(mutex_);
  return std::make_unique<Reader>(*this, sequence_);
}

Status MemoryStore::write(const WriteSet& changes) {
  std::unique_lock lock(mutex_);
  ++sequence_;
  for (const auto& [space, key, value, was_put_once] : changes.changes()) {
    rows_[static_cast<int>(space)][key][sequence_] = value;
  }
  return {};
}

Status MemoryStore::drop(Space space, const KeyRange& range) {
  std::unique_lock lock(mutex_);
  Rows& rows = rows_[static_cast<int>(space)];
  rows.erase(rows.lower_bound(range.from), rows.lower_bound(range.to));
  return {};
}

}  // namespace purser
