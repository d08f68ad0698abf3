#include "build.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "event_log.h"
#include "rebuild.h"
#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr char kBuildTag = 'b';
constexpr char kCursorTag = 'c';
constexpr std::uint32_t kBuildsEnd = std::numeric_limits<std::uint32_t>::max();

struct BuildRow {
  std::uint32_t version = 0;
  Position position;  // of the log when it was announced
};
template <class Archive>
void serialize(Archive& ar, BuildRow& row) {
  ar(row.version, row.position);
}

// What a commit moves: one row for all builds that it folded into.
struct Cursor {
  struct Folded {
    std::uint8_t tag = 0;  // of the projection
    std::uint32_t build = 0;
    friend bool operator==(const Folded&, const Folded&) = default;
  };
  Position position;
  std::vector<Folded> builds;
};
template <class Archive>
void serialize(Archive& ar, Cursor::Folded& folded) {
  ar(folded.tag, folded.build);
}
template <class Archive>
void serialize(Archive& ar, Cursor& cursor) {
  ar(cursor.position, cursor.builds);
}

Cursor::Folded folded_into(const Projection& projection, std::uint32_t build) {
  return {static_cast<std::uint8_t>(projection.tag), build};
}

std::string_view tag_of(const Projection& projection) { return {&projection.tag, 1}; }

Key announcement_prefix(const Projection& projection) {
  return std::move(Key(kBuildTag).raw(tag_of(projection)));
}
std::string announcement_key(const Projection& projection, std::uint32_t build) {
  return announcement_prefix(projection).u32(build).str();
}
// Where a build stood when it was announced, and moved with every commit of an earlier version.
std::string first_cursor_key(const Projection& projection, std::uint32_t build) {
  return Key(kCursorTag).raw(tag_of(projection)).u32(build).str();
}

// One that is not well-formed says nothing: every build is then behind, and folded anew.
Result<Cursor> read_cursor(const RowReader& rows) {
  PURSER_ASSIGN(const auto row, rows.get(Space::state, Key(kCursorTag).str()));
  Cursor cursor;
  if (row && !from_wire(*row, cursor)) return Cursor();
  return cursor;
}

Result<BuildState> read_build(const RowReader& rows, const Cursor& moved,
                              const Projection& projection) {
  BuildState state;
  PURSER_ASSIGN(const std::optional<Row> row,
                last_row(rows, Space::state, prefix_range(announcement_prefix(projection).str())));
  if (!row) return state;
  BuildRow announced;
  state.build = trailing_u32(row->key);
  state.damaged = !from_wire(row->value, announced);
  if (state.damaged) return state;
  state.version = announced.version;
  const Cursor::Folded folded = folded_into(projection, state.build);
  if (std::find(moved.builds.begin(), moved.builds.end(), folded) != moved.builds.end()) {
    state.cursor = moved.position;
    return state;
  }
  PURSER_ASSIGN(const auto first,
                rows.get(Space::state, first_cursor_key(projection, state.build)));
  state.damaged = first && !from_wire(*first, state.cursor);
  return state;
}

void announce(const Projection& projection, std::uint32_t build, Position position,
              WriteSet& changes) {
  changes.put(Space::state, announcement_key(projection, build),
              to_wire(BuildRow{projection.version, position}));
  changes.put(Space::state, first_cursor_key(projection, build), to_wire(position));
}

const Projection& projection_of(ProjectionId id) {
  return all_projections()[static_cast<std::size_t>(id)];
}

// Drops the builds of one projection from `from` up to, but not including, `to`.
std::array<KeyRange, 2> ranges_of_builds(const Projection& projection, std::uint32_t from,
                                         std::uint32_t to) {
  return {{{build_key(projection.id, from).str(), build_key(projection.id, to).str()},
           {first_cursor_key(projection, from), first_cursor_key(projection, to)}}};
}

