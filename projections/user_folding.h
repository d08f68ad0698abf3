// Runs the fold of a user's projection over events, one after the other, and makes of its changes
// what a write holds: rows, how far they speak, and what the write before has left to erase.
//
// An event counts wholly or not at all: where the fold fails, what it did for that event is left
// out, and no event after it is folded. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "purser/user_projection.h"
#include "user_row_table.h"
#include "user_rows.h"

namespace purser {

class UserFolding {
 public:
  /// Goes on behind what is stored of `build`. `projection` must outlive it.
  UserFolding(const UserProjection& projection, UserBuild build, std::size_t memory_bytes);

  [[nodiscard]] const UserProjection& projection() const { return projection_; }
  [[nodiscard]] const UserBuildName& name() const { return name_; }

  /// See UserRowTable::begin_group.
  void begin_group(const RowReader* stored) { table_.begin_group(stored); }
  /// Folds the event behind `position`. Not after it has failed.
  void fold(const Event& event);
  /// Leaves the event behind `position` out.
  void pass_over() { ++position_.value; }
  /// Fails at the event behind `position`.
  void stop(const Error& why);
  /// Puts all of the group, which may be nothing.
  void end_group(WriteSet& changes);
  [[nodiscard]] std::size_t changed_bytes() const { return table_.changed_bytes(); }
  /// How much is kept in memory from the next group on.
  void keep(std::size_t memory_bytes) { table_.keep(memory_bytes); }

  /// The last event that was folded, or left out.
  [[nodiscard]] Position position() const { return position_; }
  [[nodiscard]] const std::optional<UserFailure>& failure() const { return failure_; }

  [[nodiscard]] const UserRowTable& table() const { return table_; }
  /// The rows as they are now, where nothing is stored. Must not outlive this.
  [[nodiscard]] std::unique_ptr<ProjectionRows> rows();

 private:
  class EventRows;

  const UserProjection& projection_;
  const UserBuildName name_;
  UserRowTable table_;
  Position position_;
  std::optional<UserCursor> written_;  // by the last write
  std::optional<UserFailure> failure_;
  std::optional<Position> failure_stored_;
};

}  // namespace purser
