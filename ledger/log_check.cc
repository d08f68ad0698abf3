#include "log_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

#include "event_codec.h"
#include "event_log.h"
#include "key.h"
#include "parallel.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint64_t kEventsOfOneSliceMin = 65'536;
constexpr std::uint64_t kSlicesMax = 1024;
constexpr std::uint64_t kEventsPerReport = 512;

// Events of some consecutive positions, `first` to `last`, in a log of `size`.
class Slice {
 public:
  Slice(Position first, Position last, Position size) : next_(first), last_(last), size_(size) {}

  Status check(const RowReader& rows, const std::function<bool()>& go_on) {
    if (next_.value > 1) {
      // One that is damaged is told by the slice before.
      const Result<Event> before = read_event(rows, Position{next_.value - 1});
      if (before) time_before_ = before->time;
    }
    Status outcome;
    const KeyRange range{event_key(next_), event_key(Position{last_.value + 1})};
    std::uint64_t seen = 0;
    PURSER_TRY(rows.scan(Space::log, range, Direction::ascending,
                         [&](std::string_view key, std::string_view stored) {
                           outcome = take(key, stored);
                           if (outcome && ++seen % kEventsPerReport == 0 && !go_on()) {
                             outcome = Cancelled{};
                           }
                           return outcome.has_value();
                         }));
    PURSER_TRY(std::move(outcome));
    miss_up_to(Position{last_.value + 1});
    return {};
  }

  [[nodiscard]] Findings take_findings() { return std::move(findings_); }

 private:
  Status take(std::string_view key, std::string_view stored) {
    const Position position{trailing_u64(key)};
    if (key != event_key(position)) {
      note(Check::events, next_, "no row here", "a row that is no event's");
      return {};
    }
    miss_up_to(position);
    next_ = Position{position.value + 1};
    if (const Status decoded = decode_event(stored, position, event_); !decoded) {
      const Corruption* damage = decoded.error().as<Corruption>();
      if (damage == nullptr) return decoded;
      note(Check::events, position, "the event as it was written", damage->what);
      time_before_.reset();
      return {};
    }
    check_time();
    check_group();
    return {};
  }

  void miss_up_to(Position position) {
    if (next_ >= position) return;
    note(Check::events, next_, "an event", "nothing", position.value - next_.value);
    next_ = position;
    time_before_.reset();
  }

  void check_time() {
    if (time_before_ && event_.time <= *time_before_) {
      note(Check::times, event_.position, "after " + to_rfc3339(*time_before_),
           to_rfc3339(event_.time));
    }
    time_before_ = event_.time;
  }

  void check_group() {
    const auto& group = event_.header.group;
    if (!group) return;
    const std::uint64_t end = group->first.value + group->count;
    const bool inside = group->first.value > 0 && end > group->first.value &&
                        group->first <= event_.position && event_.position.value < end;
    if (inside && end - 1 <= size_.value) return;
    note(Check::groups, event_.position, "to lie in its group, which is whole",
         fmt::format("the group is events {} to {}, the log has {}", group->first.value, end - 1,
                     size_.value));
  }

  void note(Check check, Position position, std::string expected, std::string found,
            std::uint64_t count = 1) {
    findings_.add({check,
                   {},
                   count,
                   position,
                   fmt::format("event {}", position.value),
                   std::move(expected),
                   std::move(found)});
  }

  Position next_;
  const Position last_;
  const Position size_;
  std::optional<Timestamp> time_before_;
  Event event_;
  Findings findings_;
};

}  // namespace

Result<Findings> check_log(const RowReader& rows, Position last, const CheckProgress& progress) {
  // Few, however far from the others a row lies that should not be there.
  const std::uint64_t events = std::max(kEventsOfOneSliceMin, last.value / kSlicesMax + 1);
  const std::size_t count = last.value / events + (last.value % events > 0 ? 1 : 0);
  std::vector<Findings> findings(count);
  std::mutex mutex;
  const auto go_on = [&] {
    const std::lock_guard lock(mutex);
    return !progress || progress(kEventsPerReport);
  };
  Workers workers;
  PURSER_TRY(workers.run(workers_for(count), [&](std::size_t) -> Status {
    for (std::size_t i = workers.next(); i < count; i = workers.next()) {
      if (workers.stopped()) return {};
      const Position first{i * events + 1};
      Slice slice(first, Position{std::min(last.value, first.value + events - 1)}, last);
      PURSER_TRY(slice.check(rows, go_on));
      findings[i] = slice.take_findings();
    }
    return {};
  }));
  Findings all;
  for (Findings& each : findings) all.add(std::move(each));
  return all;
}

}  // namespace purser
