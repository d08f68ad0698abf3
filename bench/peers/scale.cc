#include "scale.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "clients.h"
#include "disk_rows.h"
#include "event_codec.h"
#include "figures.h"
#include "grown_ledger.h"
#include "key.h"
#include "ledgers.h"
#include "rocks_database.h"
#include "scratch.h"
#include "scratch_ledger.h"

namespace purser::peers {
namespace {

constexpr std::uint64_t kSmallEvents = 1000;
constexpr int kRebuildsMax = 3;
constexpr char kEventTag = 'e';

struct Sizes {
  int alone;     // promotions that wait for each other, in each session
  int together;  // with many in flight
  int disk;      // to see how many bytes one needs
};

Sizes sizes(const Arguments& arguments) {
  if (arguments.smoke) return {20, 200, 2000};
  return {4000, 50'000, static_cast<int>(std::min<std::uint64_t>(arguments.scale / 10, 1'000'000))};
}

struct Sessions {
  std::vector<Session> small;
  std::vector<Session> large;
};

void tell(const char* size, const Session& session) {
  fmt::print(
      stderr,
      "  {} events: open {:.1f} ms, promote {:.1f} us, in flight {:.2f} us, close {:.1f} ms, "
      "open again {:.1f} ms\n",
      size, session.open_ms, session.promote_us, session.in_flight_us, session.close_ms,
      session.open_again_ms);
}

// Both sizes in every round. The small ledger begins each round with its thousand events; what a
// round adds to the large one is little beside what is there.
Sessions run_sessions(const Scratch& scratch, const Arguments& arguments) {
  const Sizes size = sizes(arguments);
  Sessions sessions;
  for (int round = 0; round < arguments.rounds; ++round) {
    fmt::print(stderr, "round {} of {}\n", round + 1, arguments.rounds);
    const auto use_small = [&] {
      const Scratch place(scratch.path());
      copy_directory(scratch.path() + "/small", place.path() + "/ledger");
      settle_disk(place.path());
      sessions.small.push_back(
          use_grown_ledger(place.path() + "/ledger", size.alone, size.together));
      tell("few", sessions.small.back());
    };
    const auto use_large = [&] {
      settle_disk(scratch.path());
      sessions.large.push_back(
          use_grown_ledger(scratch.path() + "/large", size.alone, size.together));
      tell("many", sessions.large.back());
    };
    if (round % 2 == 0) use_small();
    use_large();
    if (round % 2 == 1) use_small();
  }
  return sessions;
}

// The time that it takes to read and decode every event, and to do nothing with it.
double scan_seconds(const std::string& path, std::uint64_t& events) {
  RocksDatabase database(path + "/db");
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const Clock::time_point start = Clock::now();
  const std::unique_ptr<rocksdb::Iterator> rows(
      database->NewIterator(options, database.family(kLogFamily)));
  events = 0;
  for (rows->Seek(std::string(1, kEventTag)); rows->Valid(); rows->Next()) {
    if (rows->key()[0] != kEventTag) break;
    const Position position{trailing_u64(rows->key().ToStringView())};
    bench::must(decode_event(rows->value().ToStringView(), position));
    ++events;
  }
  check(rows->status(), "scan");
  return seconds_since(start);
}

double rebuild_seconds(const std::string& path) {
  Ledger ledger = open_ledger(path);
  settle_process();
  const Clock::time_point start = Clock::now();
  bench::must(ledger.rebuild());
  const double seconds = seconds_since(start);
  bench::must(ledger.close());
  return seconds;
}

struct Rebuilds {
  std::uint64_t events = 0;
  std::vector<double> scan;
  std::vector<double> rebuild;
};

Rebuilds run_rebuilds(const std::string& path, const Arguments& arguments) {
  Rebuilds rebuilds;
  for (int i = 0; i < std::min(arguments.rounds, kRebuildsMax); ++i) {
    rebuilds.scan.push_back(scan_seconds(path, rebuilds.events));
    rebuilds.rebuild.push_back(rebuild_seconds(path));
    fmt::print(stderr, "  scan {:.2f} s, rebuild {:.2f} s\n", rebuilds.scan.back(),
               rebuilds.rebuild.back());
  }
  return rebuilds;
}

const char* row_name(char tag) {
  switch (tag) {
    case 'e': return "event";
    case 'P': return "pointer";
    case 'A': return "activation";
    case 'M': return "Merkle tree";
    default: return "other";
  }
}

constexpr double kBytesShown = 0.1;  // what is less of a promotion is not told apart

// A ledger that holds little but promotions, compacted.
void print_disk_bytes(const Scratch& scratch, const Arguments& arguments) {
  const int count = sizes(arguments).disk;
  const std::string path = scratch.path() + "/small";
  use_grown_ledger(path, 1, count);
  RocksDatabase database(path + "/db");
  database.compact();
  fmt::print(
      "\nBytes of a promotion on disk, from {} promotions after a full compaction. A key and a "
      "value\n"
      "are what is written; in the tables keys share their beginnings and blocks are compressed. "
      "The\n"
      "total has indexes and all else that is in the tables.\n\n"
      "| row | a promotion | key | value | on disk |\n|---|---|---|---|---|\n",
      count);
  const auto promotions = static_cast<double>(count);
  for (const RowKind& kind : row_kinds(database)) {
    const auto rows = static_cast<double>(kind.rows);
    const double disk_bytes = static_cast<double>(kind.disk_bytes) / promotions;
    if (disk_bytes < kBytesShown) continue;
    fmt::print("| `{}` {} | {:.2f} | {:.1f} | {:.1f} | {:.1f} |\n", kind.tag, row_name(kind.tag),
               rows / promotions, static_cast<double>(kind.key_bytes) / rows,
               static_cast<double>(kind.value_bytes) / rows, disk_bytes);
  }
  fmt::print("| all tables | | | | **{:.1f}** |\n",
             static_cast<double>(table_bytes(database)) / promotions);
}

template <class Value>
std::vector<double> of_each(const std::vector<Session>& sessions, Value Session::*member) {
  std::vector<double> values;
  values.reserve(sessions.size());
  for (const Session& session : sessions) values.push_back(session.*member);
  return values;
}

std::vector<double> ratios(const std::vector<double>& over, const std::vector<double>& under) {
  std::vector<double> values;
  for (std::size_t i = 0; i < over.size(); ++i) values.push_back(over[i] / under[i]);
  return values;
}

void print_costs(const Sessions& sessions, const Rebuilds& rebuilds) {
  fmt::print("| | {} events | {} events |\n|---|---|---|\n", kSmallEvents,
             short_number(static_cast<double>(rebuilds.events)));
  const auto row = [&](const char* what, const char* unit, double Session::*member) {
    fmt::print("| {} | {} {} | {} {} |\n", what,
               short_number(median(of_each(sessions.small, member))), unit,
               short_number(median(of_each(sessions.large, member))), unit);
  };
  row("`promote`, one thread", "µs", &Session::promote_us);
  row("a promotion, 256 in flight", "µs", &Session::in_flight_us);
  row("`Ledger::open`, after a session and a clean close", "ms", &Session::open_ms);
  row("`Ledger::close` of that session", "ms", &Session::close_ms);
  row("`Ledger::open` again, nothing written since", "ms", &Session::open_again_ms);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "| scan and decode of every event | | {} s |\n| `rebuild` | | {} s |\n"
      "| most memory of the process | | {} MiB |\n",
      short_number(median(rebuilds.scan)), short_number(median(rebuilds.rebuild)),
      usage.ru_maxrss / 1024);
}

void print_scale_figures(const Sessions& sessions, const Rebuilds& rebuilds) {
  const auto of = [](const std::vector<Session>& all, double Session::*member) {
    return of_each(all, member);
  };
  std::vector<double> rates;
  rates.reserve(rebuilds.rebuild.size());
  for (const double seconds : rebuilds.rebuild) {
    rates.push_back(static_cast<double>(rebuilds.events) / seconds);
  }
  const std::string many = short_number(static_cast<double>(rebuilds.events));
  print_figures({
      {"`promote` at " + many + " events against at 1000, time", "≤ 1.2 ×", 1.2, true, " ×",
       ratios(of(sessions.large, &Session::promote_us), of(sessions.small, &Session::promote_us))},
      {"the same with 256 in flight", "≤ 1.2 ×", 1.2, true, " ×",
       ratios(of(sessions.large, &Session::in_flight_us),
              of(sessions.small, &Session::in_flight_us))},
      {"open at " + many + " events, after a session and a clean close", "≤ 250 ms", 250, true,
       " ms", of(sessions.large, &Session::open_ms)},
      {"rebuild, events a second", "≥ 600k", 600'000, false, "", rates},
      {"rebuild against scan and decode, time", "≤ 4 ×", 4, true, " ×",
       ratios(rebuilds.rebuild, rebuilds.scan)},
  });
}

}  // namespace

void run_scale(const Arguments& arguments) {
  const Scratch scratch(arguments.directory);
  make_grown_ledger(scratch.path() + "/small", kSmallEvents);
  fmt::print(stderr, "making a ledger of {} events\n", arguments.scale);
  const Clock::time_point start = Clock::now();
  make_grown_ledger(scratch.path() + "/large", arguments.scale);
  fmt::print(stderr, "  {:.1f} s\n", seconds_since(start));
  const Sessions sessions = run_sessions(scratch, arguments);
  const Rebuilds rebuilds = run_rebuilds(scratch.path() + "/large", arguments);
  fmt::print("\nA session opens the ledger, promotes and closes it; medians of {} sessions.\n\n",
             sessions.large.size());
  print_costs(sessions, rebuilds);
  print_disk_bytes(scratch, arguments);
  fmt::print("\n");
  print_scale_figures(sessions, rebuilds);
}

}  // namespace purser::peers
