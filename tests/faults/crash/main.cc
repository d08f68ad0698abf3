// faults_crash: kills a process that works on a ledger, again and again, and wants to find after
// each kill what it acknowledged.
//
// This program starts itself, as `faults_crash child WORDS...`, to be that process (child.h). It
// tells through a pipe what it is about to do and what was answered (message.h). After a kill
// either the next process opens the ledger at once, or this one does, first only for reading; then
// the log, the projections and the files are compared with what was told (oracle.h). A ledger lives
// for some kills and is then verified as a whole; the first kills of each come while it is made.
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "faults/run.h"
#include "hand.h"
#include "life.h"
#include "oracle.h"
#include "support/first_finding.h"
#include "support/scale.h"

namespace purser::faults {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kKillsOfLedger = 20;  // on average
constexpr std::size_t kSample = 4;            // deployments read again after each kill

// Where a process is when it is killed, after how many answers and how much time at most.
struct Focus {
  Said said;
  std::uint64_t answers_max;
  std::uint64_t after_us_max;
};
constexpr Focus kFocuses[] = {
    {Said::opened, 300, 1'000},    {Said::opened, 20, 1'000},     {Said::opening, 0, 12'000},
    {Said::rebuilding, 20, 8'000}, {Said::collecting, 20, 6'000}, {Said::repacking, 20, 8'000},
    {Said::pruning, 20, 2'000},    {Said::signing, 20, 1'000},    {Said::verifying, 20, 4'000},
    {Said::closing, 0, 4'000},
};

class Campaign {
 public:
  Campaign(const Run& run, Found& found)
      : run_(run),
        found_(found),
        random_(run.random()),
        folder_(run.dir + "/faults_crash." + std::to_string(::getpid())) {
    oracle_.emplace(found_, counted_);
    fs::remove_all(folder_);
    write_trees(folder_ + "/trees");
  }

  void go() {
    while (found_.faults < run_.count && found_.wrong == 0) one_life();
    if (found_.wrong == 0 && made_) end_ledger();
    if (found_.wrong == 0 || !run_.mutant.empty()) fs::remove_all(folder_);
    if (found_.wrong > 0) found_.first_wrong += fmt::format(" ({})", where_);
    found_.figures = figures();
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  [[nodiscard]] std::string directory() const { return fmt::format("{}/{}", folder_, ledger_); }
  [[nodiscard]] std::string key() const { return directory() + ".key"; }

  void one_life() {
    if (made_ && one_in(kKillsOfLedger)) end_ledger();
    ChildTask task{directory(),
                   folder_ + "/trees",
                   has_key_ ? key() : "",
                   random_(),
                   next_life(),
                   Said::opened,
                   !made_,
                   run_.mutant == "acknowledgement before the commit"};
    Plan plan = draw_plan();
    task.focus = plan.when;
    if (!made_ && one_in(2)) plan = {Said::making, 0, microseconds(below(30'000))};
    where_ = fmt::format("kill {}, ledger {}, at {}", found_.faults + 1, directory(),
                         static_cast<int>(plan.when));
    const Life life =
        live("/proc/self/exe", task, made_ ? oracle_->unanswered() : Messages(), plan);
    for (const Message& message : life.told) oracle_->hear(message);
    oracle_->life_over();
    if (!life.trouble.empty()) note_wrong(found_, life.trouble);
    ++lives_;
    if (life.killed) ++found_.faults, ++kills_[plan.when];
    if (!made_) look_whether_made(life);
    if (found_.wrong == 0 && made_ && one_in(2)) open_here(false);
  }

  using microseconds = std::chrono::microseconds;
  using Messages = std::vector<Message>;

  // In every other one of the phases that take long, the kill comes soon after they begin.
  Plan draw_plan() {
    const Focus focus = kFocuses[below(std::size(kFocuses))];
    const std::uint64_t answers = one_in(2) ? 0 : below(focus.answers_max + 1);
    return {focus.said, answers, microseconds(below(focus.after_us_max))};
  }
  Ticket next_life() { return ++life_ * kTicketsOfLife; }

  // A process that dies while it makes a ledger leaves a whole one, or none.
  void look_whether_made(const Life& life) {
    const bool told = std::any_of(life.told.begin(), life.told.end(), [](const Message& message) {
      return message.said == Said::made;
    });
    const auto opened = Ledger::open(directory(), read_only());
    made_ = opened.has_value();
    if (opened) return;
    if (told) note_wrong(found_, "a ledger was made: " + opened.error().message());
    if (!opened.error().is<NotFound>()) {
      note_wrong(found_, "a ledger that was not made: " + opened.error().message());
    }
    ++unmade_;
    fs::remove_all(directory());
  }

  static Options read_only() {
    Options options = small_options();
    options.read_only = true;
    return options;
  }

  // Reads first, then maybe writes: gives again what got no answer.
  void open_here(bool everything) {
    const std::optional<std::size_t> sample =
        everything ? std::nullopt : std::optional<std::size_t>(kSample);
    const bool quick = !everything && !one_in(10);
    {
      const auto ledger = Ledger::open(directory(), read_only());
      if (!ledger) return note_wrong(found_, "to be read: " + ledger.error().message());
      look_at(*ledger, sample, quick);
    }
    if (found_.wrong > 0 || (!everything && one_in(2))) return;
    auto ledger = Ledger::open(directory(), small_options());
    if (!ledger) return note_wrong(found_, "to be written: " + ledger.error().message());
    Hand hand(*ledger, folder_ + "/trees", next_life(),
              [&](const Message& message) { oracle_->hear(message); });
    for (const Message& intent : oracle_->unanswered()) hand.give(intent, false), ++retries_;
    look_at(*ledger, sample, true);
    if (!has_key_) {
      has_key_ = ledger->make_key(key()).has_value();
      if (!has_key_) return note_wrong(found_, "no key is made");
    }
    if (const Status closed = ledger->close(); !closed) {
      note_wrong(found_, "to be closed: " + closed.error().message());
    }
  }

  void look_at(const Ledger& ledger, std::optional<std::size_t> sample, bool quick) {
    ++opens_;
    oracle_->compare(ledger, random_, sample);
    const auto report = ledger.verify({quick, false});
    if (!report) return note_wrong(found_, "verify: " + report.error().message());
    ++(quick ? quick_ : full_);
    if (report->is_whole()) return;
    note_wrong(found_, first_finding(*report));
  }

  void end_ledger() {
    open_here(true);
    if (found_.wrong > 0) return;
    fs::remove_all(directory());
    oracle_.emplace(found_, counted_);
    ++ledger_;
    made_ = has_key_ = false;
  }

  [[nodiscard]] std::string figures() const {
    std::string words = fmt::format(
        "{} ledgers, {} of them killed before they were made, {} lives; acknowledged: {} commands, "
        "{} edits; under way at a kill: {} committed, {} absent, {} given again here; {} opens "
        "compared, {} events, {} times the files of a deployment, {} verified quickly, {} fully; "
        "kills by phase:",
        ledger_, unmade_, lives_, counted_.commands, counted_.edits, counted_.committed,
        counted_.absent, retries_, opens_, counted_.events, counted_.read_back, quick_, full_);
    static constexpr const char* kNames[] = {"making",     "opening", "running", "rebuild",
                                             "collection", "repack",  "prune",   "signing",
                                             "verify",     "closing"};
    for (const auto& [said, count] : kills_) {
      words += fmt::format(" {} {}", kNames[static_cast<std::size_t>(said)], count);
    }
    return words;
  }

  const Run& run_;
  Found& found_;
  std::mt19937_64 random_;
  Counted counted_;
  std::optional<Oracle> oracle_;
  const std::string folder_;
  std::string where_;
  std::uint64_t ledger_ = 1;
  Ticket life_ = 0;
  bool made_ = false;
  bool has_key_ = false;
  std::uint64_t lives_ = 0;
  std::uint64_t unmade_ = 0;
  std::uint64_t opens_ = 0;
  std::uint64_t retries_ = 0;
  std::uint64_t quick_ = 0;
  std::uint64_t full_ = 0;
  std::map<Said, std::uint64_t> kills_;
};

Found look(const Run& run) {
  ::signal(SIGPIPE, SIG_IGN);  // a process may die before it has read what is to be retried
  Found found;
  Campaign(run, found).go();
  return found;
}

int run(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "child") {
    return run_child(task_of({argv + 2, argv + argc}));
  }
  return run_faults(argc, argv, "what was acknowledged survives a kill", scaled(200),
                    {"acknowledgement before the commit"}, look);
}

}  // namespace
}  // namespace purser::faults

#if defined(__SANITIZE_THREAD__)
// Else a race would be told and then forgotten with the process that is killed.
extern "C" const char* __tsan_default_options() { return "halt_on_error=1"; }  // NOLINT
#endif

int main(int argc, char** argv) { return purser::faults::run(argc, argv); }
