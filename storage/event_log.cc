#include "event_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "ascending_search.h"
#include "event_codec.h"
#include "key.h"
#include "try.h"
#include "wire.h"

namespace purser {

template <class Archive>
void serialize(Archive& ar, Origin& origin) {
  ar(one_byte(origin.kind, OriginKind::imported));
  ar.bytes(origin.ledger_id.bytes.data(), origin.ledger_id.bytes.size());
  ar(origin.size, origin.root);
}

namespace {

constexpr char kEventTag = 'e';
constexpr char kLedgerIdTag = 'i';
constexpr char kOriginTag = 'o';

Error missing(Position position) {
  return Corruption{fmt::format("event {}", position.value), "it is missing from the log"};
}

}  // namespace

std::string event_key(Position position) { return Key(kEventTag).number(position).str(); }

Result<Position> log_size(const RowReader& rows) {
  PURSER_ASSIGN(const std::optional<Row> last,
                last_row(rows, Space::log, prefix_range(Key(kEventTag).str())));
  return last ? Position{trailing_u64(last->key)} : Position{0};
}

Result<std::string> read_stored_event(const RowReader& rows, Position position) {
  PURSER_ASSIGN(std::optional<std::string> stored, rows.get(Space::log, event_key(position)));
  if (!stored) return missing(position);
  return *std::move(stored);
}

Result<Event> read_event(const RowReader& rows, Position position) {
  PURSER_ASSIGN(const std::string stored, read_stored_event(rows, position));
  return decode_event(stored, position);
}

Result<Position> last_event_until(const RowReader& rows, Position size, Timestamp time) {
  PURSER_ASSIGN(
      const std::uint64_t last,
      last_at_most(size.value, time.unix_us, [&](std::uint64_t position) -> Result<std::int64_t> {
        PURSER_ASSIGN(const Event event, read_event(rows, Position{position}));
        return event.time.unix_us;
      }));
  return Position{last};
}

Status scan_stored_events(const RowReader& rows, Position first, Position last, Direction direction,
                          const StoredEventVisitor& visit) {
  if (first > last) return {};
  const bool up = direction == Direction::ascending;
  std::uint64_t next = up ? first.value : last.value;
  std::uint64_t left = last.value - first.value + 1;
  Status outcome;
  bool go_on = true;
  const KeyRange range{event_key(first), event_key(Position{last.value + 1})};
  PURSER_TRY(
      rows.scan(Space::log, range, direction, [&](std::string_view key, std::string_view stored) {
        const Position position{next};
        if (trailing_u64(key) != position.value) {
          outcome = missing(position);
          return false;
        }
        Result<bool> more = visit(position, stored);
        go_on = more.has_value() && *more;
        if (!more) outcome = std::move(more).error();
        up ? ++next : --next;
        --left;
        return go_on;
      }));
  PURSER_TRY(std::move(outcome));
  if (go_on && left > 0) return missing(Position{next});
  return {};
}

Status scan_events(const RowReader& rows, Position first, Position last, Direction direction,
                   const EventVisitor& visit) {
  Event event;
  return scan_stored_events(rows, first, last, direction,
                            [&](Position position, std::string_view stored) -> Result<bool> {
                              PURSER_TRY(decode_event(stored, position, event));
                              return visit(event);
                            });
}

void put_ledger_id(WriteSet& changes, const LedgerId& id) {
  changes.put(Space::log, Key(kLedgerIdTag).str(), std::string(id.bytes.begin(), id.bytes.end()));
}

Result<LedgerId> read_ledger_id(const RowReader& rows) {
  PURSER_ASSIGN(const std::optional<std::string> stored,
                rows.get(Space::log, Key(kLedgerIdTag).str()));
  LedgerId id;
  if (!stored || stored->size() != id.bytes.size()) {
    return Corruption{"database", "the row with the ledger id is missing or damaged"};
  }
  std::copy(stored->begin(), stored->end(), id.bytes.begin());
  return id;
}

void put_origin(WriteSet& changes, const Origin& origin) {
  changes.put(Space::log, Key(kOriginTag).str(), to_wire(origin));
}

Result<std::optional<Origin>> read_origin(const RowReader& rows) {
  PURSER_ASSIGN(const std::optional<std::string> stored,
                rows.get(Space::log, Key(kOriginTag).str()));
  if (!stored) return std::optional<Origin>();
  Origin origin;
  if (!from_wire(*stored, origin)) {
    return Corruption{"database", "the row with the origin of the ledger is not well-formed"};
  }
  return std::optional(origin);
}

}  // namespace purser
