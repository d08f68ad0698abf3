#include "freezes.h"

#include <utility>

#include "try.h"
#include "wire.h"

namespace purser {

// The channel is in the key.
template <class Archive>
void serialize(Archive& ar, ChannelFreeze& freeze) {
  ar(freeze.actor, freeze.reason, freeze.time, freeze.rollback_too);
}

namespace {

void put_freeze(const FoldInput& input, std::uint32_t build, const std::string& owner,
                const std::optional<std::string>& channel, std::optional<ChannelFreeze> freeze,
                WriteSet& changes) {
  const std::string_view name = channel ? std::string_view(*channel) : kAllChannels;
  const Position position = input.event.position;
  changes.put(Space::state,
              build_key(ProjectionId::freezes, build).text(owner).text(name).number(position).str(),
              to_wire(freeze));
  SharedFreeze head;
  if (freeze) head = std::make_shared<const ChannelFreeze>(*std::move(freeze));
  input.heads.put(owner, name, std::move(head), position);
}

}  // namespace

Status fold_freezes(const FoldInput& input, std::uint32_t build, WriteSet& changes) {
  const Event& event = input.event;
  if (const auto* frozen = std::get_if<ChannelsFrozen>(&event.payload)) {
    const EventHeader& header = event.header;
    put_freeze(input, build, frozen->owner_key, frozen->channel,
               ChannelFreeze{header.actor, header.reason, event.time, frozen->channel,
                             frozen->rollback_too},
               changes);
  } else if (const auto* unfrozen = std::get_if<ChannelsUnfrozen>(&event.payload)) {
    put_freeze(input, build, unfrozen->owner_key, unfrozen->channel, std::nullopt, changes);
  }
  return {};
}

Result<SharedFreeze> find_freeze(const View& view, std::string_view owner,
                                 std::string_view channel) {
  if (view.heads != nullptr) return view.heads->freeze(owner, channel);
  const auto prefix = [&] {
    return std::move(view.key(ProjectionId::freezes).text(owner).text(channel));
  };
  const KeyRange range{prefix().str(), prefix().u64(view.at.value + 1).str()};
  PURSER_ASSIGN(const std::optional<Row> row, last_row(view.rows, Space::state, range));
  if (!row) return SharedFreeze();
  std::optional<ChannelFreeze> freeze;
  if (!from_wire(row->value, freeze)) return damaged_row(ProjectionId::freezes);
  if (!freeze) return SharedFreeze();
  if (channel != kAllChannels) freeze->channel = channel;
  return SharedFreeze(std::make_shared<const ChannelFreeze>(*std::move(freeze)));
}

SharedFreeze stricter(const SharedFreeze& own, const SharedFreeze& all) {
  const bool all_is_stricter = all && (!own || (all->rollback_too && !own->rollback_too));
  return all_is_stricter ? all : own;
}

Result<SharedFreeze> freeze_in_force(const View& view, std::string_view owner,
                                     std::string_view channel) {
  PURSER_ASSIGN(const SharedFreeze own, find_freeze(view, owner, channel));
  PURSER_ASSIGN(const SharedFreeze all, find_freeze(view, owner, kAllChannels));
  return stricter(own, all);
}

Result<bool> ever_frozen(const View& view) {
  const KeyRange range = prefix_range(view.key(ProjectionId::freezes).str());
  PURSER_ASSIGN(const std::optional<Row> row, first_row(view.rows, Space::state, range));
  return row.has_value();
}

}  // namespace purser
