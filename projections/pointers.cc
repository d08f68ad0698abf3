#include "pointers.h"

#include <limits>

#include "try.h"
#include "wire.h"

namespace purser {

// The generation is in the key.
template <class Archive>
void serialize(Archive& ar, PointerRow& row) {
  ar(row.position, row.time, row.deployment, row.previous, row.parent);
}

namespace {

constexpr Generation kNewest{std::numeric_limits<std::uint64_t>::max()};

Key row_prefix(const View& view, std::string_view owner, std::string_view channel) {
  return std::move(view.key(ProjectionId::pointers).text(owner).text(channel));
}

}  // namespace

Status fold_pointers(const FoldInput& input, std::uint32_t build, WriteSet& changes) {
  const Event& event = input.event;
  const auto* moved = std::get_if<Activated>(&event.payload);
  if (moved == nullptr) return {};
  const PointerRow row{moved->generation, event.position,  event.time,
                       moved->deployment, moved->previous, moved->parent};
  changes.put(Space::state,
              build_key(ProjectionId::pointers, build)
                  .text(moved->owner_key)
                  .text(moved->channel)
                  .number(moved->generation)
                  .str(),
              to_wire(row));
  input.heads.put(moved->owner_key, moved->channel, row);
  return {};
}

Status scan_pointer(const View& view, std::string_view owner, std::string_view channel,
                    Generation before, const std::function<bool(const PointerRow&)>& visit) {
  const KeyRange range{row_prefix(view, owner, channel).str(),
                       row_prefix(view, owner, channel).number(before).str()};
  bool ok = true;
  PURSER_TRY(view.rows.scan(Space::state, range, Direction::descending,
                            [&](std::string_view key, std::string_view value) {
                              PointerRow row;
                              ok = from_wire(value, row);
                              row.generation = Generation{trailing_u64(key)};
                              if (!ok) return false;
                              return row.position > view.at || visit(row);
                            }));
  if (!ok) return damaged_row(ProjectionId::pointers);
  return {};
}

Result<PointerRow> latest_pointer(const View& view, std::string_view owner,
                                  std::string_view channel) {
  if (view.heads != nullptr) return view.heads->pointer(owner, channel);
  PointerRow latest;
  PURSER_TRY(scan_pointer(view, owner, channel, kNewest, [&](const PointerRow& row) {
    latest = row;
    return false;
  }));
  return latest;
}

Result<PointerRow> pointer_at(const View& view, std::string_view owner, std::string_view channel,
                              Generation generation) {
  PURSER_ASSIGN(
      const std::optional<std::string> value,
      view.rows.get(Space::state, row_prefix(view, owner, channel).number(generation).str()));
  PointerRow row;
  if (!value || !from_wire(*value, row)) return damaged_row(ProjectionId::pointers);
  row.generation = generation;
  return row;
}

Result<std::vector<std::string>> channels_of(const View& view, std::string_view owner) {
  const std::string prefix = view.key(ProjectionId::pointers).text(owner).str();
  KeyRange range = prefix_range(prefix);
  std::vector<std::string> channels;
  while (true) {
    PURSER_ASSIGN(const std::optional<Row> row, first_row(view.rows, Space::state, range));
    if (!row) return channels;
    const std::size_t end = row->key.find('\0', prefix.size());
    std::string channel = row->key.substr(prefix.size(), end - prefix.size());
    // A channel's rows begin with its name and a zero byte; those of the next come after a one.
    range.from = prefix + channel + '\1';
    PURSER_ASSIGN(const PointerRow latest, latest_pointer(view, owner, channel));
    if (latest.generation.value > 0) channels.push_back(std::move(channel));
  }
}

}  // namespace purser
