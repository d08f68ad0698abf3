#include "contest.h"

#include <fmt/format.h>
#include <rocksdb/version.h>
#include <sqlite3.h>

#include <algorithm>
#include <set>
#include <string>

#include "figures.h"
#include "goals.h"
#include "lineup.h"
#include "scratch.h"

namespace purser::peers {
namespace {

Sample run_entry(const Entry& entry, const Arguments& arguments) {
  const Scratch scratch(arguments.directory);
  const std::unique_ptr<Subject> subject = entry.make();
  subject->prepare(scratch.path());
  settle_disk(scratch.path());
  const Outcome outcome =
      subject->run(std::min(entry.clients, arguments.clients_max), arguments.seconds);
  Sample sample;
  sample.per_second = static_cast<double>(outcome.operations) / outcome.seconds;
  std::string waits;
  if (!outcome.latencies_us.empty()) {
    sample.p50_us = quantile(outcome.latencies_us, 0.5);
    sample.p99_us = quantile(outcome.latencies_us, 0.99);
    waits = fmt::format("p50 {:>8}  p99 {:>8}", time_text(sample.p50_us), time_text(sample.p99_us));
  }
  fmt::print(stderr, "  {:<54} {:>2}  {:>6}/s  {}\n", entry.name, entry.clients,
             short_number(sample.per_second), waits);
  return sample;
}

// Every round begins each group with another entry, so that nobody always follows the same one.
Round run_round(const std::vector<Group>& groups, const Arguments& arguments, std::size_t number) {
  Round round;
  for (const Group& group : groups) {
    for (std::size_t i = 0; i < group.entries.size(); ++i) {
      const Entry& entry = group.entries[(i + number) % group.entries.size()];
      round[{entry.name, entry.clients}] = run_entry(entry, arguments);
    }
  }
  return round;
}

double median_of(const std::vector<Round>& rounds, const Run& run, double Sample::*member) {
  return median(in_rounds(rounds, [&](const Round& round) { return round.at(run).*member; }));
}

void print_promotions(const std::vector<Round>& rounds, const std::vector<Group>& groups) {
  fmt::print(
      "Durable promotions a second, and what a caller waited at the 99th percentile:\n\n"
      "| | 1 client | 16 | 64 | p99, 1 client | 16 | 64 |\n|---|---|---|---|---|---|---|\n");
  std::set<std::string_view> done;
  for (const Group& group : groups) {
    for (const Entry& entry : group.entries) {
      if (group.reads || !done.insert(entry.name).second) continue;
      std::string rates;
      std::string waits;
      for (const int clients : {1, 16, 64}) {
        const Run run{entry.name, clients};
        const bool ran = rounds.front().contains(run);
        rates += ran ? short_number(median_of(rounds, run, &Sample::per_second)) + " | " : "| ";
        waits += ran ? time_text(median_of(rounds, run, &Sample::p99_us)) + " | " : "| ";
      }
      waits.pop_back();
      fmt::print("| {} | {}{}\n", entry.name, rates, waits);
    }
  }
}

void print_reads(const std::vector<Round>& rounds, const std::vector<Group>& groups) {
  fmt::print("\nReads of what is active, one thread:\n\n| | a second | each |\n|---|---|---|\n");
  for (const Group& group : groups) {
    for (const Entry& entry : group.entries) {
      if (!group.reads) continue;
      const double rate = median_of(rounds, {entry.name, 1}, &Sample::per_second);
      fmt::print("| {} | {} | {} |\n", entry.name, short_number(rate), time_text(1e6 / rate));
    }
  }
}

}  // namespace

void run_contest(const Arguments& arguments) {
  fmt::print(stderr, "recording what a promotion writes\n");
  const Recording recording(arguments.directory);
  const std::vector<Group> groups = make_groups(arguments, recording);
  std::vector<Round> rounds;
  for (std::size_t i = 0; i < static_cast<std::size_t>(arguments.rounds); ++i) {
    fmt::print(stderr, "round {} of {}\n", i + 1, arguments.rounds);
    rounds.push_back(run_round(groups, arguments, i));
  }
  fmt::print(
      "Medians of {} rounds of {} s for each run. One promotion of Purser adds {} bytes to its\n"
      "write-ahead log; so does each append below. RocksDB {}, SQLite {}.\n\n",
      arguments.rounds, arguments.seconds, recording.log_bytes(),
      rocksdb::GetRocksVersionAsString(), sqlite3_libversion());
  print_promotions(rounds, groups);
  print_reads(rounds, groups);
  fmt::print(
      "\nRatios, each the median over the rounds of the ratio of two runs in the same round (not "
      "the\n"
      "ratio of the medians above):\n\n");
  print_figures(goals(rounds));
}

}  // namespace purser::peers
