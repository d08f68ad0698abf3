#include "user_folds.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "try.h"

namespace purser {
namespace {

// A rebuild ends alone, when this few events are left or after so many pieces.
constexpr std::uint64_t kEventsAloneMax = 1024;
constexpr std::uint64_t kEventsOfPiece = 16'384;
constexpr int kPiecesMax = 1024;

std::string why_of(const UserFailure& failure) {
  return fmt::format("its fold fails at event {}: {}", failure.position.value, failure.why);
}

Error failure_of(const UserFolding& folding) {
  return InvalidArgument{fmt::format("projection '{}'", folding.name().name),
                         why_of(*folding.failure())};
}

// Whether the ledger cannot go on either.
bool is_of_store(const Error& error) {
  return error.is<Io>() || error.is<ReadOnly>() || error.is<OutcomeUnknown>();
}

Status ask(const FoldProgress& progress, const UserBuilder& builder) {
  const bool go_on = !progress || progress(builder.folding().position().value);
  return go_on ? Status() : Status(Cancelled{});
}

}  // namespace

Status UserFolds::open(Position size) {
  PURSER_TRY(drop_unused_user_builds(setting_.store));
  for (const UserProjection& projection : setting_.projections) {
    const Status up = bring_up(projection, size);
    if (up) continue;
    if (is_of_store(up.error())) return up;
    note(projection.name, up.error().message());
  }
  return {};
}

Status UserFolds::bring_up(const UserProjection& projection, Position size) {
  PURSER_ASSIGN(UserBuild in_use,
                find_user_build(*setting_.store.snapshot(), projection.name, kNewest));
  const bool fits = in_use.is_in_use() && !in_use.damaged && in_use.cursor &&
                    in_use.version == projection.version && in_use.position() <= size;
  if (fits && in_use.position() == size) {
    use(std::make_unique<UserFolding>(projection, std::move(in_use),
                                      UserBuildLimits().memory_bytes));
    return {};
  }
  setting_.logger(LogLevel::info,
                  fmt::format("folding projection '{}' from position {} to {}", projection.name,
                              fits ? in_use.position().value : 0, size.value));
  return fits ? go_on(projection, std::move(in_use), size) : begin_anew(projection, in_use, size);
}

Status UserFolds::go_on(const UserProjection& projection, UserBuild build, Position size) {
  UserBuilder builder(setting_.store, projection, std::move(build), {}, setting_.before_write);
  const Status folded = builder.fold_to(size, {});
  if (!folded && is_of_store(folded.error())) return folded;
  PURSER_TRY(builder.finish());
  PURSER_TRY(folded);
  use(builder.take());
  return {};
}

Status UserFolds::begin_anew(const UserProjection& projection, const UserBuild& in_use,
                             Position size) {
  const UserBuild next = next_user_build(in_use);
  UserBuildLimits limits;
  limits.memory_bytes = setting_.rebuild_memory_bytes;
  UserBuilder builder(setting_.store, projection, next, limits, setting_.before_write);
  Status built = builder.fold_to(size, {});
  if (built && builder.folding().failure()) built = failure_of(builder.folding());
  if (built) {
    WriteSet changes;
    announce_user_build(next.name, projection.version, size, changes);
    built = builder.finish(std::move(changes));
  }
  if (!built) {
    if (!is_of_store(built.error())) PURSER_TRY(drop_user_build(setting_.store, next.name));
    return built;
  }
  use(builder.take());
  return {};
}

void UserFolds::fold(const std::vector<Event>& events, const RowReader& stored, WriteSet& changes) {
  for (const auto& folding : running_) {
    if (folding->failure()) continue;
    folding->begin_group(&stored);
    for (const Event& event : events) {
      folding->fold(event);
      if (folding->failure()) break;
    }
    folding->end_group(changes);
    if (const auto& failure = folding->failure()) {
      setting_.logger(LogLevel::warning,
                      fmt::format("projection '{}' stops at position {}", folding->name().name,
                                  folding->position().value));
      note(folding->name().name, why_of(*failure));
    }
  }
}

Result<RebuildReport> UserFolds::rebuild(const std::string& name, const Beside& beside,
                                         const FoldProgress& progress) {
  const std::lock_guard one(rebuilding_);
  const UserProjection* projection = find(name);
  if (projection == nullptr) return NotFound{{}, "projection '" + name + "'"};
  PURSER_ASSIGN(const UserBuild in_use, find_user_build(*setting_.store.snapshot(), name, kNewest));
  const UserBuild next = next_user_build(in_use);
  PURSER_TRY(drop_user_build(setting_.store, next.name));
  UserBuildLimits limits;
  limits.memory_bytes = setting_.rebuild_memory_bytes;
  UserBuilder builder(setting_.store, *projection, next, limits, setting_.before_write);
  auto built = switch_to(builder, beside, progress);
  if (!built && !is_of_store(built.error())) {
    PURSER_TRY(drop_user_build(setting_.store, next.name));
  }
  return built;
}

Status UserFolds::fold_to(UserBuilder& builder, Position last, const FoldProgress& progress) {
  PURSER_TRY(builder.fold_to(last, progress));
  return builder.folding().failure() ? failure_of(builder.folding()) : Status();
}

// Rounds, each over what was committed during the one before, as long as each halves what is left.
// Where commits are as fast as the fold it goes on in pieces during which they wait. Nobody is
// asked meanwhile: he might commit.
Status UserFolds::catch_up(UserBuilder& builder, const Beside& beside,
                           const FoldProgress& progress) {
  const auto left = [&] { return beside.position().value - builder.folding().position().value; };
  for (std::uint64_t before = kNewest.value; left() > kEventsAloneMax && left() <= before / 2;) {
    before = left();
    PURSER_TRY(fold_to(builder, beside.position(), progress));
  }
  for (int pieces = 0; pieces < kPiecesMax && left() > kEventsAloneMax; ++pieces) {
    PURSER_TRY(beside.exclusively([&] {
      const std::uint64_t end = builder.folding().position().value + kEventsOfPiece;
      return fold_to(builder, std::min(beside.position(), Position{end}), {});
    }));
    PURSER_TRY(ask(progress, builder));
  }
  return ask(progress, builder);
}

Result<RebuildReport> UserFolds::switch_to(UserBuilder& builder, const Beside& beside,
                                           const FoldProgress& progress) {
  PURSER_TRY(catch_up(builder, beside, progress));
  RebuildReport report;
  PURSER_TRY(beside.exclusively([&]() -> Status {
    PURSER_TRY(fold_to(builder, beside.position(), {}));
    const UserFolding& folding = builder.folding();
    const std::uint32_t version = folding.projection().version;
    report = {folding.name().name, version, folding.name().build, folding.position().value,
              static_cast<std::uint64_t>(folding.table().rows_more())};
    WriteSet changes;
    announce_user_build(folding.name(), version, folding.position(), changes);
    PURSER_TRY(builder.finish(std::move(changes)));
    use(builder.take());
    return {};
  }));
  return report;
}

Status UserFolds::forget(const std::string& name, const Beside& beside) {
  const std::lock_guard one(rebuilding_);
  if (find(name) != nullptr) return InvalidArgument{"projection", "its code is in this handle"};
  PURSER_ASSIGN(const UserBuild in_use, find_user_build(*setting_.store.snapshot(), name, kNewest));
  if (!in_use.is_in_use()) return NotFound{{}, "projection '" + name + "'"};
  return beside.exclusively([&]() -> Status {
    WriteSet changes;
    announce_user_build(next_user_build(in_use).name, 0, beside.position(), changes);
    return setting_.store.write(changes);
  });
}

void UserFolds::use(std::unique_ptr<UserFolding> folding) {
  const std::string& name = folding->name().name;
  if (const auto& failure = folding->failure()) {
    note(name, why_of(*failure));
  } else {
    const std::lock_guard lock(mutex_);
    whys_.erase(name);
  }
  folding->keep(UserBuildLimits().memory_bytes);
  std::erase_if(running_, [&](const auto& one) { return one->name().name == name; });
  running_.push_back(std::move(folding));
}

void UserFolds::note(const std::string& name, std::string why) {
  const std::lock_guard lock(mutex_);
  whys_.insert_or_assign(name, std::move(why));
}

std::optional<std::string> UserFolds::why_behind(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = whys_.find(name);
  return found == whys_.end() ? std::nullopt : std::optional(found->second);
}

const UserProjection* UserFolds::find(const std::string& name) const {
  const auto found = std::find_if(setting_.projections.begin(), setting_.projections.end(),
                                  [&](const UserProjection& one) { return one.name == name; });
  return found == setting_.projections.end() ? nullptr : &*found;
}

}  // namespace purser
