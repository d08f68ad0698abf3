// The projections of users in a handle that writes: brought up to the log when it opens, fed by
// each commit, made anew beside commits.
//
// A fold that fails stops its projection and nothing else. Which thread may call what is said at
// each function; `rebuild` of one may run beside everything but another `rebuild`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "purser/commands.h"
#include "purser/event.h"
#include "purser/log.h"
#include "store.h"
#include "user_build.h"

namespace purser {

class UserFolds {
 public:
  struct Setting {
    Store& store;
    const std::vector<UserProjection>& projections;  ///< checked
    std::size_t rebuild_memory_bytes;
    const Logger& logger;
    std::function<Status()> before_write;  ///< whether a build may write
  };

  /// All that `setting` names must outlive it.
  explicit UserFolds(Setting setting) : setting_(std::move(setting)) {}

  /// Before the first commit: drops what is left of builds, and folds each projection up to `size`,
  /// the size of the log, anew where it has to. One that cannot be is left where it is. Errors:
  /// those of the store, which then takes no commits either.
  Status open(Position size);

  /// Folds the events of a group that was decided, and adds to `changes` what that means. For who
  /// decides alone. `stored` holds all groups but maybe the one before.
  void fold(const std::vector<Event>& events, const RowReader& stored, WriteSet& changes);
  /// Whether there is anything to fold into. From any thread.
  [[nodiscard]] bool any() const { return !setting_.projections.empty(); }

  /// How a rebuild reaches those who commit: the position that is visible, and a moment alone.
  struct Beside {
    std::function<Position()> position;
    std::function<Status(const std::function<Status()>& task)> exclusively;
  };
  /// Makes a new build of one projection while commits go on, and switches to it in one write.
  /// Interrupted, it leaves the one before in use. Errors: NotFound, Cancelled, InvalidArgument
  /// where the fold fails, UnsupportedVersion, and those of writing.
  Result<RebuildReport> rebuild(const std::string& name, const Beside& beside,
                                const FoldProgress& progress);

  /// Gives the rows of a projection up, whose code is not here. Errors: NotFound, InvalidArgument.
  Status forget(const std::string& name, const Beside& beside);

  /// Why a projection whose code is here is behind. From any thread.
  [[nodiscard]] std::optional<std::string> why_behind(const std::string& name) const;

 private:
  Status bring_up(const UserProjection& projection, Position size);
  Status go_on(const UserProjection& projection, UserBuild build, Position size);
  Status begin_anew(const UserProjection& projection, const UserBuild& in_use, Position size);
  static Status fold_to(UserBuilder& builder, Position last, const FoldProgress& progress);
  static Status catch_up(UserBuilder& builder, const Beside& beside, const FoldProgress& progress);
  Result<RebuildReport> switch_to(UserBuilder& builder, const Beside& beside,
                                  const FoldProgress& progress);
  void note(const std::string& name, std::string why);
  void use(std::unique_ptr<UserFolding> folding);
  [[nodiscard]] const UserProjection* find(const std::string& name) const;

  const Setting setting_;
  std::vector<std::unique_ptr<UserFolding>> running_;  // touched by who decides, or is alone
  std::mutex rebuilding_;
  mutable std::mutex mutex_;                 // guards all below
  std::map<std::string, std::string> whys_;  // by name: why it could not be brought up
};

}  // namespace purser
