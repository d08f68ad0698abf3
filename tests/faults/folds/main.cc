// faults_folds: a rebuild of a user's projection beside full load, cancelled at random points.
//
// The log has 10,000 events for each fault. Two threads keep promotions in flight, one thread looks
// at the rows in the writing handle and one in a handle that only reads; rows say of themselves
// whether they are of one position. After the last fault a rebuild that nobody cancels must end.
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "../folder.h"
#include "../run.h"
#include "purser/ledger.h"
#include "support/counting_fold.h"

namespace purser::faults {
namespace {

constexpr std::uint64_t kEventsPerFault = 10'000;
constexpr std::size_t kInFlight = 256;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return *std::move(result);
}
void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message());
}

class Trial {
 public:
  Trial(const Run& run, Found& found) : run_(run), found_(found), folder_("folds", run.dir) {
    options_.projections = {counting()};
    if (run.mutant == "forgets-an-event") options_.projections[0].fold = forget_one;
    options_.in_flight_max = kInFlight;
    path_ = folder_.path() + "/ledger";
    static_cast<void>(must(Ledger::init(path_, options_)));
    ledger_.emplace(must(Ledger::open(path_, options_)));
  }

  void go() {
    fill();
    std::vector<std::thread> threads;
    for (const char* owner : {"a", "b"}) threads.emplace_back([this, owner] { load(owner); });
    threads.emplace_back([this] { look(); });
    threads.emplace_back([this] { look_beside(); });
    cancel_many();
    done_ = true;
    for (std::thread& thread : threads) thread.join();
    note("at the end", look_at(*ledger_));
    if (!must(ledger_->verify({true, false})).is_whole()) note("verify", "it finds differences");
    found_.figures = fmt::format(
        "{} events at first, {} at the end; {} looks, {} of them beside; {} rebuilds ended before "
        "they were cancelled; the last took {:.2f} s",
        first_, must(ledger_->stats()).log_size.value, looks_.load(), looks_beside_.load(), ended_,
        last_seconds_);
  }

 private:
  // Seeded: an event in the middle of the log does not count.
  static Status forget_one(const Event& event, FoldRows& rows) {
    return event.position.value == kEventsPerFault ? Status() : count_event(event, rows);
  }

  void fill() {
    const std::vector<Command> commands(1000, Create{"filler", {}});
    first_ = std::max<std::uint64_t>(run_.count, 1) * kEventsPerFault;
    for (std::uint64_t made = 0; made < first_; made += commands.size()) {
      static_cast<void>(must(ledger_->apply(commands)));
    }
  }

  // Moves a pointer to and fro with many promotions in flight.
  void load(const std::string& owner) {
    DeploymentId ids[2];
    for (DeploymentId& id : ids) {
      id = must(ledger_->create(owner)).id;
      must(ledger_->mark_ready_external(id, "s3://x", 1));
    }
    for (std::size_t turn = 0; !done_; ++turn) {
      ledger_->submit(Promote{owner, ids[turn % 2], {}}, {}, [](const Result<Answer>&) {});
    }
  }

  static std::string look_at(const Ledger& ledger) {
    std::string wrong;
    const Status looked =
        ledger.look_at_projection("counting", [&](const ProjectionRows& rows) -> Status {
          wrong = wrong_with_counts(rows);
          return {};
        });
    return looked ? wrong : looked.error().message();
  }
  void look() {
    for (; !done_; ++looks_, rest()) note("in the handle that writes", look_at(*ledger_));
  }
  void look_beside() {
    Options options = options_;
    options.read_only = true;
    Ledger reader = must(Ledger::open(path_, options));
    for (; !done_; ++looks_beside_, ++looks_, rest()) {
      must(reader.refresh());
      note("in a handle that reads", look_at(reader));
    }
  }

  // Looks often, and leaves the processor to what is looked at.
  static void rest() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

  void cancel_many() {
    std::mt19937_64 random = run_.random();
    std::uint32_t build = 1;
    for (; found_.faults < run_.count; ++found_.faults) {
      const std::uint64_t until = random() % first_;
      const auto rebuilt = ledger_->rebuild_projection(
          "counting", [&](const Progress& progress) { return progress.files < until; });
      if (rebuilt) ++ended_;
      if (rebuilt) ++build;
      if (!rebuilt && !rebuilt.error().is<Cancelled>()) note("rebuild", rebuilt.error().message());
      expect_build(build);
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto rebuilt = ledger_->rebuild_projection("counting");
    const auto took = std::chrono::steady_clock::now() - begin;
    last_seconds_ = std::chrono::duration<double>(took).count();
    if (!rebuilt) note("the last rebuild", rebuilt.error().message());
    expect_build(build + 1);
  }

  void expect_build(std::uint32_t build) {
    const std::uint32_t in_use = must(ledger_->stats()).user_projections.at(0).build;
    if (in_use != build) note("build", fmt::format("{} is in use, not {}", in_use, build));
  }

  void note(const std::string& where, const std::string& wrong) {
    if (wrong.empty()) return;
    const std::lock_guard lock(mutex_);
    note_wrong(found_, where + ": " + wrong);
  }

  const Run& run_;
  Found& found_;
  const Folder folder_;
  std::string path_;
  Options options_;
  std::optional<Ledger> ledger_;
  std::atomic<bool> done_{false};
  std::atomic<std::uint64_t> looks_{0};
  std::atomic<std::uint64_t> looks_beside_{0};
  std::uint64_t first_ = 0;
  std::uint64_t ended_ = 0;
  double last_seconds_ = 0;
  std::mutex mutex_;  // guards what was found
};

Found look(const Run& run) {
  Found found;
  Trial(run, found).go();
  return found;
}

}  // namespace
}  // namespace purser::faults

int main(int argc, char** argv) {
  return purser::faults::run_faults(
      argc, argv, "a cancelled rebuild of a user's projection leaves rows of one position", 100,
      {"forgets-an-event"}, purser::faults::look);
}
