#include <fmt/format.h>

#include "escape.h"
#include "parse.h"
#include "purser/preview.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct PreviewArguments {
  std::string id;
  std::optional<std::string> domain;
};

Outcome show_preview_url(Session& session, const Ledger& ledger,
                         const PreviewArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto deployment = ledger.get(*id);
  if (!deployment) return deployment.error();
  auto config = DeploymentConfig::from_env();
  if (arguments.domain) config.preview_domain = arguments.domain;
  const auto url = preview_url(config, deployment->identifier);
  Json json{{"id", id->value}, {"identifier", deployment->identifier}};
  put_optional_text(json, "url", url);
  if (url) return session.answer(json, escape(*url) + "\n");
  if (session.json()) session.out().json(json);
  session.hint("there are no preview URLs: give --domain or set DEPLOYMENT_PREVIEW_DOMAIN");
  return kNotFound;
}

}  // namespace

void add_preview_url(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<PreviewArguments>();
  CLI::App* verb =
      session.add_verb(app,
                       {"preview-url", kQueries, "Where a deployment can be looked at",
                        "purser preview-url 3 --domain preview.example.com", Access::query},
                       [&session, arguments](Ledger& ledger) {
                         return show_preview_url(session, ledger, *arguments);
                       });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_text_option(*verb, "--domain", arguments->domain, "DOMAIN",
                  "Instead of DEPLOYMENT_PREVIEW_DOMAIN");
}

}  // namespace purser::tools
