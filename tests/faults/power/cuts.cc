#include "faults/power/cuts.h"

#include <unistd.h>

#include <csignal>
#include <string_view>
#include <utility>

#include "purser/recover.h"

namespace purser::faults {
namespace {

// What RocksDB says of a MANIFEST whose last record is torn; it is mended on a copy.
bool is_torn_manifest(const Error& error) {
  const auto* damage = error.as<Corruption>();
  return damage != nullptr && damage->where.starts_with("database");
}

constexpr unsigned kSecondsMax = 240;  // one cut takes a part of one

char watched[200];

// An open that does not end is as bad as one that is refused.
class Watch {
 public:
  explicit Watch(const std::string& where);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
};

Watch::Watch(const std::string& where) {
  const std::size_t size = where.copy(watched, sizeof watched - 1);
  watched[size] = '\0';
  ::signal(SIGALRM, [](int) {
    for (const std::string_view text :
         std::initializer_list<std::string_view>{"wrong: it never ends: ", watched, "\n"}) {
      if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) break;
    }
    ::_exit(1);
  });
  ::alarm(kSecondsMax);
}

Watch::~Watch() { ::alarm(0); }

// From here on all that `shown` says must stay, and what comes after it.
History history_from(const History& before, const Shown& shown) {
  History after;
  after.events.assign(before.events.begin(),
                      before.events.begin() + static_cast<std::ptrdiff_t>(shown.log_size));
  after.reached[0] = shown.log_size;
  for (const auto& [id, files] : shown.drafts) after.drafts[id] = {0, {Edit{0, 0, files}}};
  return after;
}

// One more command and one more file, then the end of the session.
std::string go_on(Ledger& ledger, const Recorder& recorder, History& after) {
  const auto made = ledger.create("after");
  if (!made) return "create after recovery: " + made.error().message();
  const auto event = ledger.stored_event(*made->receipt.position);
  if (!event) return "the new event: " + event.error().message();
  after.events.push_back(*event);
  after.reached[recorder.steps()] = after.events.size();
  Draft draft{recorder.steps(), {Edit{}}};
  auto content = std::make_shared<Content>();
  content->bytes = "after the cut";
  Edit edit{.begun = recorder.steps(), .files = {{"new", content}}};
  const auto stored = ledger.store(made->id, "new", content->bytes);
  if (!stored) return "store after recovery: " + stored.error().message();
  edit.acknowledged = recorder.steps();
  content->digest = ledger.list_files(made->id).value().front().digest;
  draft.edits.push_back(std::move(edit));
  after.drafts[made->id] = std::move(draft);
  const Status closed = ledger.close();
  return closed ? std::string() : "close after recovery: " + closed.error().message();
}

}  // namespace

void Cuts::put(const Work& work, const std::vector<Moment>& moments, std::mt19937_64& random,
               const std::string& seed) {
  Disk disk(work.recording.before, honesty_);
  Moment now = 0;
  for (const Moment moment : moments) {
    for (; now < moment; ++now) disk.take(work.recording.steps[now]);
    if (moment < work.recording.steps.size()) ++counts_.before[work.recording.steps[moment].kind];
    put_twice(disk.after_cut(random), work.history, moment, random,
              fmt::format("{}, cut before step {}", seed, moment));
  }
}

void Cuts::put_twice(const Tree& left, const History& history, Moment moment,
                     std::mt19937_64& random, const std::string& where) {
  ++found_.faults;
  const Watch watch(where);
  const std::string folder = folder_.fresh("cut");
  left.write_to(folder);
  Recorder recorder(folder, left);
  Shown shown;
  History after;
  std::string wrong;
  bool opened = false;
  wrong = open_and_look(ledger_in(folder), history, moment, shown, [&](Ledger& ledger) {
    opened = true;
    after = history_from(history, shown);
    const std::string trouble = go_on(ledger, recorder, after);
    if (!trouble.empty()) note(where, trouble);
  });
  const Recording recovery = recorder.end();
  if (!wrong.empty()) return note(where, wrong);
  if (opened) put_again(recovery, after, random, where);
}

// Opens the ledger, mended where that takes it; nothing where there is none, as it may be, or
// where `wrong` says why not.
std::optional<Ledger> Cuts::open(const std::string& path, const History& history, Moment moment,
                                 std::string& wrong) {
  auto ledger = Ledger::open(path, small_options());
  if (!ledger && is_torn_manifest(ledger.error())) {
    ++counts_.mended;
    const auto mended = recover(path, small_options());
    if (!mended) {
      wrong = "recover: " + mended.error().message() + ", after " + ledger.error().message();
      return std::nullopt;
    }
    ledger = Ledger::open(path, small_options());
  }
  if (ledger) return *std::move(ledger);
  if (ledger.error().is<NotFound>() && history.made && *history.made > moment) {
    ++counts_.without;
  } else {
    wrong = fmt::format("open: {}: {}", ledger.error().name(), ledger.error().message());
  }
  return std::nullopt;
}

// Opens the ledger and looks at it; `then` runs if all was right.
std::string Cuts::open_and_look(const std::string& path, const History& history, Moment moment,
                                Shown& shown, const std::function<void(Ledger&)>& then) {
  std::string wrong;
  auto ledger = open(path, history, moment, wrong);
  if (!ledger) return wrong;
  wrong = look(*ledger, history, moment, shown);
  counts_.events += shown.log_size;
  for (const auto& [id, files] : shown.drafts) counts_.in_drafts += files.size();
  if (wrong.empty()) then(*ledger);
  return wrong;
}

void Cuts::put_again(const Recording& recovery, const History& after, std::mt19937_64& random,
                     const std::string& where) {
  ++found_.faults;
  ++counts_.again;
  Disk disk(recovery.before, honesty_);
  const Moment moment =
      std::uniform_int_distribution<std::size_t>(0, recovery.steps.size())(random);
  for (Moment now = 0; now < moment; ++now) disk.take(recovery.steps[now]);
  const std::string folder = folder_.fresh("cut");
  disk.after_cut(random).write_to(folder);
  Shown shown;
  const std::string wrong = open_and_look(ledger_in(folder), after, moment, shown, [](Ledger&) {});
  if (!wrong.empty()) {
    note(fmt::format("{}, and before step {} of what came then", where, moment), wrong);
  }
}

void Cuts::note(const std::string& where, const std::string& wrong) {
  note_wrong(found_, where + ": " + wrong);
}

}  // namespace purser::faults
