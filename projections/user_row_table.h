// The rows of one projection of a user while events are folded into it: what the fold has changed,
// over what is stored.
//
// Changes come in groups; a group is what one write holds. Rows that were changed in the open group
// or the one before are kept, since neither need be stored yet; others while there is room. One
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "user_rows.h"

namespace purser {

/// What one event changes; nothing: erased.
using UserChanges = std::map<std::string, std::optional<std::string>, std::less<>>;

class UserRowTable {
 public:
  /// Keeps rows of `memory_bytes` where it may choose. `is_new`: nothing was ever stored of the
  /// build, so that nothing is looked for there while all rows are kept.
  UserRowTable(UserBuildName name, std::size_t memory_bytes, bool is_new);
  void keep(std::size_t memory_bytes) { memory_bytes_ = memory_bytes; }

  /// `stored` must hold all groups that ended before the last one, and outlive the group; null:
  /// nothing is stored.
  void begin_group(const RowReader* stored);

  Result<std::optional<std::string>> get(std::string_view key);
  /// With `over` over it.
  Status scan(std::string_view from, std::string_view to, const UserChanges& over,
              const ProjectionRowVisitor& visit);

  /// Takes over what the event at `position` has changed.
  Status apply(UserChanges&& changes, Position position);

  /// Puts the rows that the group has changed; returns the versions that they replace, and those
  /// that say only that something was erased.
  std::vector<UserVersion> end_group(WriteSet& changes);

  /// How much `end_group` would put, about.
  [[nodiscard]] std::size_t changed_bytes() const { return changed_bytes_; }
  /// All that is kept, about.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// How many more rows are there than when it was made.
  [[nodiscard]] std::int64_t rows_more() const { return rows_more_; }

  /// Visits all rows, where nothing is stored.
  void visit(const StoredUserRows::Visitor& visit) const;

 private:
  struct Known {
    UserRow row;
    Position stored;          // the version that the group before left; 0: none
    std::uint64_t group = 0;  // that changed it last; 0: none did
  };
  using Rows = std::map<std::string, Known, std::less<>>;

  Result<Rows::iterator> look_up(std::string_view key);
  void make_room();

  const UserBuildName name_;
  std::size_t memory_bytes_;
  bool knows_all_;  // what is not kept is not there
  const RowReader* stored_ = nullptr;
  std::uint64_t group_ = 0;
  Rows known_;
  std::size_t bytes_ = 0;
  std::vector<Rows::iterator> changed_;  // in this group
  std::size_t changed_bytes_ = 0;
  std::int64_t rows_more_ = 0;
};

}  // namespace purser
