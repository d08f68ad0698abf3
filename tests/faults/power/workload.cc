#include "faults/power/workload.h"

#include <thread>
#include <utility>
#include <vector>

namespace purser::faults {
namespace {

// What goes over the whole ledger, beside the workers or after them.
void upkeep(Ledger& ledger, Notes& notes, int session) {
  const auto check = [&](const char* what, const auto& result) {
    if (!result) notes.wrong(what, result.error());
  };
  switch (session % 3) {
    case 0: check("collect", ledger.collect({.dead_share = 0.01})); break;
    case 1: check("rebuild", ledger.rebuild()); break;
    default: check("rebuild_index", ledger.rebuild_index()); break;
  }
}

void one_session(Ledger& ledger, Notes& notes, const Load& load, int session,
                 std::mt19937_64& random) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(load.threads));
  for (int i = 0; i < load.threads; ++i) {
    threads.emplace_back([&, seed = random()] { Worker(ledger, notes, load, seed).run(); });
  }
  const bool beside = random() % 2 == 0;
  if (beside) upkeep(ledger, notes, session);
  for (std::thread& thread : threads) thread.join();
  if (!beside) upkeep(ledger, notes, session);
}

Status all_sessions(const std::string& path, Notes& notes, const Load& load,
                    std::mt19937_64& random) {
  const Moment begun = notes.begin();
  if (const auto made = Ledger::init(path, small_options()); !made) return made.error();
  notes.history.made = notes.acknowledge(begun);
  for (int session = 0; session < load.sessions; ++session) {
    auto ledger = Ledger::open(path, small_options());
    if (!ledger) return ledger.error();
    one_session(*ledger, notes, load, session, random);
    if (Status closed = ledger->close(); !closed) return closed;
  }
  return {};
}

// All events, in the order of the log.
Status read_events(const std::string& path, std::vector<std::string>& events) {
  Options options = small_options();
  options.read_only = true;
  const auto ledger = Ledger::open(path, options);
  if (!ledger) return ledger.error();
  const auto stats = ledger->stats();
  if (!stats) return stats.error();
  for (std::uint64_t at = 1; at <= stats->log_size.value; ++at) {
    const auto stored = ledger->stored_event(Position{at});
    if (!stored) return stored.error();
    events.push_back(*stored);
  }
  return {};
}

}  // namespace

std::string ledger_in(const std::string& folder) { return folder + "/ledger"; }

Options small_options() {
  Options options;
  options.pack_bytes_max = std::uint64_t{1} << 20;
  options.block_cache_bytes = std::size_t{1} << 20;
  options.rebuild_memory_bytes = std::size_t{1} << 20;
  return options;
}

Work work(const std::string& folder, const Load& load, std::mt19937_64& random,
          bool acknowledge_early) {
  Recorder recorder(folder, Tree{{Node{.is_folder = true}}});
  Notes notes(recorder, acknowledge_early);
  Status status = all_sessions(ledger_in(folder), notes, load, random);
  Work work;
  work.recording = recorder.end();
  if (status) status = read_events(ledger_in(folder), notes.history.events);
  if (!status) notes.wrong("run", status.error());
  work.history = std::move(notes.history);
  work.wrong = std::move(notes.first_wrong);
  return work;
}

}  // namespace purser::faults
