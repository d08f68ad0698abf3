#include <fmt/format.h>

#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct PointerArguments {
  std::string owner;
  std::string channel;
  std::optional<std::string> at;
};

std::string describe_pointer(const Session& session, const Pointer& pointer) {
  Fields fields(session.colour());
  fields.add("owner", pointer.owner_key);
  fields.add("channel", pointer.channel);
  fields.add("generation", fmt::to_string(pointer.generation.value));
  fields.add("active", id_text(pointer.active));
  fields.add("previous", id_text(pointer.previous));
  fields.add("rollback to", id_text(pointer.rollback_target));
  fields.add("since", pointer.since ? to_rfc3339(*pointer.since) : "-");
  fields.add("position", pointer.position ? fmt::to_string(pointer.position->value) : "-");
  if (pointer.frozen) fields.add("frozen", describe(*pointer.frozen), Style::waiting);
  return fields.text();
}

Result<Pointer> find(const Ledger& ledger, const PointerArguments& arguments) {
  if (!arguments.at) return ledger.pointer(arguments.owner, arguments.channel);
  const auto at = parse_as_of("--at", *arguments.at);
  if (!at) return at.error();
  return ledger.pointer_at(arguments.owner, arguments.channel, *at);
}

Outcome show_pointer(Session& session, const Ledger& ledger, const PointerArguments& arguments) {
  const auto pointer = find(ledger, arguments);
  if (!pointer) return pointer.error();
  return session.answer(json_of(*pointer), describe_pointer(session, *pointer));
}

}  // namespace

void add_pointer(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<PointerArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"pointer", kPointers, "Where a pointer stands, and where a rollback would go",
       "purser pointer project:demo --channel beta", Access::query},
      [&session, arguments](Ledger& ledger) { return show_pointer(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whose pointer to read");
  add_channel_option(*verb, arguments->channel);
  add_at_option(*verb, arguments->at);
}

}  // namespace purser::tools
