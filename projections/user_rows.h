// The rows of users' projections as they are stored: which build is in use, up to where it speaks,
// and the newest version of each row up to there.
//
// Safe wherever the RowReader is. A position that is asked for must not be older than the last but
// one write that `rows` shows: what is older is erased (docs/adr/0030).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/user_projection.h"
#include "store.h"
#include "user_keys.h"

namespace purser {

inline constexpr Position kNewest{std::numeric_limits<std::uint64_t>::max()};

/// One stored row of a projection.
struct UserVersion {
  std::string key;
  Position position;
};

/// What a write of a projection says of itself.
struct UserCursor {
  Position position;                  ///< the rows speak up to here
  std::optional<Position> before;     ///< of the write before; nothing: none
  std::vector<UserVersion> replaced;  ///< by this write; the next one erases them
};

struct UserFailure {
  Position position;  ///< of the event that could not be folded
  std::string why;
};

/// A build in use.
struct UserBuild {
  UserBuildName name;         ///< build 0: none was ever announced
  std::uint32_t version = 0;  ///< 0: the projection was given up
  std::optional<UserCursor> cursor;
  std::optional<UserFailure> failure;  ///< the rows end in front of it
  bool damaged = false;                ///< what announces it or says how far it is says nothing

  [[nodiscard]] bool is_in_use() const { return name.build != 0 && (version != 0 || damaged); }
  [[nodiscard]] Position position() const { return cursor ? cursor->position : Position{}; }
};

/// Of every projection that was ever announced, sorted by name. Errors: those of reading.
Result<std::vector<UserBuild>> read_user_builds(const RowReader& rows, Position at);
/// Build 0 where there is none.
Result<UserBuild> find_user_build(const RowReader& rows, std::string_view name, Position at);

[[nodiscard]] std::string user_announcement(std::uint32_t version, Position position);
[[nodiscard]] std::string to_stored(const UserCursor& cursor);

/// A value, or the mark of a row that was erased.
[[nodiscard]] std::string to_stored(const std::optional<std::string>& value);

/// What has become of one key.
struct UserRow {
  Position position;                 ///< of the event that changed it last; 0: none did
  std::optional<std::string> value;  ///< nothing: it is not there
};

/// The rows of one build as of a position.
class StoredUserRows final : public ProjectionRows {
 public:
  /// `rows` must outlive it.
  StoredUserRows(const RowReader& rows, UserBuildName name, Position at)
      : rows_(rows), name_(std::move(name)), at_(at) {}

  [[nodiscard]] Position position() const override { return at_; }
  Result<std::optional<std::string>> get(std::string_view key) const override;
  Status scan(std::string_view from, std::string_view to,
              const ProjectionRowVisitor& visit) const override;

  Result<UserRow> find(std::string_view key) const;
  /// Gets one row that is there; false ends the scan.
  using Visitor =
      std::function<bool(std::string_view key, Position position, std::string_view value)>;
  Status scan_versions(std::string_view from, std::string_view to, const Visitor& visit) const;

 private:
  [[nodiscard]] Error damaged() const;

  const RowReader& rows_;
  const UserBuildName name_;
  const Position at_;
};

/// A row that cannot be read: `Corruption` that names the projection; a rebuild mends it.
[[nodiscard]] Error damaged_user_row(std::string_view projection);

}  // namespace purser
