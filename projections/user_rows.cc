#include "user_rows.h"

#include <fmt/format.h>

#include <utility>

#include "try.h"
#include "wire.h"

namespace purser {

template <class Archive>
void serialize(Archive& ar, UserVersion& version) {
  ar(version.key, version.position);
}

namespace {

constexpr std::uint64_t kNoPosition = std::numeric_limits<std::uint64_t>::max();
constexpr char kErased = 0;
constexpr char kThere = 1;

struct Announcement {
  std::uint32_t version = 0;
  Position position;
};
template <class Archive>
void serialize(Archive& ar, Announcement& announcement) {
  ar(announcement.version, announcement.position);
}

struct CursorRow {
  Position before{kNoPosition};
  std::vector<UserVersion> replaced;
};
template <class Archive>
void serialize(Archive& ar, CursorRow& row) {
  ar(row.before, row.replaced);
}

// The last of rows that end in a position, up to `at`.
Result<std::optional<Row>> last_until(const RowReader& rows, const std::string& first,
                                      const std::string& last) {
  return last_row(rows, Space::state, {first, last + '\0'});
}

Status read_cursor(const RowReader& rows, Position at, UserBuild& build) {
  PURSER_ASSIGN(const auto row, last_until(rows, user_cursor_key(build.name, Position{0}),
                                           user_cursor_key(build.name, at)));
  CursorRow stored;
  build.damaged = !row || !from_wire(row->value, stored);
  if (build.damaged) return {};
  UserCursor& cursor = build.cursor.emplace();
  cursor.position = Position{trailing_u64(row->key)};
  if (stored.before.value != kNoPosition) cursor.before = stored.before;
  cursor.replaced = std::move(stored.replaced);
  return {};
}

Status read_failure(const RowReader& rows, Position at, UserBuild& build) {
  const Position first{build.position().value + 1};
  if (first > at) return {};
  PURSER_ASSIGN(const auto row, last_until(rows, user_failure_key(build.name, first),
                                           user_failure_key(build.name, at)));
  if (!row) return {};
  std::string why;
  if (!from_wire(row->value, why)) why = "the row that says why is damaged";
  build.failure = UserFailure{Position{trailing_u64(row->key)}, std::move(why)};
  return {};
}

Status read_progress(const RowReader& rows, Position at, UserBuild& build) {
  if (build.damaged || build.version == 0) return {};
  PURSER_TRY(read_cursor(rows, at, build));
  return build.damaged ? Status() : read_failure(rows, at, build);
}

// Takes the build that `row` announces, unless it was announced later than `at`.
void take_announcement(std::string_view value, UserBuildName name, Position at, UserBuild& build) {
  Announcement announced;
  const bool damaged = !from_wire(value, announced);
  if (!damaged && announced.position > at) return;
  build.name = std::move(name);
  build.version = announced.version;
  build.damaged = damaged;
}

}  // namespace

Result<std::vector<UserBuild>> read_user_builds(const RowReader& rows, Position at) {
  std::vector<UserBuild> builds;
  PURSER_TRY(rows.scan(Space::state, prefix_range({&kUserBuildTag, 1}), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         auto name = parse_user_build(key);
                         if (!name) return true;
                         if (builds.empty() || builds.back().name.name != name->name) {
                           builds.emplace_back().name.name = name->name;
                         }
                         take_announcement(value, *std::move(name), at, builds.back());
                         return true;
                       }));
  for (UserBuild& build : builds) PURSER_TRY(read_progress(rows, at, build));
  return builds;
}

Result<UserBuild> find_user_build(const RowReader& rows, std::string_view name, Position at) {
  UserBuild build;
  build.name.name = name;
  const std::string first = user_announcement_key({build.name.name, 0});
  const KeyRange all = prefix_range(first.substr(0, first.size() - sizeof build.name.build));
  PURSER_TRY(rows.scan(Space::state, all, Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         auto announced = parse_user_build(key);
                         if (announced) take_announcement(value, *std::move(announced), at, build);
                         return true;
                       }));
  if (build.name.build != 0) PURSER_TRY(read_progress(rows, at, build));
  return build;
}

std::string user_announcement(std::uint32_t version, Position position) {
  return to_wire(Announcement{version, position});
}

std::string to_stored(const UserCursor& cursor) {
  return to_wire(CursorRow{cursor.before.value_or(Position{kNoPosition}), cursor.replaced});
}

std::string to_stored(const std::optional<std::string>& value) {
  return value ? kThere + *value : std::string(1, kErased);
}

Error damaged_user_row(std::string_view projection) {
  return Corruption{fmt::format("projection '{}'", projection),
                    "a row is missing or not well-formed; a rebuild makes it anew"};
}

Error StoredUserRows::damaged() const { return damaged_user_row(name_.name); }

Result<UserRow> StoredUserRows::find(std::string_view key) const {
  PURSER_ASSIGN(auto row, first_row(rows_, Space::state, range_of_user_versions(name_, key, at_)));
  if (!row) return UserRow();
  const auto name = parse_user_row_key(name_, row->key);
  if (!name || row->value.empty() || row->value[0] > kThere) return damaged();
  UserRow found{name->position, std::nullopt};
  if (row->value[0] == kThere) found.value = row->value.substr(1);
  return found;
}

Result<std::optional<std::string>> StoredUserRows::get(std::string_view key) const {
  PURSER_ASSIGN(UserRow row, find(key));
  return std::move(row.value);
}

Status StoredUserRows::scan(std::string_view from, std::string_view to,
                            const ProjectionRowVisitor& visit) const {
  return scan_versions(from, to, [&](std::string_view key, Position, std::string_view value) {
    return visit(key, value);
  });
}

// The newest version of a key comes first; of the others none counts.
Status StoredUserRows::scan_versions(std::string_view from, std::string_view to,
                                     const Visitor& visit) const {
  if (!to.empty() && to <= from) return {};
  std::optional<std::string> decided;
  bool is_damaged = false;
  PURSER_TRY(rows_.scan(Space::state, range_of_user_rows(name_, from, to), Direction::ascending,
                        [&](std::string_view stored, std::string_view value) {
                          auto name = parse_user_row_key(name_, stored);
                          is_damaged = !name || value.empty() || value[0] > kThere;
                          if (is_damaged) return false;
                          if (name->position > at_ || decided == name->key) return true;
                          decided = std::move(name->key);
                          if (value[0] == kErased) return true;
                          return visit(*decided, name->position, value.substr(1));
                        }));
  if (is_damaged) return damaged();
  return {};
}

}  // namespace purser
