// Opening a ledger after a power cut, and comparing it with what was acknowledged.
#include "faults/disks/survivor.h"

#include <fmt/format.h>

#include <algorithm>

#include "faults/disks/workload.h"
#include "purser/ledger.h"
#include "purser/recover.h"
#include "support/first_finding.h"

namespace purser::faults {
namespace {

std::string in_words(const Error& error) {
  return std::string(error.name()) + ": " + error.message();
}

std::string wrong_events(const Ledger& ledger, const std::vector<std::string>& events,
                         std::uint64_t acknowledged) {
  const std::uint64_t size = ledger.stats().value().log_size.value;
  if (size < acknowledged) {
    return fmt::format("event {} was acknowledged, and the log ends at {}", acknowledged, size);
  }
  if (size > events.size()) return "there are events that nobody wrote";
  for (std::uint64_t at = 1; at <= size; ++at) {
    const auto stored = ledger.stored_event(Position{at});
    if (!stored) return in_words(stored.error());
    if (*stored != events[at - 1]) return fmt::format("event {} has other bytes", at);
  }
  return {};
}

std::string wrong_file(const Ledger& ledger, DeploymentId id, std::uint64_t file) {
  const auto bytes = ledger.retrieve(id, path_of(file), {.verify = true});
  if (!bytes && bytes.error().is<ArtifactDeleted>()) return {};  // as an event says, which is right
  if (!bytes) return in_words(bytes.error());
  if (*bytes == bytes_of(id, file)) return {};
  return fmt::format("{} of deployment {} has other bytes", path_of(file), id.value);
}

std::string not_whole(const Ledger& ledger) {
  const auto report = ledger.verify();
  if (!report) return "verify: " + in_words(report.error());
  return report->is_whole() ? "" : first_finding(*report);
}

std::string whats_wrong(const Ledger& ledger, const std::vector<std::string>& events,
                        const Acks& acks, std::uint64_t log_entries) {
  std::uint64_t acknowledged = 0;
  const std::uint64_t count = std::min<std::uint64_t>(acks.count, Acks::kMax);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Ack& ack = acks.all[i];
    if (ack.log_entries > log_entries) continue;
    if (ack.kind == Ack::Kind::event) acknowledged = std::max(acknowledged, ack.number);
  }
  if (std::string wrong = wrong_events(ledger, events, acknowledged); !wrong.empty()) return wrong;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Ack& ack = acks.all[i];
    if (ack.log_entries > log_entries || ack.kind != Ack::Kind::file) continue;
    std::string wrong = wrong_file(ledger, DeploymentId{ack.number}, ack.file);
    if (!wrong.empty()) return wrong;
  }
  return not_whole(ledger);
}

}  // namespace

Survivor look_at_survivor(const std::string& path, const std::vector<std::string>& events,
                          const Acks& acks, std::uint64_t log_entries) {
  Survivor survivor;
  auto ledger = Ledger::open(path);
  if (!ledger) {
    const auto report = recover(path);
    if (!report) return {in_words(ledger.error()) + "; recover: " + in_words(report.error())};
    survivor.mended = report->mended;
    ledger = Ledger::open(path);
  }
  if (!ledger) return {"after recover: " + in_words(ledger.error()), survivor.mended};
  survivor.wrong = whats_wrong(*ledger, events, acks, log_entries);
  return survivor;
}

}  // namespace purser::faults
