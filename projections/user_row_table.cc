#include "user_row_table.h"

#include <utility>

#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kRowOverheadBytes = 160;  // of a row that is kept, beside its bytes

std::size_t size_of(const std::optional<std::string>& value) { return value ? value->size() : 0; }

// Walks over the keys of a map from `from` on.
template <class Map>
auto begin_of(const Map& map, std::string_view from) {
  return map.lower_bound(from);
}
template <class Map>
auto end_of(const Map& map, std::string_view to) {
  return to.empty() ? map.end() : map.lower_bound(to);
}

}  // namespace

UserRowTable::UserRowTable(UserBuildName name, std::size_t memory_bytes, bool is_new)
    : name_(std::move(name)), memory_bytes_(memory_bytes), knows_all_(is_new) {}

void UserRowTable::begin_group(const RowReader* stored) {
  stored_ = stored;
  ++group_;
  if (stored_ != nullptr && bytes_ > memory_bytes_) make_room();
}

void UserRowTable::make_room() {
  for (auto row = known_.begin(); row != known_.end();) {
    if (row->second.group + 1 >= group_) {
      ++row;
      continue;
    }
    bytes_ -= row->first.size() + size_of(row->second.row.value) + kRowOverheadBytes;
    row = known_.erase(row);
    knows_all_ = false;
  }
}

// What only says that something was erased is erased by this group, or was by the one before.
Result<UserRowTable::Rows::iterator> UserRowTable::look_up(std::string_view key) {
  const auto found = known_.find(key);
  if (found != known_.end()) return found;
  Known known;
  if (stored_ != nullptr && !knows_all_) {
    PURSER_ASSIGN(known.row, StoredUserRows(*stored_, name_, kNewest).find(key));
  }
  if (!known.row.value) known.row.position = Position{0};
  known.stored = known.row.position;
  bytes_ += key.size() + size_of(known.row.value) + kRowOverheadBytes;
  return known_.emplace(key, std::move(known)).first;
}

Result<std::optional<std::string>> UserRowTable::get(std::string_view key) {
  PURSER_ASSIGN(const auto found, look_up(key));
  return found->second.row.value;
}

Status UserRowTable::scan(std::string_view from, std::string_view to, const UserChanges& over,
                          const ProjectionRowVisitor& visit) {
  if (!to.empty() && to <= from) return {};
  std::map<std::string_view, const std::optional<std::string>*> here;
  for (auto row = begin_of(known_, from); row != end_of(known_, to); ++row) {
    here.emplace_hint(here.end(), row->first, &row->second.row.value);
  }
  for (auto row = begin_of(over, from); row != end_of(over, to); ++row) {
    here.insert_or_assign(row->first, &row->second);
  }
  auto next = here.begin();
  bool go_on = true;
  const auto visit_until = [&](std::string_view key, bool all) {
    for (; go_on && next != here.end() && (all || next->first < key); ++next) {
      if (*next->second) go_on = visit(next->first, **next->second);
    }
  };
  if (stored_ != nullptr && !knows_all_) {
    const StoredUserRows stored(*stored_, name_, kNewest);
    PURSER_TRY(stored.scan(from, to, [&](std::string_view key, std::string_view value) {
      visit_until(key, false);
      const bool is_here = next != here.end() && next->first == key;
      if (go_on && !is_here) go_on = visit(key, value);
      return go_on;
    }));
  }
  visit_until({}, true);
  return {};
}

Status UserRowTable::apply(UserChanges&& changes, Position position) {
  std::vector<Rows::iterator> rows;
  for (const auto& [key, value] : changes) {  // so that an error changes nothing
    PURSER_ASSIGN(const auto row, look_up(key));
    rows.push_back(row);
  }
  auto row = rows.begin();
  for (auto& [key, value] : changes) {
    const auto place = *row++;
    Known& known = place->second;
    if (known.group != group_) {
      changed_.push_back(place);
      changed_bytes_ += key.size() + kRowOverheadBytes / 2;
    }
    changed_bytes_ += size_of(value);
    bytes_ += size_of(value);
    bytes_ -= size_of(known.row.value);
    rows_more_ += (value ? 1 : 0) - (known.row.value ? 1 : 0);
    known.group = group_;
    known.row = {position, std::move(value)};
  }
  return {};
}

std::vector<UserVersion> UserRowTable::end_group(WriteSet& changes) {
  std::vector<UserVersion> replaced;
  for (const auto& place : changed_) {
    const std::string& key = place->first;
    Known& known = place->second;
    const Position position = known.row.position;
    const bool was_stored = known.stored.value != 0;
    if (was_stored) replaced.push_back({key, known.stored});
    known.stored = known.row.value ? position : Position{0};
    if (!known.row.value && !was_stored) continue;  // it came and went
    changes.put(Space::state, user_row_key(name_, key, position), to_stored(known.row.value));
    if (!known.row.value) replaced.push_back({key, position});
  }
  changed_.clear();
  changed_bytes_ = 0;
  return replaced;
}

void UserRowTable::visit(const StoredUserRows::Visitor& visit) const {
  for (const auto& [key, known] : known_) {
    if (known.row.value && !visit(key, known.row.position, *known.row.value)) return;
  }
}

}  // namespace purser
