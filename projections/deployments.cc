#include "deployments.h"

#include <fmt/format.h>

#include <utility>

#include "artifact_wire.h"
#include "try.h"
#include "wire.h"

namespace purser {

template <class Archive>
void serialize(Archive& ar, Mark& mark) {
  ar(mark.actor, mark.reason, mark.time);
}
template <class Archive>
void serialize(Archive& ar, Failure& failure) {
  ar(failure.code, failure.message);
}

namespace {

// Behind all other fields, and only where there is one: rows of version 1 do not know it.
void serialize_pin(WireWriter& ar, std::optional<Mark>& pinned) {
  if (pinned) ar(*pinned);
}
void serialize_pin(WireReader& ar, std::optional<Mark>& pinned) {
  if (!ar.at_end()) ar(pinned.emplace());
}

}  // namespace

// The id is in the key.
template <class Archive>
void serialize(Archive& ar, Deployment& d) {
  ar(d.identifier, d.owner_key, d.source_ref, d.labels,
     one_byte(d.status, DeploymentStatus::failed));
  bool has_artifact = d.artifact.has_value();
  ar(has_artifact);
  if (has_artifact) {
    if (!d.artifact) d.artifact.emplace();
    ar(artifact_field(*d.artifact));
  }
  ar(d.failure, d.bad, d.created_at, d.terminated_at, d.artifact_deleted_at);
  serialize_pin(ar, d.pinned);
}

Result<SharedDeployment> decode_deployment(DeploymentId id, std::string_view value) {
  auto deployment = std::make_shared<Deployment>();
  deployment->id = id;
  if (!from_wire(value, *deployment)) return damaged_row(ProjectionId::deployments);
  return SharedDeployment(std::move(deployment));
}

std::string deployment_key(std::uint32_t build, DeploymentId id, Position position) {
  return build_key(ProjectionId::deployments, build).number(id).number(position).str();
}

namespace {

Key row_prefix(std::uint32_t build, DeploymentId id) {
  return std::move(build_key(ProjectionId::deployments, build).number(id));
}

Result<DatedDeployment> find_in(const RowReader& rows, std::uint32_t build, DeploymentId id,
                                Position at) {
  const KeyRange range{row_prefix(build, id).str(), row_prefix(build, id).u64(at.value + 1).str()};
  PURSER_ASSIGN(const std::optional<Row> row, last_row(rows, Space::state, range));
  if (!row) return DatedDeployment{};
  PURSER_ASSIGN(SharedDeployment deployment, decode_deployment(id, row->value));
  return DatedDeployment{std::move(deployment), Position{trailing_u64(row->key)}};
}

Deployment begin(const Event& event, const Created& created) {
  Deployment d;
  d.id = created.id;
  d.identifier = created.identifier;
  d.owner_key = created.owner_key;
  d.source_ref = created.source_ref;
  d.labels = created.labels;
  d.created_at = event.happened_at();
  return d;
}

// How each kind of event changes the deployment it names.
struct Change {
  const Event& event;
  Deployment& d;

  void operator()(const Ready& e) const {
    d.status = DeploymentStatus::ready;
    d.artifact = e.artifact;
    d.terminated_at = event.happened_at();
  }
  void operator()(const Failed& e) const {
    d.status = DeploymentStatus::failed;
    d.failure = e.failure;
    d.terminated_at = event.happened_at();
  }
  void operator()(const BadMarked&) const {
    d.bad = Mark{event.header.actor, event.header.reason, event.time};
  }
  void operator()(const BadUnmarked&) const { d.bad.reset(); }
  void operator()(const ArtifactDropped&) const { d.artifact_deleted_at = event.happened_at(); }
  void operator()(const Pinned&) const {
    d.pinned = Mark{event.header.actor, event.header.reason, event.time};
  }
  void operator()(const Unpinned&) const { d.pinned.reset(); }
};

template <class Payload>
concept ChangesDeployment = std::is_invocable_v<Change, const Payload&>;

}  // namespace

Status fold_deployments(const FoldInput& input, std::uint32_t build, WriteSet& changes) {
  const Event& event = input.event;
  auto put = [&](Deployment d) {
    changes.put(Space::state, deployment_key(build, d.id, event.position), to_wire(d));
    input.heads.put(std::make_shared<const Deployment>(std::move(d)), event.position);
  };
  return std::visit(
      [&]<class P>(const P& payload) -> Status {
        if constexpr (std::is_same_v<P, Created>) {
          put(begin(event, payload));
        } else if constexpr (ChangesDeployment<P>) {
          PURSER_ASSIGN(const SharedDeployment before, input.heads.deployment(payload.id));
          if (!before) {
            return Corruption{
                fmt::format("event {}", event.position.value),
                fmt::format("it names deployment {}, which no event created", payload.id.value)};
          }
          Deployment after = *before;
          Change{event, after}(payload);
          put(std::move(after));
        }
        return {};
      },
      event.payload);
}

Result<SharedDeployment> find_deployment(const View& view, DeploymentId id) {
  if (view.heads != nullptr) return view.heads->deployment(id);
  PURSER_ASSIGN(DatedDeployment found, find_dated_deployment(view, id));
  return std::move(found.deployment);
}

Result<DatedDeployment> find_dated_deployment(const View& view, DeploymentId id) {
  const auto index = static_cast<std::size_t>(ProjectionId::deployments);
  return find_in(view.rows, view.builds[index], id, view.at);
}

Result<SharedDeployment> get_deployment(const View& view, DeploymentId id) {
  PURSER_ASSIGN(SharedDeployment found, find_deployment(view, id));
  if (!found) return NotFound{id, fmt::format("deployment {}", id.value)};
  return found;
}

Status visit_deployments(const View& view,
                         const std::function<Status(const SharedDeployment& deployment)>& visit) {
  DeploymentId id;  // whose rows come now; 0 before the first
  std::string latest;
  const auto visit_latest = [&]() -> Status {
    if (id.value == 0) return {};
    PURSER_ASSIGN(const SharedDeployment deployment, decode_deployment(id, latest));
    return visit(deployment);
  };
  Status visited;
  PURSER_TRY(view.rows.scan(
      Space::state, prefix_range(view.key(ProjectionId::deployments).str()), Direction::ascending,
      [&](std::string_view key, std::string_view value) {
        if (trailing_u64(key) > view.at.value) return true;
        const DeploymentId of{trailing_u64(key.substr(0, key.size() - sizeof(Position)))};
        if (of != id) visited = visit_latest();
        id = of;
        latest = value;
        return visited.has_value();
      }));
  PURSER_TRY(std::move(visited));
  return visit_latest();
}

Result<DeploymentId> last_deployment(const View& view) {
  if (view.heads != nullptr) return view.heads->last_deployment();
  std::uint64_t id = 0;
  PURSER_TRY(view.rows.scan(Space::state, prefix_range(view.key(ProjectionId::deployments).str()),
                            Direction::descending, [&](std::string_view key, std::string_view) {
                              if (trailing_u64(key) > view.at.value) return true;
                              id = trailing_u64(key.substr(0, key.size() - sizeof id));
                              return false;
                            }));
  return DeploymentId{id};
}

}  // namespace purser
