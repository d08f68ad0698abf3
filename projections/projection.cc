#include "projection.h"

#include <fmt/format.h>

#include "activations.h"
#include "deployments.h"
#include "freezes.h"
#include "identifiers.h"
#include "owners.h"
#include "pointers.h"
#include "requests.h"
#include "try.h"

namespace purser {

const std::array<Projection, kProjectionCount>& all_projections() {
  static constexpr std::array<Projection, kProjectionCount> kAll{{
      {ProjectionId::deployments, "deployments", 'D', 2, 1, fold_deployments},
      {ProjectionId::pointers, "pointers", 'P', 1, 1, fold_pointers},
      {ProjectionId::activations, "activations", 'A', 1, 1, fold_activations},
      {ProjectionId::owners, "owners", 'O', 1, 1, fold_owners},
      {ProjectionId::identifiers, "identifiers", 'U', 1, 1, fold_identifiers},
      {ProjectionId::requests, "requests", 'R', 1, 1, fold_requests},
      {ProjectionId::freezes, "freezes", 'F', 1, 0, fold_freezes},
      {ProjectionId::merkle, "merkle", 'M', 2, 0, nullptr},
  }};
  return kAll;
}

std::vector<ProjectionId> all_projection_ids() {
  std::vector<ProjectionId> ids;
  for (const Projection& projection : all_projections()) ids.push_back(projection.id);
  return ids;
}

Key build_key(ProjectionId id, std::uint32_t build) {
  return std::move(Key(all_projections()[static_cast<std::size_t>(id)].tag).u32(build));
}

Key View::key(ProjectionId id) const { return build_key(id, builds[static_cast<std::size_t>(id)]); }

bool begins_command(const Event& event, const Event* before) {
  const auto& group = event.header.group;
  if (!group || group->first == event.position || before == nullptr) return true;
  return before->header.request_id != event.header.request_id;
}

Status fold_all(const FoldInput& input, const Builds& builds, WriteSet& changes) {
  for (const Projection& projection : all_projections()) {
    if (projection.fold == nullptr) continue;
    const std::uint32_t build = builds[static_cast<std::size_t>(projection.id)];
    PURSER_TRY(projection.fold(input, build, changes));
  }
  return {};
}

Error damaged_row(ProjectionId id) {
  const Projection& projection = all_projections()[static_cast<std::size_t>(id)];
  return Corruption{fmt::format("projection '{}'", projection.name),
                    "a row is missing or not well-formed; `purser rebuild` makes it anew"};
}

}  // namespace purser
