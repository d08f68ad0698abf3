#include "user_build.h"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "event_codec.h"
#include "events_ahead.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint64_t kEventsPerReport = 512;

// Decodes an event and folds it, or passes over it.
Status fold_stored(std::string_view stored, Position position, Event& event, UserFolding& folding) {
  Status decoded = decode_event(stored, position, event);
  if (decoded) {
    folding.fold(event);
    return {};
  }
  const bool is_unknown = decoded.error().is<UnsupportedVersion>();
  if (!is_unknown || !folding.projection().skip_unknown) return decoded;
  folding.pass_over();
  return {};
}

// Calls `fold` with each stored event behind `done` until the folding has failed.
template <class Fold>
Status walk(const RowReader& rows, Position last, const UserFolding& folding,
            const FoldProgress& progress, const Fold& fold) {
  if (folding.position() >= last) return {};
  EventsAhead ahead(rows, Position{folding.position().value + 1}, last, false);
  while (true) {
    PURSER_ASSIGN(const EventsAhead::Batch batch, ahead.next());
    if (batch.size() == 0) return {};
    for (std::size_t i = 0; i < batch.size(); ++i) {
      PURSER_TRY(fold(batch.stored(i), batch.position(i)));
      if (folding.failure()) return {};
      const std::uint64_t done = folding.position().value;
      if (progress && done % kEventsPerReport == 0 && !progress(done)) return Cancelled{};
    }
  }
}

std::optional<UserBuild> find_of(const std::vector<UserBuild>& builds, std::string_view name) {
  for (const UserBuild& build : builds) {
    if (build.name.name == name) return build;
  }
  return std::nullopt;
}

// The builds that have rows, whether or not they are in use.
Result<std::vector<UserBuildName>> builds_with_rows(const RowReader& rows) {
  std::vector<UserBuildName> names;
  KeyRange left = prefix_range({&kUserRowTag, 1});
  while (true) {
    PURSER_ASSIGN(const auto row, first_row(rows, Space::state, left));
    if (!row) return names;
    auto name = parse_user_build(row->key);
    left.from = name ? range_of_user_build(*name).to : row->key + '\0';
    if (name) names.push_back(*std::move(name));
  }
}

}  // namespace

UserBuilder::UserBuilder(Store& store, const UserProjection& projection, UserBuild build,
                         UserBuildLimits limits, BeforeWrite before_write)
    : store_(store),
      limits_(limits),
      before_write_(std::move(before_write)),
      folding_(std::make_unique<UserFolding>(projection, std::move(build), limits.memory_bytes)),
      rows_(store.snapshot()) {
  folding_->begin_group(rows_.get());
}

UserBuilder::~UserBuilder() = default;

Status UserBuilder::fold_to(Position last, const FoldProgress& progress) {
  const std::unique_ptr<RowReader> log = store_.snapshot();
  return walk(*log, last, *folding_, progress, [this](std::string_view stored, Position position) {
    return take_event(stored, position);
  });
}

Status UserBuilder::take_event(std::string_view stored, Position position) {
  PURSER_TRY(fold_stored(stored, position, event_, *folding_));
  if (folding_->changed_bytes() < limits_.write_bytes) return {};
  PURSER_TRY(write({}));
  rows_ = store_.snapshot();
  folding_->begin_group(rows_.get());
  return {};
}

Status UserBuilder::finish(WriteSet besides) { return write(std::move(besides)); }

Status UserBuilder::write(WriteSet changes) {
  folding_->end_group(changes);
  if (changes.empty()) return {};
  PURSER_TRY(before_write_());
  return store_.write(changes);
}

UserBuild next_user_build(const UserBuild& in_use) {
  UserBuild next;
  next.name = {in_use.name.name, in_use.name.build + 1};
  return next;
}

void announce_user_build(const UserBuildName& name, std::uint32_t version, Position position,
                         WriteSet& changes) {
  changes.put(Space::state, user_announcement_key(name), user_announcement(version, position));
}

Status drop_user_build(Store& store, const UserBuildName& name) {
  const KeyRange range = range_of_user_build(name);
  PURSER_ASSIGN(const auto row, first_row(*store.snapshot(), Space::state, range));
  return row ? store.drop(Space::state, range) : Status();
}

Status drop_unused_user_builds(Store& store) {
  const std::unique_ptr<RowReader> rows = store.snapshot();
  PURSER_ASSIGN(const auto builds, read_user_builds(*rows, kNewest));
  PURSER_ASSIGN(const auto names, builds_with_rows(*rows));
  for (const UserBuildName& name : names) {
    const auto in_use = find_of(builds, name.name);
    const bool is_used = in_use && in_use->is_in_use() && in_use->name.build == name.build;
    if (!is_used) PURSER_TRY(store.drop(Space::state, range_of_user_build(name)));
  }
  return {};
}

Status look_for_user_builds(const RowReader& rows) {
  PURSER_TRY(read_user_builds(rows, kNewest));
  PURSER_TRY(builds_with_rows(rows));
  return {};
}

Result<std::unique_ptr<UserFolding>> fold_in_memory(const RowReader& rows, Position last,
                                                    const UserProjection& projection,
                                                    std::size_t memory_bytes,
                                                    const FoldProgress& progress) {
  UserBuild nothing;
  nothing.name.name = projection.name;
  auto folding = std::make_unique<UserFolding>(projection, std::move(nothing),
                                               std::numeric_limits<std::size_t>::max());
  folding->begin_group(nullptr);
  Event event;
  PURSER_TRY(walk(rows, last, *folding, progress,
                  [&](std::string_view stored, Position position) -> Status {
                    PURSER_TRY(fold_stored(stored, position, event, *folding));
                    const std::size_t bytes = folding->table().bytes();
                    if (bytes <= memory_bytes) return {};
                    return LimitExceeded{fmt::format("memory for projection '{}'", projection.name),
                                         memory_bytes, bytes};
                  }));
  if (const auto& failure = folding->failure()) {
    return InvalidArgument{
        fmt::format("projection '{}'", projection.name),
        fmt::format("its fold fails at event {}: {}", failure->position.value, failure->why)};
  }
  return folding;
}

}  // namespace purser
