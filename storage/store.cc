#include "store.h"

#include "check.h"
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

struct KeyView {
  Space space;
  std::string_view key;
};

// Merges two sorted sources into one visitor; `First` walks the changes in scan order.
template <class Iterator, class Before>
Status merge(const RowReader& base, Space space, const KeyRange& range, Direction direction,
             const RowVisitor& visit, Iterator change, Iterator end, Before before) {
  bool go_on = true;
  auto take_change = [&] {
    if (change->second) go_on = visit(change->first.key, *change->second);
    ++change;
  };
  PURSER_TRY(base.scan(space, range, direction, [&](std::string_view key, std::string_view value) {
    while (go_on && change != end && before(change->first.key, key)) take_change();
    if (!go_on) return false;
    if (change != end && change->first.key == key) {
      take_change();
    } else {
      go_on = visit(key, value);
    }
    return go_on;
  }));
  while (go_on && change != end) take_change();
  return {};
}

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

Result<std::optional<std::string>> Overlay::get(Space space, std::string_view key) const {
  const auto changed = changes_.rows().find(KeyView{space, key});
  if (changed != changes_.rows().end()) return changed->second;
  return base_.get(space, key);
}

Status Overlay::scan(Space space, const KeyRange& range, Direction direction,
                     const RowVisitor& visit) const {
  if (range.to <= range.from) return {};
  const auto first = changes_.rows().lower_bound(KeyView{space, range.from});
  const auto last = changes_.rows().lower_bound(KeyView{space, range.to});
  if (first == last) return base_.scan(space, range, direction, visit);
  if (direction == Direction::ascending) {
    return merge(base_, space, range, direction, visit, first, last, std::less<>());
  }
  return merge(base_, space, range, direction, visit, std::make_reverse_iterator(last),
               std::make_reverse_iterator(first), std::greater<>());
}

}  // namespace purser
