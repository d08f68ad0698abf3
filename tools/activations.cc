#include <fmt/format.h>

#include "pages.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ActivationsArguments {
  std::string owner;
  std::string channel;
  PageArguments page;
};

std::vector<Cell> activation_row(const Activation& activation) {
  const Activated& moved = activation.moved;
  return {{fmt::to_string(moved.generation.value)},
          {std::string(to_string(moved.cause))},
          {id_text(moved.deployment), Style::good},
          {id_text(moved.previous)},
          {moved.parent.value == 0 ? "-" : fmt::to_string(moved.parent.value)},
          {to_rfc3339(activation.time), Style::faint},
          {activation.actor},
          {activation.reason}};
}

Outcome activations(Session& session, const Ledger& ledger, const ActivationsArguments& arguments) {
  const Listing<Activation> listing{{{"GENERATION", true},
                                     {"CAUSE"},
                                     {"ACTIVE", true},
                                     {"PREVIOUS", true},
                                     {"PARENT", true},
                                     {"TIME"},
                                     {"ACTOR"},
                                     {"REASON"}},
                                    activation_row};
  return list_pages(session, arguments.page, listing, [&](const PageRequest& page) {
    return ledger.activations(arguments.owner, arguments.channel, page);
  });
}

}  // namespace

void add_activations(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ActivationsArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"activations", kPointers, "Every movement of a pointer, newest first",
       "purser activations project:demo --limit 20", Access::query},
      [&session, arguments](Ledger& ledger) { return activations(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whose pointer to read");
  add_channel_option(*verb, arguments->channel);
  add_page_options(*verb, arguments->page);
}

}  // namespace purser::tools
