#include <fmt/format.h>

#include "escape.h"
#include "progress_bar.h"
#include "verbs.h"

namespace purser::tools {
namespace {

Result<Usage> add_up(const Ledger& ledger) {
  ProgressBar bar("adding up", "deployments");
  return ledger.usage(bar.callback());
}

// How many bytes of files one byte on disk stands for.
double ratio_of(const Usage& usage) {
  return usage.on_disk == 0
             ? 0
             : static_cast<double>(usage.logical) / static_cast<double>(usage.on_disk);
}

Json usage_json(const Usage& usage) {
  Json deployments = Json::array();
  for (const DeploymentUsage& one : usage.deployments) {
    deployments.push_back({{"id", one.id.value},
                           {"owner_key", one.owner_key},
                           {"logical", one.logical},
                           {"stored", one.stored},
                           {"unique", one.unique},
                           {"shared", one.shared()}});
  }
  return {{"deployments", std::move(deployments)},
          {"logical", usage.logical},
          {"stored", usage.stored},
          {"on_disk", usage.on_disk},
          {"ratio", ratio_of(usage)}};
}

Outcome du(Session& session, const Ledger& ledger) {
  const auto usage = add_up(ledger);
  if (!usage) return usage.error();
  Table table({{"ID", true},
               {"OWNER"},
               {"FILES", true},
               {"STORED", true},
               {"UNIQUE", true},
               {"SHARED", true}},
              session.colour());
  for (const DeploymentUsage& one : usage->deployments) {
    table.add({{fmt::to_string(one.id.value)},
               {escape(one.owner_key)},
               {human_bytes(one.logical)},
               {human_bytes(one.stored)},
               {human_bytes(one.unique)},
               {human_bytes(one.shared())}});
  }
  return session.answer(
      usage_json(*usage),
      fmt::format("{}files {}, their chunks {}, packs {}: {:.1f} to 1\n", table.take(),
                  human_bytes(usage->logical), human_bytes(usage->stored),
                  human_bytes(usage->on_disk), ratio_of(*usage)));
}

}  // namespace

void add_du(CLI::App& app, Session& session) {
  session.add_verb(app,
                   {"du", kFiles, "What the files of each deployment take on disk",
                    "purser du --json", Access::query},
                   [&session](Ledger& ledger) { return du(session, ledger); });
}

}  // namespace purser::tools
