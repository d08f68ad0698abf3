#include "sentences.h"

#include <fmt/format.h>

#include "escape.h"

namespace purser::tools {
namespace {

// What came of a command, where that is not simply "done".
std::string note(const Session& session, const Receipt& receipt) {
  if (session.dry_run()) return " [dry run: nothing was written]";
  if (receipt.replayed) return " [done before under this request id]";
  if (receipt.unchanged) return " [unchanged]";
  return "";
}

std::string passed_over(const std::vector<Skipped>& skipped) {
  std::string text;
  for (const Skipped& one : skipped) {
    text += fmt::format("{}{} ({})", text.empty() ? "; passed over " : ", ",
                        one.deployment ? id_text(one.deployment) : "nothing", to_string(one.why));
  }
  return text;
}

std::string optional_time(const std::optional<Timestamp>& time) {
  return time ? to_rfc3339(*time) : "-";
}

void add_artifact(Fields& fields, const Deployment& deployment) {
  if (!deployment.artifact) return;
  if (const auto* stored = std::get_if<StoredArtifact>(&*deployment.artifact)) {
    fields.add("artifact", fmt::format("{} files, {} bytes ({})", stored->files, stored->bytes,
                                       human_bytes(stored->bytes)));
    fields.add("digest", to_hex(stored->digest));
  } else if (const auto* external = std::get_if<ExternalArtifact>(&*deployment.artifact)) {
    fields.add("artifact", fmt::format("{} bytes elsewhere, not verified", external->bytes));
    fields.add("location", external->location);
  }
}

}  // namespace

std::string id_text(const std::optional<DeploymentId>& id) {
  return id ? fmt::to_string(id->value) : "-";
}

std::string scope_text(const std::optional<std::string>& channel) {
  return channel.value_or("all channels");
}

std::string describe(const ChannelFreeze& freeze) {
  std::string scope = freeze.channel ? "" : "all channels";
  if (freeze.rollback_too) scope += scope.empty() ? "rollbacks too" : "; rollbacks too";
  return fmt::format("by {} since {}{}{}{}", freeze.actor, to_rfc3339(freeze.time),
                     freeze.reason.empty() ? "" : ": ", freeze.reason,
                     scope.empty() ? "" : fmt::format(" ({})", scope));
}

std::string sentence(const Session& session, const FreezeAnswer& answer) {
  const std::string state =
      answer.frozen ? "frozen " + escape(describe(*answer.frozen)) : "not frozen";
  return fmt::format("{} of {}: {}{}\n", escape(scope_text(answer.channel)),
                     escape(answer.owner_key), state, note(session, answer.receipt));
}

std::string sentence(const Session& session, const DeploymentAnswer& answer,
                     std::string_view what) {
  return fmt::format("deployment {} ({}) of {} {}{}\n", answer.id.value, escape(answer.identifier),
                     escape(answer.owner_key), what, note(session, answer.receipt));
}

std::string sentence(const Session& session, const PointerAnswer& answer) {
  const std::string now =
      answer.active ? fmt::format("{} is active", answer.active->value) : "nothing is active";
  const std::string before = answer.previous ? fmt::format(", {} was", answer.previous->value) : "";
  return fmt::format("{} of {}: {}{} (generation {}){}{}\n", escape(answer.channel),
                     escape(answer.owner_key), now, before, answer.generation.value,
                     passed_over(answer.skipped), note(session, answer.receipt));
}

std::string sentence(const StoreReport& report) {
  const std::string trusted =
      report.trusted_files > 0 ? fmt::format(", {} not read again", report.trusted_files) : "";
  return fmt::format("stored {} {}, {} ({} new{})\n", report.files,
                     report.files == 1 ? "file" : "files", human_bytes(report.bytes),
                     human_bytes(report.new_bytes), trusted);
}

Cell status_cell(const Deployment& deployment) {
  std::string text(to_string(deployment.status));
  if (deployment.artifact_deleted_at) text += ",deleted";
  if (deployment.pinned) text += ",pinned";
  if (deployment.bad) return {text + ",bad", Style::bad};
  switch (deployment.status) {
    case DeploymentStatus::building: return {text, Style::waiting};
    case DeploymentStatus::ready: return {text, Style::good};
    case DeploymentStatus::failed: return {text, Style::bad};
  }
  return {text, Style::plain};
}

std::string describe(const Session& session, const Deployment& deployment) {
  Fields fields(session.colour());
  const Cell status = status_cell(deployment);
  fields.add("id", id_text(deployment.id));
  fields.add("identifier", deployment.identifier);
  fields.add("owner", deployment.owner_key);
  fields.add("status", status.text, status.style);
  if (deployment.source_ref) fields.add("source", *deployment.source_ref);
  for (const auto& [key, value] : deployment.labels)
    fields.add("label", fmt::format("{}={}", key, value));
  add_artifact(fields, deployment);
  if (deployment.failure) {
    fields.add("failure", deployment.failure->code, Style::bad);
    fields.add("message", deployment.failure->message);
  }
  if (deployment.bad) {
    fields.add("bad", fmt::format("since {} by {}", to_rfc3339(deployment.bad->time),
                                  deployment.bad->actor));
    fields.add("bad because", deployment.bad->reason);
  }
  if (deployment.pinned) {
    fields.add("pinned", fmt::format("since {} by {}", to_rfc3339(deployment.pinned->time),
                                     deployment.pinned->actor));
    fields.add("pin reason", deployment.pinned->reason);
  }
  fields.add("created", to_rfc3339(deployment.created_at));
  fields.add("terminated", optional_time(deployment.terminated_at));
  if (deployment.artifact_deleted_at) {
    fields.add("deleted", to_rfc3339(*deployment.artifact_deleted_at));
  }
  return fields.text();
}

}  // namespace purser::tools
