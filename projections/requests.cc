#include "requests.h"

#include "try.h"
#include "wire.h"

namespace purser {

Status fold_requests(const FoldInput& input, std::uint32_t build, WriteSet& changes) {
  const Event& event = input.event;
  if (!event.header.request_id || !input.begins_command) return {};
  changes.put(Space::state,
              build_key(ProjectionId::requests, build).text(*event.header.request_id).str(),
              to_wire(event.position));
  return {};
}

Result<std::optional<Position>> find_request(const View& view, std::string_view request_id) {
  PURSER_ASSIGN(
      const std::optional<std::string> value,
      view.rows.get(Space::state, view.key(ProjectionId::requests).text(request_id).str()));
  if (!value) return std::optional<Position>();
  Position position;
  if (!from_wire(*value, position)) return damaged_row(ProjectionId::requests);
  if (position > view.at) return std::optional<Position>();
  return std::optional<Position>(position);
}

}  // namespace purser
