// The mixed load: 64 threads.
#include "traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace purser::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kOwners = 16;
constexpr std::uint64_t kRecent = 200;  // deployments that are asked for
constexpr std::uint64_t kFileBytesMax = 8'000;
constexpr std::int64_t kNeverActiveUs = 2'000'000;  // then it may be pruned

std::string owner(std::uint64_t number) { return fmt::format("service-{}", number % kOwners); }
std::string channel(std::uint64_t number) { return number % 4 == 0 ? "beta" : "live"; }

// Half of it is alike from one deployment to the next, and so is its compressed form.
std::string content(std::mt19937_64& random) {
  std::string bytes(random() % kFileBytesMax, 'x');
  for (std::size_t i = bytes.size() / 2; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(random() % 64 + 32);
  }
  return bytes;
}

Options options_beside() {
  Options options;
  options.read_only = true;
  options.block_cache_bytes = 1u << 20;
  return options;
}

Timestamp ago(std::int64_t us) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(now).count() - us};
}

}  // namespace

Traffic::Traffic(Ledger& ledger, std::string directory, std::uint64_t seed,
                 std::chrono::milliseconds unit, TrafficCounts& counts)
    : ledger_(ledger), directory_(std::move(directory)), next_seed_(seed), counts_(counts) {
  start(28, 180ms, [this](Random& random) { deploy(random); });
  start(12, 50ms, [this](Random& random) { move(random); });
  start(4, 50ms, [this](Random& random) { mark(random); });
  start(12, 5ms, [this](Random& random) { read(random); });
  start(2, 100ms, [this](Random& random) { look_beside(random); });
  start(1, unit / 2, [this](Random& random) { prune(random); });
  start(1, unit, [this](Random& random) { collect(random); });
  start(1, unit * 4, [this](Random& random) { rebuild(random); });
  for (int i = 0; i < 3; ++i) threads_.emplace_back([this] { follow(); });
}

Traffic::~Traffic() { stop(); }

void Traffic::stop() {
  stop_.request_stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::string Traffic::first_error() const {
  const std::lock_guard lock(mutex_);
  return first_error_;
}

// `pause`: on average.
template <class Step>
void Traffic::start(int threads, std::chrono::milliseconds pause, Step step) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, pause, step, seed = next_seed_++] {
      Random random(seed);
      const auto most_us = static_cast<std::uint64_t>(pause.count()) * 2'000 + 1;
      while (!stop_.stop_requested()) {
        auto left = std::chrono::microseconds(random() % most_us);
        for (; left > 50ms && !stop_.stop_requested(); left -= 50ms) {
          std::this_thread::sleep_for(50ms);
        }
        std::this_thread::sleep_for(std::min<std::chrono::microseconds>(left, 50ms));
        step(random);
      }
    });
  }
}

template <class R>
bool Traffic::answered(const R& result, std::atomic<std::uint64_t>& count) {
  if (result.has_value()) {
    ++count;
    return true;
  }
  const ErrorClass kind = result.error().error_class();
  if (kind == ErrorClass::refused || kind == ErrorClass::not_found) {
    ++counts_.refused;
  } else {
    note_error(fmt::format("{}: {}", result.error().name(), result.error().message()));
  }
  return false;
}

void Traffic::note_error(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (counts_.errors++ == 0) first_error_ = what;
}

DeploymentId Traffic::some_id(Random& random) const {
  const std::uint64_t last = last_id_;
  return {last - std::min(last, random() % kRecent)};
}

// A release, from its creation to its promotion.
void Traffic::deploy(Random& random) {
  const std::string whose = owner(random());
  const auto created = ledger_.create(whose);
  if (!answered(created, counts_.commands)) return;
  std::uint64_t last = last_id_;
  while (last < created->id.value && !last_id_.compare_exchange_weak(last, created->id.value)) {
    continue;
  }
  for (std::uint64_t i = 0; i <= random() % 4; ++i) {
    answered(ledger_.store(created->id, fmt::format("js/{}.js", i), content(random)),
             counts_.commands);
  }
  if (random() % 20 == 0) {
    answered(ledger_.mark_failed(created->id, "broken", "it did not build"), counts_.commands);
    return;
  }
  Context context;
  context.request_id = fmt::format("ready-{}", created->id.value);
  if (!answered(ledger_.mark_ready(created->id, {}, context), counts_.commands)) return;
  answered(ledger_.mark_ready(created->id, {}, context), counts_.commands);  // a retry
  if (random() % 3 > 0) answered(ledger_.promote(whose, created->id), counts_.commands);
}

