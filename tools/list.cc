#include <fmt/format.h>

#include "pages.h"
#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ListArguments {
  std::string owner;
  std::optional<std::string> status;
  std::optional<std::string> source_ref;
  std::vector<std::string> labels;
  PageArguments page;
};

std::vector<Cell> deployment_row(const Deployment& deployment) {
  std::string files = "-";
  std::string bytes = "-";
  if (deployment.artifact) {
    if (const auto* stored = std::get_if<StoredArtifact>(&*deployment.artifact)) {
      files = fmt::to_string(stored->files);
      bytes = fmt::to_string(stored->bytes);
    } else if (const auto* external = std::get_if<ExternalArtifact>(&*deployment.artifact)) {
      bytes = fmt::to_string(external->bytes);
    }
  }
  return {{id_text(deployment.id)},
          status_cell(deployment),
          {deployment.identifier},
          {deployment.source_ref.value_or("-")},
          {files},
          {bytes},
          {to_rfc3339(deployment.created_at), Style::faint}};
}

Result<DeploymentFilter> filter_of(const ListArguments& arguments) {
  DeploymentFilter filter;
  filter.source_ref = arguments.source_ref;
  auto labels = parse_labels(arguments.labels);
  if (!labels) return labels.error();
  filter.labels = *labels;
  if (!arguments.status) return filter;
  for (const auto status :
       {DeploymentStatus::building, DeploymentStatus::ready, DeploymentStatus::failed}) {
    if (*arguments.status == to_string(status)) filter.status = status;
  }
  if (filter.status) return filter;
  return InvalidArgument{
      "--status", fmt::format("'{}' is none of building, ready and failed", *arguments.status)};
}

Outcome list(Session& session, const Ledger& ledger, const ListArguments& arguments) {
  const auto filter = filter_of(arguments);
  if (!filter) return filter.error();
  const Listing<Deployment> listing{{{"ID", true},
                                     {"STATUS"},
                                     {"IDENTIFIER"},
                                     {"SOURCE"},
                                     {"FILES", true},
                                     {"BYTES", true},
                                     {"CREATED"}},
                                    deployment_row};
  return list_pages(session, arguments.page, listing, [&](const PageRequest& page) {
    return ledger.list(arguments.owner, *filter, page);
  });
}

}  // namespace

void add_list(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"list", kQueries, "The deployments of an owner, newest first",
       "purser list project:demo --status ready --limit 20", Access::query},
      [&session, arguments](Ledger& ledger) { return list(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whose deployments");
  add_text_option(*verb, "--status", arguments->status, "STATUS", "building, ready or failed");
  add_text_option(*verb, "--source-ref", arguments->source_ref, "REF", "Only of this source");
  add_label_option(*verb, arguments->labels, "Only with this label; any number of times");
  add_page_options(*verb, arguments->page);
}

}  // namespace purser::tools
