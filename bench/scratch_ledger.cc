#include "scratch_ledger.h"

#include <stdlib.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace purser::bench {
namespace {

constexpr int kFillThreads = 32;
constexpr int kFilledOwners = 10;
constexpr std::size_t kStampDistance = 4096;  // far below the size of a chunk

std::string make_directory() {
  const char* where = std::getenv("PURSER_BENCH_DIR");
  const std::filesystem::path parent = where != nullptr ? where : ".";
  std::string name = std::filesystem::absolute(parent / "purser-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) fail("mkdtemp " + name, std::strerror(errno));
  return name;
}

}  // namespace

bool tiny() { return std::getenv("PURSER_BENCH_TINY") != nullptr; }

std::uint64_t events_of_long_log() {
  if (tiny()) return 300;
  const char* text = std::getenv("PURSER_BENCH_EVENTS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1'000'000;
}

void fail(std::string_view what, std::string_view why) {
  std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(why.size()), why.data());
  std::exit(1);
}

ScratchLedger::ScratchLedger(Options options)
    : directory_(make_directory()), options_(std::move(options)) {
  options_.actor = "bench";
  must(Ledger::init(path()));
  open();
}

ScratchLedger::~ScratchLedger() {
  ledger_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void ScratchLedger::open(bool read_only) {
  options_.read_only = read_only;
  ledger_ = must(Ledger::open(path(), options_));
}

void ScratchLedger::close() {
  must(ledger_->close());
  ledger_.reset();
}

DeploymentId ready_deployment(Ledger& ledger, std::string_view owner) {
  const DeploymentId id = must(ledger.create(owner)).id;
  must(ledger.mark_ready_external(id, "file:///nowhere", 1));
  return id;
}

void fill(Ledger& ledger, std::uint64_t events) {
  const std::uint64_t have = must(ledger.stats()).log_size.value;
  const std::uint64_t rounds = events > have ? (events - have + 2) / 3 : 0;  // of three events
  std::atomic<std::uint64_t> next = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < kFillThreads; ++i) {
    writers.emplace_back([&] {
      for (std::uint64_t round = next++; round < rounds; round = next++) {
        const std::string owner = "project:" + std::to_string(round % kFilledOwners);
        must(ledger.promote(owner, ready_deployment(ledger, owner)));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
}

void fill_in_batches(Ledger& ledger, std::uint64_t events) {
  constexpr std::uint64_t kDeploymentsAtOnce = 300;
  std::uint64_t size = must(ledger.stats()).log_size.value;
  std::uint64_t id = must(ledger.stats()).last_deployment.value;
  while (size < events) {
    std::vector<Command> commands;
    for (std::uint64_t i = 0; i < kDeploymentsAtOnce && size < events; ++i, size += 3) {
      const std::string owner = "project:" + std::to_string(++id % kFilledOwners);
      commands.emplace_back(Create{owner, {}});
      commands.emplace_back(MarkReadyExternal{DeploymentId{id}, "file:///nowhere", 1});
      commands.emplace_back(Promote{owner, DeploymentId{id}, {}});
    }
    must(ledger.apply(commands));
  }
}

std::string new_bytes(std::size_t size) {
  static std::mt19937_64 random{std::random_device()()};
  static std::string pattern;
  while (pattern.size() < size) {
    const std::uint64_t word = random();
    pattern.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  std::string bytes = pattern.substr(0, size);
  const std::uint64_t stamp = random();
  for (std::size_t at = 0; at + sizeof stamp <= size; at += kStampDistance) {
    std::memcpy(bytes.data() + at, &stamp, sizeof stamp);
  }
  // The last chunk may be as short as it likes.
  if (size >= sizeof stamp) std::memcpy(bytes.data() + size - sizeof stamp, &stamp, sizeof stamp);
  return bytes;
}

}  // namespace purser::bench
