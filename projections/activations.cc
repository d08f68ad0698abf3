#include "activations.h"

#include <algorithm>
#include <utility>

#include "try.h"
#include "wire.h"

namespace purser {
namespace {

// What a key ends with.
constexpr std::size_t kBehindChannel = sizeof(DeploymentId) + sizeof(Generation);

}  // namespace

Status fold_activations(const FoldInput& input, std::uint32_t build, WriteSet& changes) {
  const Event& event = input.event;
  const auto* moved = std::get_if<Activated>(&event.payload);
  if (moved == nullptr || !moved->deployment) return {};
  changes.put(Space::state,
              std::move(build_key(ProjectionId::activations, build)
                            .text(moved->owner_key)
                            .text(moved->channel)
                            .number(*moved->deployment)
                            .number(moved->generation))
                  .str(),
              to_wire(event.position));
  return {};
}

Result<std::optional<Generation>> latest_activation_of(const View& view, std::string_view owner,
                                                       std::string_view channel, DeploymentId id) {
  const std::string prefix =
      view.key(ProjectionId::activations).text(owner).text(channel).number(id).str();
  std::optional<Generation> latest;
  bool ok = true;
  PURSER_TRY(view.rows.scan(Space::state, prefix_range(prefix), Direction::descending,
                            [&](std::string_view key, std::string_view value) {
                              Position position;
                              ok = from_wire(value, position);
                              if (!ok || position > view.at) return ok;
                              latest = Generation{trailing_u64(key)};
                              return false;
                            }));
  if (!ok) return damaged_row(ProjectionId::activations);
  return latest;
}

Result<std::vector<DeploymentId>> once_active(const View& view, std::string_view owner) {
  const std::string prefix = view.key(ProjectionId::activations).text(owner).str();
  std::vector<DeploymentId> ids;
  bool ok = true;
  PURSER_TRY(view.rows.scan(Space::state, prefix_range(prefix), Direction::ascending,
                            [&](std::string_view key, std::string_view value) {
                              Position position;
                              ok = key.size() >= prefix.size() + kBehindChannel &&
                                   from_wire(value, position);
                              if (!ok || position > view.at) return ok;
                              key.remove_suffix(sizeof(Generation));
                              const DeploymentId id{trailing_u64(key)};
                              if (ids.empty() || ids.back() != id) ids.push_back(id);
                              return true;
                            }));
  if (!ok) return damaged_row(ProjectionId::activations);
  std::sort(ids.begin(), ids.end());  // they come by channel
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace purser
