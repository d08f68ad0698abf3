#include "faults/power/history.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/first_finding.h"

namespace purser::faults {
namespace {

std::string wrong_error(std::string_view what, const Error& error) {
  return fmt::format("{}: {}: {}", what, error.name(), error.message());
}

// The log is the first events of those that were written, and no command's are only in part there.
std::string look_at_log(const Ledger& ledger, const History& history, Moment moment, Shown& shown) {
  const auto stats = ledger.stats();
  if (!stats) return wrong_error("stats", stats.error());
  shown.log_size = stats->log_size.value;
  const std::uint64_t least = history.reached_at(moment);
  if (shown.log_size < least || shown.log_size > history.events.size()) {
    return fmt::format("{} events, {} were acknowledged, {} written", shown.log_size, least,
                       history.events.size());
  }
  for (std::uint64_t at = 1; at <= shown.log_size; ++at) {
    const auto stored = ledger.stored_event(Position{at});
    if (!stored) return wrong_error(fmt::format("event {}", at), stored.error());
    if (*stored != history.events[at - 1]) return fmt::format("event {} is another", at);
  }
  if (shown.log_size == 0) return {};
  const auto last = ledger.read(Position{shown.log_size}, 1);
  if (!last || last->size() != 1) return "the last event cannot be read";
  const auto group = last->front().header.group;
  if (group && group->first.value + group->count - 1 != shown.log_size) {
    return fmt::format("the command at {} is there in part", group->first.value);
  }
  return {};
}

bool same_names(const std::vector<FileEntry>& found, const Files& files) {
  return std::equal(found.begin(), found.end(), files.begin(), files.end(),
                    [](const FileEntry& entry, const auto& file) {
                      return entry.path == file.first && entry.digest == file.second->digest;
                    });
}

std::string look_at_bytes(const Ledger& ledger, DeploymentId id, const Files& files) {
  for (const auto& [path, content] : files) {
    const auto bytes = ledger.retrieve(id, path);
    const std::string what = fmt::format("file '{}' of {}", path, id.value);
    if (!bytes) return wrong_error(what, bytes.error());
    if (*bytes != content->bytes) return what + " has other bytes";
  }
  return {};
}

// What is there is what the last acknowledged edit left, or the one that was under way.
std::string look_at_files(const Ledger& ledger, DeploymentId id, const Draft& draft, Moment moment,
                          Shown& shown) {
  const auto found = ledger.list_files(id);
  if (!found) return wrong_error(fmt::format("files of {}", id.value), found.error());
  for (std::size_t i = 0; i < draft.edits.size(); ++i) {
    const Edit& edit = draft.edits[i];
    const bool is_undone = i + 1 < draft.edits.size() && draft.edits[i + 1].acknowledged <= moment;
    if (is_undone || (i > 0 && edit.begun > moment) || !same_names(*found, edit.files)) continue;
    shown.drafts[id] = edit.files;
    return look_at_bytes(ledger, id, edit.files);
  }
  return fmt::format("deployment {} has {} files that no edit had left", id.value, found->size());
}

std::string look_at_deployments(const Ledger& ledger, const History& history, Moment moment,
                                Shown& shown) {
  for (const auto& [id, draft] : history.drafts) {
    const auto deployment = ledger.get(id);
    if (!deployment && deployment.error().is<NotFound>() && draft.created > moment) continue;
    if (!deployment) {
      return wrong_error(fmt::format("deployment {}", id.value), deployment.error());
    }
    const bool is_elsewhere =
        deployment->artifact && std::holds_alternative<ExternalArtifact>(*deployment->artifact);
    if (deployment->artifact_deleted_at || is_elsewhere) continue;
    std::string wrong = look_at_files(ledger, id, draft, moment, shown);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string verify(const Ledger& ledger) {
  const auto report = ledger.verify();
  if (!report) return wrong_error("verify", report.error());
  if (report->is_whole()) return {};
  return first_finding(*report);
}

}  // namespace

std::string look(const Ledger& ledger, const History& history, Moment moment, Shown& shown) {
  std::string wrong = look_at_log(ledger, history, moment, shown);
  if (wrong.empty()) wrong = look_at_deployments(ledger, history, moment, shown);
  if (wrong.empty()) wrong = verify(ledger);
  return wrong;
}

}  // namespace purser::faults
