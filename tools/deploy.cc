// `deploy`: create, store, ready and, if asked, promote. With a request id K its commands have the
// ids K/create, K/ready and K/promote, so that a retry finds the deployment of the first try and
// goes on from where that one stopped.
#include <fmt/format.h>

#include "escape.h"
#include "intake.h"
#include "interrupt.h"
#include "parse.h"
#include "sentences.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

constexpr std::size_t kFailureMessageBytesMax = 8192;
constexpr std::size_t kRequestIdBytesMax = 128;
constexpr std::string_view kLongestStep = "/promote";

struct DeployArguments {
  std::string owner;
  std::string path;
  std::optional<std::string> source_ref;
  std::vector<std::string> labels;
  StoreTreeOptions options;
  bool allow_empty = false;
  bool promote = false;
  PromoteOptions promotion;
  std::optional<std::string> expect;
};

// What a deployment has become, and what was taken in on the way if anything was.
struct Built {
  DeploymentAnswer deployment;
  std::optional<StoreReport> stored;
};

Context step(const Session& session, std::string_view name) {
  Context context = session.context();
  if (context.request_id) *context.request_id += fmt::format("/{}", name);
  return context;
}

// Ends the build with the reason for which it stopped, and hands that reason on.
Error give_up(Session& session, Ledger& ledger, DeploymentId id, const char* code,
              const Error& error) {
  const bool stopped = error.is<Cancelled>();
  const std::string reason = stopped ? "stopped by a signal" : escape(error.message());
  const auto failed =
      ledger.mark_failed(id, stopped ? "interrupted" : code,
                         clip_utf8(reason, kFailureMessageBytesMax), step(session, "fail"));
  if (!failed) {
    session.warn(failed.error());
  } else {
    session.hint(fmt::format("deployment {} is marked failed", id.value));
  }
  return error;
}

// Takes the files in and seals them. Whatever an earlier try had stored goes first.
Result<Built> build(Session& session, Ledger& ledger, DeploymentId id, bool resumed,
                    const DeployArguments& arguments) {
  if (resumed) {
    if (const Status emptied = ledger.remove_all(id); !emptied) {
      return give_up(session, ledger, id, "store_failed", emptied.error());
    }
  }
  const auto stored = take_in(ledger, id, arguments.path, std::nullopt, arguments.options);
  if (!stored) return give_up(session, ledger, id, "store_failed", stored.error());
  if (interrupted()) return give_up(session, ledger, id, "interrupted", Cancelled{});
  const auto ready = ledger.mark_ready(id, {arguments.allow_empty}, step(session, "ready"));
  if (ready) return Built{*ready, *stored};
  // Whether the deployment became ready is not known now; the next try will see.
  if (ready.error().is<OutcomeUnknown>()) return ready.error();
  return give_up(session, ledger, id, "ready_failed", ready.error());
}

// Makes the deployment, or finds the one that an earlier run with this request id has made. A new
// one is not made for a PATH that cannot be taken in.
Result<DeploymentAnswer> create(Session& session, Ledger& ledger,
                                const DeployArguments& arguments) {
  const auto labels = parse_labels(arguments.labels);
  if (!labels) return labels.error();
  const CreateOptions options{arguments.source_ref, *labels};
  Context context = step(session, "create");
  if (const auto source = inspect_source(arguments.path); !source) {
    context.dry_run = true;
    auto answer = ledger.create(arguments.owner, options, context);
    if (!answer || !answer->receipt.replayed) return source.error();
    return answer;
  }
  return ledger.create(arguments.owner, options, context);
}

// The deployment of this run or of an earlier one with the same request id, ready.
Result<Built> create_and_build(Session& session, Ledger& ledger, const DeployArguments& arguments) {
  const auto created = create(session, ledger, arguments);
  if (!created) return created.error();
  session.add_to_error("deployment", json_of(created->id));
  const auto now = ledger.get(created->id);
  if (!now) return now.error();
  if (now->status == DeploymentStatus::building) {
    return build(session, ledger, now->id, created->receipt.replayed, arguments);
  }
  if (now->status == DeploymentStatus::failed) {
    session.add_to_error("failure", json_of(now->failure));
    session.hint(fmt::format("an earlier try has failed: {}: {}", escape(now->failure->code),
                             escape(now->failure->message)));
    return NotReady{now->id, now->status};
  }
  return Built{DeploymentAnswer{*now, created->receipt}, std::nullopt};
}

std::optional<Error> check_arguments(const Session& session, const DeployArguments& arguments) {
  if (arguments.path == "-") {
    return InvalidArgument{"PATH", "is standard input; use create, store and ready"};
  }
  const auto& request_id = session.request_id();
  if (request_id && request_id->size() + kLongestStep.size() > kRequestIdBytesMax) {
    return LimitExceeded{"bytes of the request id of deploy",
                         kRequestIdBytesMax - kLongestStep.size(), request_id->size()};
  }
  return std::nullopt;
}

Outcome deploy(Session& session, Ledger& ledger, const DeployArguments& arguments) {
  if (auto error = check_arguments(session, arguments)) return *error;
  const auto expect = parse_expect(arguments.expect);
  if (!expect) return expect.error();
  const InterruptScope interrupts;  // from before there is a deployment to be left behind
  const auto built = create_and_build(session, ledger, arguments);
  if (!built) return built.error();

  Json json = json_of(built->deployment);
  json["stored"] = built->stored ? json_of(*built->stored) : Json(nullptr);
  json["promotion"] = nullptr;
  std::string text = built->stored ? sentence(*built->stored) : "";
  text += sentence(session, built->deployment, "is ready");
  if (arguments.promote) {
    PromoteOptions options = arguments.promotion;
    options.expect = *expect;
    const auto promoted =
        ledger.promote(arguments.owner, built->deployment.id, options, step(session, "promote"));
    if (!promoted) return promoted.error();
    json["promotion"] = json_of(*promoted);
    text += sentence(session, *promoted);
  }
  return session.answer(json, text);
}

}  // namespace

void add_deploy(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<DeployArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"deploy", kBuilds, "Create, store, ready and, if asked, promote in one go",
       "purser deploy project:demo ./dist --source-ref 3f2a91c --promote", Access::command, false},
      [&session, arguments](Ledger& ledger) { return deploy(session, ledger, *arguments); });
  add_argument(*verb, "OWNER", arguments->owner, "Whom it belongs to, such as project:demo");
  add_argument(*verb, "PATH", arguments->path, "A folder, whose contents are taken, or one file");
  add_text_option(*verb, "--source-ref", arguments->source_ref, "REF", "What it is built from");
  add_label_option(*verb, arguments->labels, "Any number of times");
  verb->add_flag("--allow-empty", arguments->allow_empty, "An artifact without files is meant");
  add_trust_option(*verb, arguments->options);
  session.add_compression_option(*verb);
  CLI::Option* promote =
      verb->add_flag("--promote", arguments->promote, "Make it the active one when it is ready");
  add_channel_option(*verb, arguments->promotion.channel)->needs(promote);
  add_expect_option(*verb, arguments->expect)->needs(promote);
  verb->add_flag("--not-older", arguments->promotion.not_older,
                 "Refuse to replace a deployment that was created later")
      ->needs(promote);
}

}  // namespace purser::tools