Status drop_builds(Store& store, const RowReader& rows, const Projection& projection,
                   std::uint32_t from, std::uint32_t to) {
  for (const KeyRange& range : ranges_of_builds(projection, from, to)) {
    PURSER_ASSIGN(const std::optional<Row> row, first_row(rows, Space::state, range));
    if (row) PURSER_TRY(store.drop(Space::state, range));
  }
  return {};
}

Status drop_half_made(Store& store, const RowReader& rows, const Projection& projection,
                      std::uint32_t in_use) {
  return drop_builds(store, rows, projection, in_use + 1, kBuildsEnd);
}

}  // namespace

Result<BuildStates> read_builds(const RowReader& rows) {
  PURSER_ASSIGN(const Cursor moved, read_cursor(rows));
  BuildStates states;
  for (const Projection& projection : all_projections()) {
    PURSER_ASSIGN(states[static_cast<std::size_t>(projection.id)],
                  read_build(rows, moved, projection));
  }
  return states;
}

Builds builds_in_use(const BuildStates& states) {
  Builds builds{};
  for (const Projection& projection : all_projections()) {
    const auto at = static_cast<std::size_t>(projection.id);
    const bool does_without = projection.readable == 0 && states[at].version < projection.version;
    builds[at] = does_without ? 0 : states[at].build;
  }
  return builds;
}

void put_first_builds(WriteSet& changes) {
  for (const Projection& projection : all_projections()) {
    announce(projection, 1, Position{0}, changes);
  }
}

void put_cursor(const Builds& builds, Position position, WriteSet& changes) {
  Cursor cursor{position, {}};
  for (const Projection& projection : all_projections()) {
    const std::uint32_t build = builds[static_cast<std::size_t>(projection.id)];
    cursor.builds.push_back(folded_into(projection, build));
  }
  changes.put(Space::state, Key(kCursorTag).str(), to_wire(cursor));
}

Result<std::vector<RebuiltProjection>> rebuild_projections(Store& store,
                                                           const std::vector<ProjectionId>& which,
                                                           std::size_t memory_bytes,
                                                           const FoldProgress& progress) {
  std::unique_ptr<RowReader> rows = store.snapshot();
  PURSER_ASSIGN(const BuildStates states, read_builds(*rows));
  PURSER_ASSIGN(const Position last, log_size(*rows));
  std::vector<RebuiltProjection> targets;
  for (ProjectionId id : which) {
    const std::uint32_t in_use = states[static_cast<std::size_t>(id)].build;
    PURSER_TRY(drop_half_made(store, *rows, projection_of(id), in_use));
    targets.push_back({id, in_use + 1, 0});
  }
  PURSER_ASSIGN(const std::unique_ptr<BulkLoad> load, store.begin_load(Space::state));
  {
    Rebuild rebuild(*load, targets, last, memory_bytes, progress);
    PURSER_TRY(rebuild.fold(*rows));
    rows.reset();
    PURSER_TRY(rebuild.write());
  }
  PURSER_TRY(load->finish());
  WriteSet announcements;
  for (const RebuiltProjection& target : targets) {
    announce(projection_of(target.id), target.build, last, announcements);
  }
  PURSER_TRY(store.write(announcements));
  return targets;
}

Status look_for_old_builds(const RowReader& rows, const BuildStates& states) {
  for (const Projection& projection : all_projections()) {
    const std::uint32_t build = states[static_cast<std::size_t>(projection.id)].build;
    for (const auto& [from, to] : {std::pair(0u, build), {build + 1, kBuildsEnd}}) {
      for (const KeyRange& range : ranges_of_builds(projection, from, to)) {
        PURSER_TRY(first_row(rows, Space::state, range));
      }
    }
  }
  return {};
}

Status drop_old_builds(Store& store, const BuildStates& states) {
  const std::unique_ptr<RowReader> rows = store.snapshot();
  for (const Projection& projection : all_projections()) {
    const std::uint32_t build = states[static_cast<std::size_t>(projection.id)].build;
    PURSER_TRY(drop_builds(store, *rows, projection, 0, build));
    PURSER_TRY(drop_half_made(store, *rows, projection, build));
  }
  return {};
}

}  // namespace purser
