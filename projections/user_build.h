// Making a build of a user's projection, or going on with one: folds the events of the log into it
// in writes of bounded size, while others may commit.
//
// One thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "build.h"
#include "store.h"
#include "user_folding.h"
#include "user_rows.h"

namespace purser {

/// What is kept in memory of the rows of a projection, and what one write of a build takes.
struct UserBuildLimits {
  std::size_t memory_bytes = 8u << 20;
  std::size_t write_bytes = 1u << 20;
};

class UserBuilder {
 public:
  /// Asked before each write; an error ends the build.
  using BeforeWrite = std::function<Status()>;

  /// Goes on behind what `build` holds. All must outlive it.
  UserBuilder(Store& store, const UserProjection& projection, UserBuild build,
              UserBuildLimits limits, BeforeWrite before_write);
  ~UserBuilder();
  UserBuilder(const UserBuilder&) = delete;
  UserBuilder& operator=(const UserBuilder&) = delete;

  /// Folds up to `last`, or to where the fold fails, which is no error. Errors: Cancelled,
  /// UnsupportedVersion for an event that is unknown and must not be passed over, Corruption, and
  /// those of writing.
  Status fold_to(Position last, const FoldProgress& progress);

  /// Writes what is left, with `besides` in the same write.
  Status finish(WriteSet besides = {});

  [[nodiscard]] const UserFolding& folding() const { return *folding_; }
  /// What goes on behind it, after `finish`.
  [[nodiscard]] std::unique_ptr<UserFolding> take() { return std::move(folding_); }

 private:
  Status take_event(std::string_view stored, Position position);
  Status write(WriteSet changes);

  Store& store_;
  const UserBuildLimits limits_;
  const BeforeWrite before_write_;
  std::unique_ptr<UserFolding> folding_;
  std::unique_ptr<RowReader> rows_;  // as of the last write
  Event event_;
};

/// The next build of a projection, of which nothing is stored.
[[nodiscard]] UserBuild next_user_build(const UserBuild& in_use);

/// Announces what was built up to `position`.
void announce_user_build(const UserBuildName& name, std::uint32_t version, Position position,
                         WriteSet& changes);

/// Drops all rows of a build.
Status drop_user_build(Store& store, const UserBuildName& name);

/// Drops the rows of every build of any projection that is not in use.
Status drop_unused_user_builds(Store& store);

/// Reads what the above and the first fold will read. Errors: those of reading.
Status look_for_user_builds(const RowReader& rows);

/// Folds the events up to `last` in memory. Errors: LimitExceeded where that takes more than
/// `memory_bytes`, InvalidArgument where the fold fails, Cancelled, and those of reading.
Result<std::unique_ptr<UserFolding>> fold_in_memory(const RowReader& rows, Position last,
                                                    const UserProjection& projection,
                                                    std::size_t memory_bytes,
                                                    const FoldProgress& progress);

}  // namespace purser
