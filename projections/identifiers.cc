#include "identifiers.h"

#include "try.h"
#include "wire.h"

namespace purser {
namespace {

struct IdentifierRow {
  DeploymentId id;
  Position position;
};
template <class Archive>
void serialize(Archive& ar, IdentifierRow& row) {
  ar(row.id, row.position);
}

}  // namespace

Status fold_identifiers(const FoldInput& input, std::uint32_t build, WriteSet& changes) {
  const Event& event = input.event;
  const auto* created = std::get_if<Created>(&event.payload);
  if (created == nullptr) return {};
  changes.put(Space::state,
              build_key(ProjectionId::identifiers, build).raw(created->identifier).str(),
              to_wire(IdentifierRow{created->id, event.position}));
  return {};
}

Result<std::vector<Identified>> identified_by(const View& view, std::string_view prefix,
                                              std::size_t limit) {
  const std::string base = view.key(ProjectionId::identifiers).str();
  const KeyRange range = prefix_range(base + std::string(prefix));
  std::vector<Identified> found;
  bool ok = true;
  PURSER_TRY(view.rows.scan(Space::state, range, Direction::ascending,
                            [&](std::string_view key, std::string_view value) {
                              IdentifierRow row;
                              ok = from_wire(value, row);
                              if (ok && row.position <= view.at) {
                                found.push_back({std::string(key.substr(base.size())), row.id});
                              }
                              return ok && found.size() < limit;
                            }));
  if (!ok) return damaged_row(ProjectionId::identifiers);
  return found;
}

}  // namespace purser
