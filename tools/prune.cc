#include <fmt/format.h>

#include "errors.h"
#include "escape.h"
#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct PruneArguments {
  std::optional<std::string> owner;
  bool all_owners = false;
  std::string keep_newest;
  std::optional<std::string> older_than;
  std::optional<std::string> never_active;
  std::optional<std::string> keep;
};

Result<std::uint32_t> parse_count(std::string_view option, const std::string& text) {
  const auto count = parse_number(option, text, 0, UINT32_MAX);
  if (!count) return count.error();
  return static_cast<std::uint32_t>(*count);
}

Result<std::optional<Timestamp>> parse_age(std::string_view option,
                                           const std::optional<std::string>& text) {
  if (!text) return std::optional<Timestamp>();
  const auto moment = parse_moment(option, *text);
  if (!moment) return moment.error();
  return std::optional(*moment);
}

Result<PrunePolicy> policy_of(const PruneArguments& arguments) {
  PrunePolicy policy;
  const auto newest = parse_count("--keep-newest", arguments.keep_newest);
  if (!newest) return newest.error();
  policy.keep_newest = *newest;
  const auto older_than = parse_age("--older-than", arguments.older_than);
  if (!older_than) return older_than.error();
  policy.older_than = *older_than;
  const auto never_active = parse_age("--never-active", arguments.never_active);
  if (!never_active) return never_active.error();
  policy.never_active_older_than = *never_active;
  if (!arguments.keep) return policy;
  const auto keep = parse_count("--keep", *arguments.keep);
  if (!keep) return keep.error();
  policy.keep = *keep;
  return policy;
}

// Calls `visit` with the owner that was named, or with each there is, until it has an error.
Status for_each_owner(const Ledger& ledger, const PruneArguments& arguments,
                      const std::function<Status(const std::string&)>& visit) {
  if (arguments.owner) return visit(*arguments.owner);
  PageRequest request;
  do {
    const auto page = ledger.owners(request);
    if (!page) return page.error();
    for (const std::string& owner : page->items) {
      if (Status visited = visit(owner); !visited) return visited;
    }
    request.after = page->next;
  } while (request.after);
  return {};
}

std::string verdict(const PruneItem& item) {
  if (item.removed_by) {
    return item.removed_by == PruneRule::beyond_newest ? "goes: not among the newest"
                                                       : "goes: never active";
  }
  std::string text;
  for (const Kept& one : item.kept_by) {
    text += fmt::format("{}{}{}{}", text.empty() ? "stays: " : ", ", to_string(one.why),
                        one.channel.empty() ? "" : " ", one.channel);
  }
  return text;
}

Json json_of_item(const PruneItem& item) {
  Json object = json_of(item.deployment);
  object["kept_by"] = Json::array();
  for (const Kept& one : item.kept_by) {
    Json kept{{"why", to_string(one.why)}};
    put_optional_text(kept, "channel",
                      one.channel.empty() ? std::nullopt : std::optional(one.channel));
    object["kept_by"].push_back(std::move(kept));
  }
  object["removed_by"] = item.removed_by ? Json(to_string(*item.removed_by)) : Json(nullptr);
  return object;
}

Outcome show_plan(Session& session, const Ledger& ledger, const PruneArguments& arguments,
                  const PrunePolicy& policy) {
  Table table({{"ID", true}, {"OWNER"}, {"STATUS"}, {"CREATED"}, {"PLAN"}}, session.colour());
  const Status shown = for_each_owner(ledger, arguments, [&](const std::string& owner) -> Status {
    const auto plan = ledger.prune_plan(owner, policy);
    if (!plan) return plan.error();
    for (const PruneItem& item : *plan) {
      const Deployment& deployment = item.deployment;
      if (session.json()) {
        session.out().json(json_of_item(item));
      } else {
        table.add({{id_text(deployment.id)},
                   {deployment.owner_key},
                   status_cell(deployment),
                   {to_rfc3339(deployment.created_at), Style::faint},
                   {verdict(item), item.removed_by ? Style::bad : Style::plain}});
      }
    }
    session.out().write(table.take());
    return {};
  });
  if (!shown) return shown.error();
  return kDone;
}

// Tells of every owner as it is done. Ends with the code of the first failure, if any.
Outcome execute(Session& session, Ledger& ledger, const PruneArguments& arguments,
                const PrunePolicy& policy) {
  Json answer{{"removed", Json::array()}, {"failed", Json::array()}};
  int code = kDone;
  const Status done = for_each_owner(ledger, arguments, [&](const std::string& owner) -> Status {
    const auto report = ledger.prune(owner, policy, session.context());
    if (!report) return report.error();
    for (const DeploymentId id : report->removed) {
      answer["removed"].push_back(json_of(id));
      if (session.json()) continue;
      session.out().line(
          fmt::format("deployment {} of {} has no files any more", id.value, escape(owner)));
    }
    for (const PruneFailure& failure : report->failed) {
      if (code == kDone) code = exit_code(failure.error);
      answer["failed"].push_back(
          Json{{"id", json_of(failure.id)}, {"error", json_of(failure.error)}});
      session.hint(fmt::format("purser: deployment {} stays: {}: {}", failure.id.value,
                               failure.error.name(), escape(failure.error.message())));
    }
    return {};
  });
  if (session.json() && (done || !answer["removed"].empty())) session.out().json(answer);
  if (!done) return done.error();
  return code;
}

Outcome prune(Session& session, Ledger& ledger, const PruneArguments& arguments) {
  if (arguments.owner.has_value() == arguments.all_owners) {
    return InvalidArgument{"OWNER", "name an owner or give --all-owners, one of the two"};
  }
  const auto policy = policy_of(arguments);
  if (!policy) return policy.error();
  return session.dry_run() ? show_plan(session, ledger, arguments, *policy)
                           : execute(session, ledger, arguments, *policy);
}

}  // namespace

void add_prune(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<PruneArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"prune", kUpkeep, "Give up files by a policy; --dry-run shows what it says of each",
       "purser prune project:demo --keep-newest 10 --never-active 7d --dry-run", Access::command},
      [&session, arguments](Ledger& ledger) { return prune(session, ledger, *arguments); });
  add_text_option(*verb, "OWNER", arguments->owner, "", "Whose deployments");
  verb->add_flag("--all-owners", arguments->all_owners, "Those of every owner");
  verb->add_option("--keep-newest", arguments->keep_newest,
                   "So many of an owner's deployments that were once active stay")
      ->required()
      ->type_name("N");
  add_text_option(*verb, "--older-than", arguments->older_than, "WHEN",
                  "Of those beyond, only what was created before a time, a date or a time ago");
  add_text_option(*verb, "--never-active", arguments->never_active, "WHEN",
                  "Also what failed or was never active, if created before it");
  add_text_option(*verb, "--keep", arguments->keep, "N",
                  "Rollback targets of each channel that are protected; 1 unless given");
}

}  // namespace purser::tools
