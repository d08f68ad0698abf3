#include "replay_into.h"

#include <fmt/format.h>

#include "build.h"
#include "event_codec.h"
#include "event_log.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint64_t kEventsPerReport = 512;

// Copying is the first half of the work, folding the second.
Status copy_events(Store& target, const View& source, const ProgressCallback& progress) {
  PURSER_ASSIGN(const std::unique_ptr<BulkLoad> load, target.begin_load(Space::log));
  PURSER_ASSIGN(const std::unique_ptr<RowSink> sink, load->sink());
  Event event;
  PURSER_TRY(scan_stored_events(
      source.rows, Position{1}, source.at, Direction::ascending,
      [&](Position position, std::string_view stored) -> Result<bool> {
        PURSER_TRY(decode_event(stored, position, event));
        PURSER_TRY(sink->add(event_key(position), stored));
        const bool report = progress && position.value % kEventsPerReport == 1;
        if (report && !progress(Progress{position.value / 2, source.at.value, 0, 0})) {
          return Cancelled{};
        }
        return true;
      }));
  PURSER_TRY(sink->finish());
  return load->finish();
}

}  // namespace

Status replay_into(Store& target, const View& source, const Origin& origin,
                   std::size_t memory_bytes, const ProgressCallback& progress) {
  PURSER_TRY(copy_events(target, source, progress));
  WriteSet changes;
  put_origin(changes, origin);
  PURSER_TRY(target.write(changes));
  const std::uint64_t size = source.at.value;
  PURSER_TRY(
      rebuild_projections(target, all_projection_ids(), memory_bytes, [&](std::uint64_t folded) {
        return !progress || progress(Progress{(size + folded) / 2, size, 0, 0});
      }));
  return {};
}

Status check_replay_end(const View& source, Position to) {
  if (to.value == 0) return InvalidArgument{"position", "a replay takes at least one event"};
  PURSER_ASSIGN(const Event last, read_event(source.rows, to));
  const auto& group = last.header.group;
  if (!group) return {};
  const std::uint64_t end = group->first.value + group->count - 1;
  if (to.value == end) return {};
  return InvalidArgument{"position",
                         fmt::format("{} lies inside events {} to {}, which one command wrote "
                                     "together",
                                     to.value, group->first.value, end)};
}

}  // namespace purser
