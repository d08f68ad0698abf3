#include "store.h"

#include <algorithm>
#include <iterator>

#include "check.h"
#include "gathered_load.h"
#include "try.h"

namespace purser {
namespace {

Result<std::optional<Row>> edge_row(const RowReader& rows, Space space, const KeyRange& range,
                                    Direction direction) {
  std::optional<Row> found;
  PURSER_TRY(rows.scan(space, range, direction, [&](std::string_view key, std::string_view value) {
    found = Row{std::string(key), std::string(value)};
    return false;
  }));
  return found;
}

// Merges `base` with changes that are sorted in scan order into one visitor.
Status merge(const RowReader& base, Space space, const KeyRange& range, Direction direction,
             const RowVisitor& visit, const std::vector<const WriteSet::Change*>& changes) {
  bool go_on = true;
  auto change = changes.begin();
  auto before = [&](std::string_view key) {
    return direction == Direction::ascending ? (*change)->key < key : (*change)->key > key;
  };
  auto take_change = [&] {
    if ((*change)->value) go_on = visit((*change)->key, *(*change)->value);
    ++change;
  };
  PURSER_TRY(base.scan(space, range, direction, [&](std::string_view key, std::string_view value) {
    while (go_on && change != changes.end() && before(key)) take_change();
    if (!go_on) return false;
    if (change != changes.end() && (*change)->key == key) {
      take_change();
    } else {
      go_on = visit(key, value);
    }
    return go_on;
  }));
  while (go_on && change != changes.end()) take_change();
  return {};
}

using KeyView = std::pair<Space, std::string_view>;
KeyView key_of(const WriteSet::Change& change) { return {change.space, change.key}; }

}  // namespace

KeyRange prefix_range(std::string_view prefix) {
  KeyRange range{std::string(prefix), std::string(prefix)};
  while (!range.to.empty() && range.to.back() == '\xff') range.to.pop_back();
  PURSER_CHECK(!range.to.empty(), "no key follows this prefix");
  ++range.to.back();
  return range;
}

Result<std::optional<Row>> last_row(const RowReader& rows, Space space, const KeyRange& range) {
  return edge_row(rows, space, range, Direction::descending);
}

Result<std::optional<Row>> first_row(const RowReader& rows, Space space, const KeyRange& range) {
  return edge_row(rows, space, range, Direction::ascending);
}

void WriteSet::append(WriteSet&& later) {
  changes_.insert(changes_.end(), std::make_move_iterator(later.changes_.begin()),
                  std::make_move_iterator(later.changes_.end()));
  later.clear();
}

void WriteSet::truncate(std::size_t size) {
  changes_.erase(changes_.begin() + static_cast<std::ptrdiff_t>(size), changes_.end());
  if (sorted_.size() > size) std::erase_if(sorted_, [&](auto place) { return place >= size; });
}

void WriteSet::sort_in() const {
  for (std::size_t place = sorted_.size(); place < changes_.size(); ++place) {
    const auto behind = std::upper_bound(
        sorted_.begin(), sorted_.end(), key_of(changes_[place]),
        [&](const KeyView& key, std::uint32_t other) { return key < key_of(changes_[other]); });
    sorted_.insert(behind, static_cast<std::uint32_t>(place));
  }
}

WriteSet::Sorted::const_iterator WriteSet::lower_bound(Space space, std::string_view key) const {
  return std::lower_bound(
      sorted_.begin(), sorted_.end(), KeyView{space, key},
      [&](std::uint32_t place, const KeyView& wanted) { return key_of(changes_[place]) < wanted; });
}

const WriteSet::Change* WriteSet::find(Space space, std::string_view key) const {
  const std::vector<const Change*> found =
      within(space, {std::string(key), std::string(key) + '\0'});
  return found.empty() ? nullptr : found.front();
}

std::vector<const WriteSet::Change*> WriteSet::within(Space space, const KeyRange& range) const {
  sort_in();
  std::vector<const Change*> found;
  const auto end = lower_bound(space, range.to);
  for (auto place = lower_bound(space, range.from); place < end; ++place) {
    const Change* change = &changes_[*place];
    if (!found.empty() && found.back()->key == change->key) found.pop_back();
    found.push_back(change);
  }
  return found;
}

Result<std::optional<std::string>> Overlay::get(Space space, std::string_view key) const {
  if (const WriteSet::Change* changed = changes_.find(space, key)) return changed->value;
  return base_.get(space, key);
}

Status Overlay::scan(Space space, const KeyRange& range, Direction direction,
                     const RowVisitor& visit) const {
  if (range.to <= range.from) return {};
  std::vector<const WriteSet::Change*> changes = changes_.within(space, range);
  if (changes.empty()) return base_.scan(space, range, direction, visit);
  if (direction == Direction::descending) std::reverse(changes.begin(), changes.end());
  return merge(base_, space, range, direction, visit, changes);
}

Result<std::unique_ptr<BulkLoad>> Store::begin_load(Space space) {
  return std::unique_ptr<BulkLoad>(std::make_unique<GatheredLoad>(*this, space));
}

}  // namespace purser
