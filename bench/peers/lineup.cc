#include "lineup.h"

#include "subjects.h"

namespace purser::peers {
namespace {

constexpr int kMany = 256;  // promotions in flight, or in one batch

Group promotions(const Arguments& arguments, const Recording& recording, int clients) {
  Group group{false,
              {{kPurser, clients, ledger_promotes},
               {kRocks, clients, [&] { return rocks_writes(recording, 1); }},
               {kWal, clients, [] { return sqlite_promotes("wal"); }},
               {kRollback, clients, [] { return sqlite_promotes("delete"); }}}};
  if (!arguments.postgres.empty()) {
    group.entries.push_back(
        {kPostgres, clients, [&] { return postgres_promotes(arguments.postgres); }});
  }
  if (clients == 1) {  // the disk is the same for more
    const std::size_t bytes = recording.log_bytes();
    group.entries.push_back({kAppendInPlace, 1, [bytes] { return raw_append(bytes, true); }});
    group.entries.push_back({kAppend, 1, [bytes] { return raw_append(bytes, false); }});
  }
  return group;
}

}  // namespace

std::vector<Group> make_groups(const Arguments& arguments, const Recording& recording) {
  std::vector<Group> groups;
  for (const int clients : {1, 16, 64}) {
    groups.push_back(promotions(arguments, recording, clients));
  }
  groups.push_back({false,
                    {{kInFlight, 1, [] { return ledger_in_flight(kMany); }},
                     {kRocksMany, 1, [&] { return rocks_writes(recording, kMany); }},
                     {kApply, 1, [] { return ledger_applies(kMany); }}}});
  const std::size_t bytes = recording.log_bytes();
  groups.push_back(
      {true,
       {{kActive, 1, [] { return ledger_reads(Beside::nobody); }},
        {kActivePromotes, 1, [] { return ledger_reads(Beside::promotes); }},
        {kActiveAppend, 1, [bytes] { return ledger_reads_beside(raw_append(bytes, false)); }},
        {kActiveInFlight, 1, [] { return ledger_reads(Beside::in_flight); }},
        {kGetMemory, 1, [&] { return rocks_reads(recording, false); }},
        {kGetTables, 1, [&] { return rocks_reads(recording, true); }},
        {kSelect, 1, sqlite_reads}}});
  return groups;
}

}  // namespace purser::peers
