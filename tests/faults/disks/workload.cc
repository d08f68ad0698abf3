// Three teams that deploy, one caretaker that prunes, collects and rebuilds.
#include "faults/disks/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <thread>

namespace purser::faults {
namespace {

constexpr int kTeams = 3;
constexpr std::uint64_t kFilesMax = 4;
constexpr std::size_t kFileBytesMax = 40'000;

class Team {
 public:
  Team(Ledger& ledger, Acks& acks, std::string owner, const WorkloadOptions& options, int session)
      : ledger_(ledger),
        acks_(acks),
        owner_(std::move(owner)),
        acks_too_early_(options.acks_too_early),
        random_(options.seed * 1000 + static_cast<std::uint64_t>(session) * 10 + owner_.back()) {}

  void work(int rounds) {
    for (int round = 0; round < rounds; ++round) deploy();
  }

 private:
  // Runs a command and notes the event that it has written.
  template <class Call>
  auto done(const Call& call) {
    const std::uint64_t before = acks_.log_entries;
    auto answer = call().value();
    Ack ack;
    ack.log_entries = acks_too_early_ ? before : acks_.log_entries.load();
    if (answer.receipt.position) ack.number = answer.receipt.position->value;
    acks_.add(ack);
    return answer;
  }

  void store(DeploymentId id, std::uint64_t file) {
    ledger_.store(id, path_of(file), bytes_of(id, file)).value();
    acks_.add({acks_.log_entries, Ack::Kind::file, id.value, file});
  }

  void deploy() {
    const DeploymentId id = done([&] { return ledger_.create(owner_); }).id;
    const std::uint64_t files = 1 + random_() % kFilesMax;
    for (std::uint64_t file = 0; file < files; ++file) store(id, file);
    const std::uint64_t turn = random_() % 8;
    if (turn == 0) return;  // stays a draft
    if (turn == 1) {
      done([&] { return ledger_.mark_failed(id, "build_failed", "exit status 1"); });
      return;
    }
    done([&] { return ledger_.mark_ready(id); });
    done([&] { return ledger_.promote(owner_, id); });
    if (turn == 2) done([&] { return ledger_.clear(owner_); });
    if (turn == 3) done([&] { return ledger_.mark_bad(id); });
  }

  Ledger& ledger_;
  Acks& acks_;
  const std::string owner_;
  const bool acks_too_early_;
  std::mt19937_64 random_;
};

void take_care(Ledger& ledger, int session) {
  PrunePolicy policy;
  policy.keep_newest = 3;
  for (int team = 0; team < kTeams; ++team) {
    ledger.prune(fmt::format("team:{}", team), policy).value();
  }
  ledger.collect().value();
  if (session % 2 == 1) ledger.rebuild().value();
}

void run_session(const std::string& path, const WorkloadOptions& options, int session, Acks& acks) {
  Options opening;
  opening.pack_bytes_max = std::uint64_t{1} << 20;
  Ledger ledger = Ledger::open(path, opening).value();
  std::vector<std::jthread> threads;
  threads.reserve(kTeams);
  for (int number = 0; number < kTeams; ++number) {
    threads.emplace_back([&, number] {
      Team team(ledger, acks, fmt::format("team:{}", number), options, session);
      team.work(options.rounds);
    });
  }
  threads.emplace_back([&] { take_care(ledger, session); });
  threads.clear();  // waits
  ledger.close().value();
}

}  // namespace

void run_workload(const std::string& path, const WorkloadOptions& options, Acks& acks) {
  Ledger::init(path).value();
  for (int session = 0; session < options.sessions; ++session) {
    run_session(path, options, session, acks);
  }
}

std::string path_of(std::uint64_t file) { return fmt::format("files/{}.bin", file); }

// Every other file shares its beginning with those of other deployments, as builds do.
std::string bytes_of(DeploymentId id, std::uint64_t file) {
  std::mt19937_64 random(file % 2 == 0 ? file : id.value * kFilesMax + file);
  std::string bytes(1 + random() % kFileBytesMax, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() % 64);
  return bytes + std::to_string(id.value);
}

std::vector<std::string> all_stored(const Ledger& ledger) {
  const Position size = ledger.stats().value().log_size;
  std::vector<std::string> stored;
  for (Position at{1}; at <= size; ++at.value) {
    stored.push_back(ledger.stored_event(at).value());
  }
  return stored;
}

}  // namespace purser::faults