void Traffic::move(Random& random) {
  const std::string whose = owner(random());
  const std::string where = channel(random());
  const DeploymentId id = some_id(random);
  switch (random() % 8) {
    case 0: answered(ledger_.clear(whose, {where, {}}), counts_.commands); return;
    case 1:
    case 2: answered(ledger_.rollback(whose, {where, 1, {}, false}), counts_.commands); return;
    case 3:
      answered(ledger_.rollback_to(whose, id, {where, {}, false, false}), counts_.commands);
      return;
    case 4: {
      const auto both = ledger_.apply({Promote{whose, id, {where, {}, false, false}},
                                       Promote{whose, id, {"beta", {}, false, false}}});
      answered(both, counts_.commands);
      return;
    }
    default: break;
  }
  const auto deployment = ledger_.get(id);
  if (!answered(deployment, counts_.reads)) return;
  const auto pointer = ledger_.pointer(deployment->owner_key, where);
  if (!answered(pointer, counts_.reads)) return;
  answered(ledger_.promote(deployment->owner_key, id, {where, pointer->generation, false, false}),
           counts_.commands);
}

void Traffic::mark(Random& random) {
  const DeploymentId id = some_id(random);
  switch (random() % 8) {
    case 0: answered(ledger_.pin(id), counts_.commands); return;
    case 1:
    case 2: answered(ledger_.unpin(id), counts_.commands); return;
    case 3: answered(ledger_.mark_bad(id), counts_.commands); return;
    case 4: answered(ledger_.unmark_bad(id), counts_.commands); return;
    case 5: answered(ledger_.delete_artifact(id), counts_.commands); return;
    case 6: answered(ledger_.freeze(owner(random())), counts_.commands); return;
    default:  // nothing stays frozen for long
      for (std::uint64_t i = 0; i < kOwners; ++i) {
        answered(ledger_.unfreeze(owner(i)), counts_.commands);
      }
  }
}

void Traffic::read(Random& random) {
  const std::string whose = owner(random());
  switch (random() % 8) {
    case 0: answered(ledger_.list(whose, {}, {20, {}}), counts_.reads); return;
    case 1: answered(ledger_.activations(whose, "live", {20, {}}), counts_.reads); return;
    case 2:
      answered(ledger_.history({}, {20, {}}, HistoryOrder::newest_first), counts_.reads);
      return;
    case 3: answered(ledger_.stats(), counts_.reads); return;
    case 4: answered(ledger_.root(), counts_.reads); return;
    default: break;
  }
  const auto active = ledger_.active(whose);
  if (!answered(active, counts_.reads) || !*active) return;
  const auto files = ledger_.list_files((*active)->id);
  if (!answered(files, counts_.reads)) return;
  for (const FileEntry& file : *files) {
    answered(ledger_.retrieve((*active)->id, file.path, {0, {}, true}), counts_.reads);
  }
}

void Traffic::look_beside(Random& random) {
  auto beside = Ledger::open(directory_, options_beside());
  if (!answered(beside, counts_.opens)) return;
  for (int i = 0; i < 5; ++i) {
    answered(beside->refresh(), counts_.reads);
    answered(beside->pointer(owner(random())), counts_.reads);
    const auto active = beside->active(owner(random()));
    if (!answered(active, counts_.reads) || !*active) continue;
    const auto files = beside->list_files((*active)->id);
    if (answered(files, counts_.reads) && !files->empty()) {
      answered(beside->retrieve((*active)->id, files->front().path), counts_.reads);
    }
  }
  answered(beside->close(), counts_.reads);
}

void Traffic::prune(Random& random) {
  PrunePolicy policy;
  policy.keep_newest = 5;
  policy.never_active_older_than = ago(kNeverActiveUs);
  const std::uint64_t first = random();
  for (std::uint64_t i = 0; i < kOwners && !stop_.stop_requested(); ++i) {
    const auto report = ledger_.prune(owner(first + i), policy);
    if (!answered(report, counts_.prunes)) continue;
    for (const PruneFailure& failure : report->failed) {
      answered(Status(failure.error), counts_.commands);
    }
  }
}

void Traffic::collect(Random& random) {
  CollectOptions options;
  options.repack = random() % 8 == 0;
  const auto report = ledger_.collect(options);
  if (answered(report, counts_.collections) && report->chunks_missing > 0) {
    note_error(fmt::format("{} chunks are missing", report->chunks_missing));
  }
}

void Traffic::rebuild(Random&) { answered(ledger_.rebuild(), counts_.rebuilds); }

// Every event once, in order.
void Traffic::follow() {
  const auto stats = ledger_.stats();
  if (!answered(stats, counts_.reads)) return;
  Position next{stats->log_size.value + 1};
  const auto deliver = [&](const Event& event) {
    if (event.position != next) note_error("a follower got another event than the next one");
    next = Position{event.position.value + 1};
    ++counts_.followed;
    return true;
  };
  answered(ledger_.follow(next, deliver, stop_.get_token()), counts_.reads);
}

}  // namespace purser::faults
