#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct RollbackArguments {
  std::string owner;
  std::string channel;
  std::optional<std::string> steps;
  std::optional<std::string> to;
  std::optional<std::string> expect;
  bool mark_bad = false;
  bool allow_bad = false;
};

Result<PointerAnswer> back_by_steps(Session& session, Ledger& ledger,
                                    const RollbackArguments& arguments,
                                    std::optional<Generation> expect) {
  const auto steps = parse_number("--steps", arguments.steps.value_or("1"), 1, UINT32_MAX);
  if (!steps) return steps.error();
  const RollbackOptions options{arguments.channel, static_cast<std::uint32_t>(*steps), expect,
                                arguments.mark_bad};
  return ledger.rollback(arguments.owner, options, session.context());
}

Result<PointerAnswer> back_to(Session& session, Ledger& ledger, const RollbackArguments& arguments,
                              std::optional<Generation> expect) {
  const auto id = parse_id(ledger, *arguments.to);
  if (!id) return id.error();
  const RollbackToOptions options{arguments.channel, expect, arguments.allow_bad,
                                  arguments.mark_bad};
  return ledger.rollback_to(arguments.owner, *id, options, session.context());
}

Outcome rollback(Session& session, Ledger& ledger, const RollbackArguments& arguments) {
  const auto expect = parse_expect(arguments.expect);
  if (!expect) return expect.error();
  const auto answer = arguments.to ? back_to(session, ledger, arguments, *expect)
                                   : back_by_steps(session, ledger, arguments, *expect);
  if (!answer) return answer.error();
  return session.answer(json_of(*answer), sentence(session, *answer));
}

}  // namespace

void add_rollback(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<RollbackArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"rollback", kPointers, "Go back to the deployment that was active before, if it is usable",
       "purser rollback project:demo --mark-bad --reason 'checkout is broken'", Access::command},
      [&session, arguments](Ledger& ledger) { return rollback(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whose pointer to move");
  CLI::Option* steps = add_text_option(*verb, "--steps", arguments->steps, "N",
                                       "How many usable deployments to go back; 1 unless given");
  CLI::Option* to =
      add_text_option(*verb, "--to", arguments->to, "ID", "Go to this deployment instead");
  steps->excludes(to);
  add_channel_option(*verb, arguments->channel);
  add_expect_option(*verb, arguments->expect);
  verb->add_flag("--mark-bad", arguments->mark_bad,
                 "Mark the deployment that is left bad, in the same commit");
  verb->add_flag("--allow-bad", arguments->allow_bad, "With --to: even if it is marked bad")
      ->needs(to);
}

}  // namespace purser::tools
