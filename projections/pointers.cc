#include "pointers.h"

#include <utility>

#include "ascending_search.h"
#include "try.h"
#include "wire.h"

namespace purser {

// The generation is in the key.
template <class Archive>
void serialize(Archive& ar, PointerRow& row) {
  ar(row.position, row.time, row.deployment, row.previous, row.parent);
}

namespace {

Key row_prefix(const View& view, std::string_view owner, std::string_view channel) {
  return std::move(view.key(ProjectionId::pointers).text(owner).text(channel));
}

// A parent is older than its child, so whoever follows parents comes to an end.
Result<PointerRow> decode_row(Generation generation, std::string_view value) {
  PointerRow row;
  if (!from_wire(value, row) || row.parent >= generation) {
    return damaged_row(ProjectionId::pointers);
  }
  row.generation = generation;
  return row;
}

// The last generation whose `value_of` is at most `limit`. Where the pointer has not moved beyond
// it, that is the newest.
template <class Value, class ValueOf>
Result<PointerRow> last_generation(const View& view, std::string_view owner,
                                   std::string_view channel, Value limit, ValueOf value_of) {
  PURSER_ASSIGN(
      const std::optional<Row> newest,
      last_row(view.rows, Space::state, prefix_range(row_prefix(view, owner, channel).str())));
  if (!newest) return PointerRow{};
  PURSER_ASSIGN(PointerRow row, decode_row(Generation{trailing_u64(newest->key)}, newest->value));
  if (value_of(row) <= limit) return row;
  PointerRow found;
  PURSER_TRY(
      last_at_most(row.generation.value, limit, [&](std::uint64_t generation) -> Result<Value> {
        PURSER_ASSIGN(row, pointer_at(view, owner, channel, Generation{generation}));
        if (value_of(row) <= limit && row.generation > found.generation) found = row;
        return value_of(row);
      }));
  return found;
}

}  // namespace

Status fold_pointers(const FoldInput& input, std::uint32_t build, WriteSet& changes) {
  const Event& event = input.event;
  const auto* moved = std::get_if<Activated>(&event.payload);
  if (moved == nullptr) return {};
  const PointerRow row{moved->generation, event.position,  event.time,
                       moved->deployment, moved->previous, moved->parent};
  changes.put(Space::state,
              std::move(build_key(ProjectionId::pointers, build)
                            .text(moved->owner_key)
                            .text(moved->channel)
                            .number(moved->generation))
                  .str(),
              to_wire(row));
  input.heads.put(moved->owner_key, moved->channel, row);
  return {};
}

Status scan_pointer(const View& view, std::string_view owner, std::string_view channel,
                    Generation before, const std::function<bool(const PointerRow&)>& visit) {
  const KeyRange range{row_prefix(view, owner, channel).str(),
                       row_prefix(view, owner, channel).number(before).str()};
  Status decoded;
  PURSER_TRY(view.rows.scan(Space::state, range, Direction::descending,
                            [&](std::string_view key, std::string_view value) {
                              const auto row = decode_row(Generation{trailing_u64(key)}, value);
                              if (!row) return decoded = row.error(), false;
                              return row->position > view.at || visit(*row);
                            }));
  return decoded;
}

Result<PointerRow> latest_pointer(const View& view, std::string_view owner,
                                  std::string_view channel) {
  if (view.heads != nullptr) return view.heads->pointer(owner, channel);
  return last_generation(view, owner, channel, view.at.value,
                         [](const PointerRow& row) { return row.position.value; });
}

Result<PointerRow> latest_pointer_until(const View& view, std::string_view owner,
                                        std::string_view channel, Timestamp time) {
  PURSER_ASSIGN(const PointerRow row,
                last_generation(view, owner, channel, time.unix_us,
                                [](const PointerRow& row) { return row.time.unix_us; }));
  return row.position <= view.at ? Result<PointerRow>(row) : latest_pointer(view, owner, channel);
}

Result<PointerRow> pointer_at(const View& view, std::string_view owner, std::string_view channel,
                              Generation generation) {
  PURSER_ASSIGN(
      const std::optional<std::string> value,
      view.rows.get(Space::state, row_prefix(view, owner, channel).number(generation).str()));
  if (!value) return damaged_row(ProjectionId::pointers);
  return decode_row(generation, *value);
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

Status scan_pointer_names(const View& view, const std::optional<OwnedPointerName>& after,
                          const std::function<Result<bool>(const PointerName&)>& visit) {
  const std::string prefix = view.key(ProjectionId::pointers).str();
  const std::size_t numbers = 1 + sizeof(Generation);  // behind the names, with the zero byte
  KeyRange range = prefix_range(prefix);
  // A pointer's rows begin with its names and a zero byte; those of the next come after a one.
  if (after) range.from = prefix + after->owner + '\0' + after->channel + '\1';
  while (true) {
    PURSER_ASSIGN(const std::optional<Row> row, first_row(view.rows, Space::state, range));
    if (!row) return {};
    if (row->key.size() < prefix.size() + numbers) return damaged_row(ProjectionId::pointers);
    const std::string names =
        row->key.substr(prefix.size(), row->key.size() - prefix.size() - numbers);
    const std::size_t end = names.find('\0');
    if (end == std::string::npos || row->key[prefix.size() + names.size()] != '\0') {
      return damaged_row(ProjectionId::pointers);
    }
    range.from = prefix + names + '\1';
    PURSER_ASSIGN(const PointerRow first,
                  decode_row(Generation{trailing_u64(row->key)}, row->value));
    if (first.position > view.at) continue;
    const std::string_view both = names;
    PURSER_ASSIGN(const bool more, visit({both.substr(0, end), both.substr(end + 1)}));
    if (!more) return {};
  }
}

}  // namespace purser
