#include "purser/user_projection.h"

#include <algorithm>
#include <set>

#include "projection.h"
#include "try.h"
#include "user_names.h"

namespace purser {
namespace {

bool may_be_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_own(std::string_view name) {
  return std::any_of(all_projections().begin(), all_projections().end(),
                     [&](const Projection& one) { return one.name == name; });
}

Status check_projection(const UserProjection& projection) {
  PURSER_TRY(check_projection_name(projection.name));
  if (is_own(projection.name)) {
    return InvalidArgument{"projection name", "is that of one of Purser's own"};
  }
  if (projection.version == 0) return InvalidArgument{"projection version", "must be at least 1"};
  if (!projection.fold) return InvalidArgument{"projection", "has no fold"};
  return {};
}

}  // namespace

Status check_projection_name(std::string_view name) {
  if (name.size() > kProjectionNameBytesMax) {
    return LimitExceeded{"projection name", kProjectionNameBytesMax, name.size()};
  }
  if (name.empty() || !std::all_of(name.begin(), name.end(), may_be_in_name)) {
    return InvalidArgument{"projection name", "may hold a to z, 0 to 9, '.', '_' and '-' only"};
  }
  return {};
}

Status check_user_projections(const std::vector<UserProjection>& projections) {
  if (projections.size() > kUserProjectionsMax) {
    return LimitExceeded{"projections", kUserProjectionsMax, projections.size()};
  }
  std::set<std::string_view> names;
  for (const UserProjection& projection : projections) {
    PURSER_TRY(check_projection(projection));
    if (!names.insert(projection.name).second) {
      return InvalidArgument{"projections", "two are named '" + projection.name + "'"};
    }
  }
  return {};
}

ProjectionRows::~ProjectionRows() = default;
FoldRows::~FoldRows() = default;

std::string behind_prefix(std::string_view prefix) {
  std::string behind(prefix);
  while (!behind.empty() && behind.back() == '\xff') behind.pop_back();
  if (!behind.empty()) ++behind.back();
  return behind;
}

}  // namespace purser
