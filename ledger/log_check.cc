#include "log_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "event_codec.h"
#include "event_log.h"
#include "key.h"
#include "part_fold.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint64_t kEventsOfOnePartMin = 65'536;
constexpr std::uint64_t kPartsMax = 1024;
constexpr std::uint64_t kEventsPerReport = 512;

// The event before a part; one that is damaged is told by the part before.
std::optional<Event> event_before(const RowReader& rows, Position first) {
  if (first.value == 1) return std::nullopt;
  Result<Event> before = read_event(rows, Position{first.value - 1});
  return before ? std::optional(std::move(before).value()) : std::nullopt;
}

// Events of some consecutive positions, `first` to `last`, in a log of `size`.
class Slice {
 public:
  Slice(Position first, Position last, Position size, const std::optional<Event>& before,
        PartFold& fold)
      : next_(first), last_(last), size_(size), fold_(fold) {
    if (before) time_before_ = before->time;
  }

  Status check(const RowReader& rows, const CheckProgress& progress) {
    Status outcome;
    const KeyRange range{event_key(next_), event_key(Position{last_.value + 1})};
    key_bytes_ = range.from.size();
    std::uint64_t seen = 0;
    PURSER_TRY(rows.scan(Space::log, range, Direction::ascending,
                         [&](std::string_view key, std::string_view stored) {
                           outcome = take(key, stored);
                           if (outcome && ++seen % kEventsPerReport == 0 &&
                               !progress(kEventsPerReport)) {
                             outcome = Cancelled{};
                           }
                           return outcome.has_value();
                         }));
    PURSER_TRY(std::move(outcome));
    if (!progress(seen % kEventsPerReport)) return Cancelled{};
    miss_up_to(Position{last_.value + 1});
    return is_folded_ ? note_folded(fold_.finish()) : Status();
  }

  [[nodiscard]] Findings take_findings() { return std::move(findings_); }
  [[nodiscard]] bool is_folded() const { return is_folded_; }

 private:
  Status take(std::string_view key, std::string_view stored) {
    const Position position{trailing_u64(key)};
    if (key.size() != key_bytes_) {  // others of that length do not begin as the first does
      note(Check::events, next_, "no row here", "a row that is no event's");
      return {};
    }
    miss_up_to(position);
    next_ = Position{position.value + 1};
    if (Status decoded = decode_event(stored, position, event_); !decoded) {
      const Corruption* damage = decoded.error().as<Corruption>();
      if (damage == nullptr) return decoded;
      note(Check::events, position, "the event as it was written", damage->what);
      time_before_.reset();
      return {};
    }
    check_time();
    check_group();
    return is_folded_ ? note_folded(fold_.add(event_, stored)) : Status();
  }

  // What is wrong with an event that cannot be folded, or with rows, is told by who compares them.
  Status note_folded(Status folded) {
    if (!folded && folded.error().is<Io>()) return folded;
    is_folded_ = folded.has_value();
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
  PartFold& fold_;
  std::size_t key_bytes_ = 0;  // of an event
  bool is_folded_ = true;      // as far as it was looked at
  std::optional<Timestamp> time_before_;
  Event event_;
  Findings findings_;
};

}  // namespace

// Few, however far from the others a row lies that should not be there.
LogCheck::LogCheck(const RowReader& rows, Position last, const ComparedBuilds& builds,
                   std::size_t memory_bytes)
    : rows_(rows),
      last_(last),
      builds_(builds),
      memory_bytes_(memory_bytes),
      events_of_part_(std::max(kEventsOfOnePartMin, last.value / kPartsMax + 1)),
      parts_(last.value / events_of_part_ + (last.value % events_of_part_ > 0 ? 1 : 0)) {}

Status LogCheck::check(std::size_t part, const CheckProgress& progress) {
  const Position first{part * events_of_part_ + 1};
  const Position last{std::min(last_.value, first.value + events_of_part_ - 1)};
  const std::optional<Event> before = event_before(rows_, first);
  PartFold fold(rows_, builds_, before, memory_bytes_);
  Slice slice(first, last, last_, before, fold);
  PURSER_TRY(slice.check(rows_, progress));
  parts_[part].findings = slice.take_findings();
  if (slice.is_folded()) parts_[part].sums = fold.sums();
  return {};
}

Findings LogCheck::take_findings() {
  Findings all;
  for (Part& part : parts_) all.add(std::move(part.findings));
  return all;
}

std::optional<RowSums> LogCheck::sums() const {
  RowSums all;
  for (const Part& part : parts_) {
    if (!part.sums) return std::nullopt;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += (*part.sums)[i];
  }
  return all;
}

}  // namespace purser
