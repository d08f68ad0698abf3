#include "salvaged_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "event_codec.h"
#include "event_log.h"
#include "hash.h"
#include "key.h"
#include "small_file.h"
#include "try.h"

namespace purser {

SalvagedLog::SalvagedLog(BulkLoad& load, std::size_t memory_bytes, std::optional<AnchorMark> anchor)
    : anchor_(anchor),
      load_(load),
      sorter_(
          load, 1, memory_bytes, [] { return true; }, stopped_) {}

// The same event twice is one row to the sorter; two different ones are two, one behind the other.
Status SalvagedLog::add(std::string_view key, std::string_view stored) {
  const Position position{trailing_u64(key)};
  if (key != event_key(position) || position.value == 0) return {};
  if (const Status decoded = decode_event(stored, position, event_); !decoded) {
    return decoded.error().is<Corruption>() ? Status() : decoded;
  }
  const std::string row = Key('e').number(position).u64(xxh3_64(stored)).str();
  return sorter_.add(0, {row, stored});
}

Status SalvagedLog::copy() {
  PURSER_TRY(sorter_.finish());
  PURSER_ASSIGN(sink_, load_.sink());
  std::optional<Found> found;
  const std::unique_ptr<RowStream> rows = sorter_.sorted(0);
  while (true) {
    PURSER_ASSIGN(const bool more, rows->next());
    const std::string_view key = more ? rows->row().key : std::string_view();
    const Position position{more ? trailing_u64(key.substr(0, key.size() - sizeof(Position))) : 0};
    if (found && position == found->position) {
      found->doubtful = true;
      continue;
    }
    if (found) PURSER_TRY(visit(*found));
    if (!more) break;
    found = Found{position, std::string(rows->row().value), false};
  }
  stop();
  expected_ = std::max(last_found_, anchor_ ? anchor_->log_size : Position{});
  if (last_found_ < expected_) missing_.add({Position{last_found_.value + 1}, expected_});
  return sink_->finish();
}

Status SalvagedLog::visit(const Found& found) {
  if (found.doubtful) return {};
  PURSER_TRY(decode_event(found.stored, found.position, event_));
  const Position before = std::exchange(last_found_, found.position);
  if (before.value + 1 < found.position.value) {
    missing_.add({Position{before.value + 1}, Position{found.position.value - 1}});
  }
  if (!ended_ && !continues_log(event_, found.stored.size())) stop();
  if (ended_) {
    beyond_.add({found.position, found.position});
    return {};
  }
  held_.push_back({found.position, found.stored});
  held_bytes_ += found.stored.size();
  last_time_ = event_.time;
  group_ = event_.header.group;
  const bool ends = !group_ || found.position.value - group_->first.value + 1 == group_->count;
  return ends ? release() : Status();
}

// Whether a ledger can have written this event behind what there is.
bool SalvagedLog::continues_log(const Event& event, std::size_t bytes) const {
  const std::uint64_t next = tree_.size() + held_.size() + 1;
  if (event.position.value != next || (last_time_ && event.time <= *last_time_)) return false;
  const auto& group = event.header.group;
  if (!held_.empty()) return group == group_ && held_bytes_ + bytes <= kHeldBackBytesMax;
  return !group || (group->first == event.position && group->count > 0);
}

// The command is there as a whole.
Status SalvagedLog::release() {
  for (const Held& event : held_) {
    PURSER_TRY(sink_->add(event_key(event.position), event.stored));
    tree_.append(merkle_leaf(event.stored));
    const bool is_anchored = anchor_ && anchor_->root && anchor_->log_size == event.position;
    if (is_anchored && tree_.root() != *anchor_->root) {
      return Corruption{"log", fmt::format("its first {} events are not those that were anchored",
                                           event.position.value)};
    }
  }
  held_.clear();
  held_bytes_ = 0;
  group_.reset();
  return {};
}

// Nothing more is copied: what was held back has not come as a whole.
void SalvagedLog::stop() {
  for (const Held& event : held_) beyond_.add({event.position, event.position});
  held_.clear();
  ended_ = true;
}

}  // namespace purser
