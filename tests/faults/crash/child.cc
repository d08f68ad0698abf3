// The process that is killed.
#include "child.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "worker.h"

namespace purser::faults {
namespace {

constexpr std::uint64_t kClosingAfterUsMax = 8'000;

std::int64_t now_us() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

void tell(const Message& message) {
  // A message is written as a whole, see message.h; who cannot tell has nobody to work for.
  if (::write(kTellFd, &message, sizeof message) != sizeof message) ::_exit(3);
}

Hand make_hand(Ledger& ledger, const ChildTask& task, std::uint64_t thread) {
  return Hand(ledger, task.trees, task.first + thread * kTicketsOfThread, tell, task.early);
}

std::vector<Message> read_retries() {
  std::vector<Message> retries;
  Message message;
  while (::read(STDIN_FILENO, &message, sizeof message) == sizeof message) {
    retries.push_back(message);
  }
  return retries;
}

// What was being built when the process before this one died: each goes to one thread.
std::vector<std::uint64_t> drafts_of(const Ledger& ledger, std::uint64_t thread) {
  std::vector<std::uint64_t> drafts;
  for (const char* owner : kOwners) {
    const auto page = ledger.list(owner, {DeploymentStatus::building, {}, {}}, {20, {}});
    if (!page) continue;
    for (const Deployment& one : page->items) {
      if (one.id.value % kThreads == thread) drafts.push_back(one.id.value);
    }
  }
  return drafts;
}

bool say_opened(const Ledger& ledger, const Hand& hand, Shared& shared) {
  const auto stats = ledger.stats();
  const auto root = stats ? ledger.root(stats->log_size) : Result<Digest>(Digest());
  if (!stats || !root) {
    hand.say(Said::wrong, stats ? root.error().message() : stats.error().message());
    return false;
  }
  shared.last_id = stats->last_deployment.value;
  hand.say_log(Said::opened, stats->log_size, *root);
  return true;
}

int work_all(Ledger& ledger, const ChildTask& task, const std::vector<Message>& retries) {
  Shared shared{ledger, task.key};
  const Hand hand = make_hand(ledger, task, kThreads);
  if (!say_opened(ledger, hand, shared)) return 1;
  std::vector<std::vector<std::uint64_t>> drafts;  // before anybody makes others
  for (std::uint64_t i = 0; i < kThreads; ++i) drafts.push_back(drafts_of(ledger, i));
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < kThreads; ++i) {
    std::vector<Message> own;
    for (std::size_t at = i; i > 0 && at <= retries.size(); at += kThreads - 1) {
      own.push_back(retries[at - 1]);
    }
    threads.emplace_back([&, i, own = std::move(own)] {
      Worker worker(shared, make_hand(ledger, task, i), task.seed + i, drafts[i]);
      const bool focuses =
          i == 0 && task.focus >= Said::rebuilding && task.focus <= Said::verifying;
      focuses ? worker.work_on(task.focus) : worker.work(own);
    });
  }
  if (task.focus == Said::closing) {
    const std::chrono::microseconds after(task.seed % kClosingAfterUsMax);
    std::this_thread::sleep_for(after);
    shared.stop = true;
  }
  for (std::thread& thread : threads) thread.join();
  hand.say(Said::closing);
  if (const Status closed = ledger.close(); !closed) {
    hand.say(Said::wrong, closed.error().message());
  }
  hand.say(Said::closed);
  return 0;
}

Message simply(Said said) {
  Message message;
  message.said = said;
  return message;
}

int fail(const Error& error) {
  Message message = simply(Said::wrong);
  message.put_text(error.message());
  tell(message);
  return 1;
}

}  // namespace

Options small_options() {
  Options options;
  options.pack_bytes_max = 1u << 20;
  options.rebuild_memory_bytes = 1u << 20;
  options.block_cache_bytes = 1u << 20;
  options.memory_heads_max = 64;
  options.compression_level = 1;
  options.clock = [now = now_us()] { return Timestamp{now}; };
  return options;
}

std::vector<std::string> words_of(const ChildTask& task) {
  return {task.directory,
          task.trees,
          task.key,
          std::to_string(task.seed),
          std::to_string(task.first),
          std::to_string(static_cast<int>(task.focus)),
          task.make ? "make" : "open",
          task.early ? "early" : "late"};
}

ChildTask task_of(const std::vector<std::string>& words) {
  ChildTask task;
  task.directory = words.at(0);
  task.trees = words.at(1);
  task.key = words.at(2);
  task.seed = std::stoull(words.at(3));
  task.first = std::stoull(words.at(4));
  task.focus = static_cast<Said>(std::stoi(words.at(5)));
  task.make = words.at(6) == "make";
  task.early = words.at(7) == "early";
  return task;
}

int run_child(const ChildTask& task) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody is left behind
  const std::vector<Message> retries = read_retries();
  if (task.make) {
    tell(simply(Said::making));
    const auto made = Ledger::init(task.directory, small_options());
    if (!made) return fail(made.error());
    tell(simply(Said::made));
  }
  tell(simply(Said::opening));
  auto ledger = Ledger::open(task.directory, small_options());
  if (!ledger) return fail(ledger.error());
  return work_all(*ledger, task, retries);
}

}  // namespace purser::faults
