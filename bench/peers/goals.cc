#include "goals.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace purser::peers {
namespace {

using Figures = std::vector<Figure>;

std::vector<double> ratios(const std::vector<Round>& rounds, const Run& run, const Run& peer) {
  return in_rounds(rounds, [&](const Round& round) {
    return round.at(run).per_second / round.at(peer).per_second;
  });
}

/// A ratio that has to be at least `bound`.
void add_ratio(Figures& figures, const std::vector<Round>& rounds, const std::string& what,
               double bound, const Run& run, const Run& peer) {
  figures.push_back(
      {what, fmt::format("≥ {} ×", bound), bound, false, " ×", ratios(rounds, run, peer)});
}

void add_sql(Figures& figures, const std::vector<Round>& rounds) {
  struct Floor {
    int clients;
    double wal;
    double postgres;
  };
  const bool with_postgres = rounds.front().contains({kPostgres, 1});
  for (const Floor& floor : {Floor{1, 1.0, 2.5}, Floor{16, 4, 4}, Floor{64, 8, 8}}) {
    const Run run{kPurser, floor.clients};
    const std::string what = fmt::format("`promote`, {} thread{}, against ", floor.clients,
                                         floor.clients == 1 ? "" : "s");
    add_ratio(figures, rounds, what + "SQLite WAL", floor.wal, run, {kWal, floor.clients});
    if (!with_postgres) continue;
    add_ratio(figures, rounds, what + "PostgreSQL", floor.postgres, run,
              {kPostgres, floor.clients});
  }
  const auto p99 = in_rounds(rounds, [&](const Round& round) {
    double best = round.at({kWal, 64}).p99_us;
    if (with_postgres) best = std::min(best, round.at({kPostgres, 64}).p99_us);
    return round.at({kPurser, 64}).p99_us / best;
  });
  figures.push_back(
      {"p99 latency, 64 threads, against the better of the two", "≤ 0.5 ×", 0.5, true, " ×", p99});
}

void add_rocks(Figures& figures, const std::vector<Round>& rounds) {
  for (const int clients : {16, 64}) {
    add_ratio(figures, rounds,
              fmt::format("`promote`, {} threads, against RocksDB's `Write(sync)`", clients), 1.1,
              {kPurser, clients}, {kRocks, clients});
  }
}

void add_many(Figures& figures, const std::vector<Round>& rounds) {
  struct Way {
    std::string_view name;
    const char* what;
  };
  for (const Way& way :
       {Way{kInFlight, "one thread, 256 in flight"}, Way{kApply, "one thread, batches of 256"}}) {
    const Run run{way.name, 1};
    const auto rate = in_rounds(rounds, [&](const Round& r) { return r.at(run).per_second; });
    figures.push_back(
        {fmt::format("{}, promotions/s", way.what), "≥ 100k", 100'000, false, "", rate});
    add_ratio(figures, rounds, fmt::format("{}, against RocksDB's batches", way.what), 0.6, run,
              {kRocksMany, 1});
  }
}

void add_reads(Figures& figures, const std::vector<Round>& rounds) {
  const auto against_get = in_rounds(rounds, [](const Round& round) {
    return round.at({kActive, 1}).per_second /
           std::max(round.at({kGetMemory, 1}).per_second, round.at({kGetTables, 1}).per_second);
  });
  figures.push_back({"`active()` against the faster `Get`", "≥ 5 ×", 5, false, " ×", against_get});
  const Run alone{kActive, 1};
  add_ratio(figures, rounds, "`active()` against SQLite's `SELECT`", 15, alone, {kSelect, 1});
  add_ratio(figures, rounds, "`active()` beside a thread that promotes, against alone", 0.8,
            {kActivePromotes, 1}, alone);
  add_ratio(figures, rounds,
            "`active()` beside a thread that promotes, against beside the append loop", 0.95,
            {kActivePromotes, 1}, {kActiveAppend, 1});
  add_ratio(figures, rounds, "`active()` beside a thread with 256 in flight, against alone", 0.8,
            {kActiveInFlight, 1}, alone);
}

}  // namespace

std::vector<Figure> goals(const std::vector<Round>& rounds) {
  Figures figures;
  add_ratio(figures, rounds, "`promote`, 1 thread, against append + fdatasync, growing file", 0.75,
            {kPurser, 1}, {kAppend, 1});
  add_sql(figures, rounds);
  add_rocks(figures, rounds);
  add_many(figures, rounds);
  add_reads(figures, rounds);
  return figures;
}

}  // namespace purser::peers
