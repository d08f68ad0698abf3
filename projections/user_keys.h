// Where the rows of users' projections stand: docs/storage-format.md, "Rows of users' projections".
//
// Free functions, safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "key.h"
#include "purser/types.h"
#include "store.h"

namespace purser {

inline constexpr char kUserBuildTag = 'x';
inline constexpr char kUserRowTag = 'X';

/// One build of one projection.
struct UserBuildName {
  std::string name;
  std::uint32_t build = 0;
};

/// What announces a build.
[[nodiscard]] std::string user_announcement_key(const UserBuildName& name);
/// All rows of a build, whatever they are of.
[[nodiscard]] KeyRange range_of_user_build(const UserBuildName& name);

/// Rows that bear one position each, in ascending order: how far a build speaks, and where its fold
/// failed.
[[nodiscard]] std::string user_cursor_key(const UserBuildName& name, Position position);
[[nodiscard]] std::string user_failure_key(const UserBuildName& name, Position position);

/// The row of `key` as the event at `position` left it.
[[nodiscard]] std::string user_row_key(const UserBuildName& name, std::string_view key,
                                       Position position);
/// The rows from `from` on, up to but not including `to`; an empty `to` stands for the end.
[[nodiscard]] KeyRange range_of_user_rows(const UserBuildName& name, std::string_view from,
                                          std::string_view to);
/// The versions of one key, those as of `position` and before, newest first.
[[nodiscard]] KeyRange range_of_user_versions(const UserBuildName& name, std::string_view key,
                                              Position position);

struct UserRowName {
  std::string key;
  Position position;
};
/// Nothing where `stored` is not the key of a row of this build.
[[nodiscard]] std::optional<UserRowName> parse_user_row_key(const UserBuildName& name,
                                                            std::string_view stored);

/// The name and the build that a stored key of either tag begins with; nothing where there are
/// none.
[[nodiscard]] std::optional<UserBuildName> parse_user_build(std::string_view stored);

}  // namespace purser
