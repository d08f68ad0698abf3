#include "owners.h"

#include "try.h"
#include "wire.h"

namespace purser {

Status fold_owners(const FoldInput& input, std::uint32_t build, WriteSet& changes) {
  const Event& event = input.event;
  const auto* created = std::get_if<Created>(&event.payload);
  if (created == nullptr) return {};
  changes.put(
      Space::state,
      build_key(ProjectionId::owners, build).text(created->owner_key).number(created->id).str(),
      to_wire(event.position));
  return {};
}

Status scan_owner(const View& view, std::string_view owner, DeploymentId before,
                  const std::function<bool(DeploymentId)>& visit) {
  const KeyRange range{view.key(ProjectionId::owners).text(owner).str(),
                       view.key(ProjectionId::owners).text(owner).number(before).str()};
  bool ok = true;
  PURSER_TRY(view.rows.scan(Space::state, range, Direction::descending,
                            [&](std::string_view key, std::string_view value) {
                              Position position;
                              ok = from_wire(value, position);
                              if (!ok || position > view.at) return ok;
                              return visit(DeploymentId{trailing_u64(key)});
                            }));
  if (!ok) return damaged_row(ProjectionId::owners);
  return {};
}

Result<std::vector<std::string>> owners_after(const View& view, std::string_view after,
                                              std::size_t limit) {
  const std::string prefix = view.key(ProjectionId::owners).str();
  KeyRange range = prefix_range(prefix);
  // The rows of an owner begin with its name and a zero byte; those of the next come after a one.
  if (!after.empty()) range.from = prefix + std::string(after) + '\1';
  std::vector<std::string> owners;
  while (owners.size() < limit) {
    PURSER_ASSIGN(const std::optional<Row> row, first_row(view.rows, Space::state, range));
    if (!row) break;
    const std::size_t end = row->key.find('\0', prefix.size());
    std::string owner = row->key.substr(prefix.size(), end - prefix.size());
    range.from = prefix + owner + '\1';
    Position created;
    if (!from_wire(row->value, created)) return damaged_row(ProjectionId::owners);
    if (created <= view.at) owners.push_back(std::move(owner));
  }
  return owners;
}

}  // namespace purser
