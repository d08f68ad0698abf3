#include "session.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "escape.h"
#include "parse.h"
#include "terminal.h"
#include "verb_options.h"

namespace purser::tools {
namespace {

constexpr std::uint64_t kCompressionLevelMax = 19;  // of Options::compression_level

constexpr std::size_t kActorBytesMax = 255;

std::string user_name() {
  const uid_t uid = ::geteuid();
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> memory(16ul << 10);
  const int error = ::getpwuid_r(uid, &entry, memory.data(), memory.size(), &found);
  const std::string name = error == 0 && found != nullptr ? found->pw_name : "";
  const bool usable = !name.empty() && name.size() <= kActorBytesMax && escape(name) == name;
  return usable ? name : fmt::format("uid:{}", uid);
}

void tell(std::string_view line) {
  // Nobody is left to hear that standard error does not work.
  static_cast<void>(write_fully(STDERR_FILENO, fmt::format("{}\n", line)));
}

Error option_not_for(const Verb& verb, std::string_view option, std::string_view why) {
  return InvalidArgument{std::string(option),
                         fmt::format("not for '{}', which {}", verb.name, why)};
}

}  // namespace

Session::Session() : colour_(wants_colour()) {}

void Session::add_global_options(CLI::App& app) {
  app_ = &app;
  app.add_option("--ledger", ledger_, "The ledger's directory; PURSER_LEDGER stands for it")
      ->type_name("DIR")
      ->envname("PURSER_LEDGER");
  app.add_flag("--json", json_, "Answer in JSON, one object on one line");
  add_text_option(app, "--actor", actor_, "NAME", "Who acts; by default the user's name");
  app.add_option("--reason", reason_, "Why; recorded with the command")->type_name("TEXT");
  add_text_option(app, "--request-id", request_id_, "KEY", "Makes a retry of a command safe");
  app.add_flag("--dry-run", dry_run_, "Validate a command and write nothing");
  app.add_flag("--verbose", verbose_, "Say on standard error what the ledger tells beside answers");
  add_text_option(app, "--disk-reserve", disk_reserve_, "BYTES",
                  "Refuse commands while the disk has less left; 16 MiB unless given");
}

bool Session::ledger_named() const {
  const CLI::Option* option = app_->get_option("--ledger");
  for (const CLI::Option* parsed : app_->parse_order()) {
    if (parsed == option) return true;
  }
  return false;
}

Result<std::string> Session::path_of_ledger(const std::string& argument) const {
  if (!argument.empty() && ledger_named() && argument != ledger_) {
    return InvalidArgument{"DIR", "names another directory than --ledger"};
  }
  std::string path = argument.empty() ? ledger_ : argument;
  if (path.empty()) return InvalidArgument{"DIR", "no directory of a ledger named"};
  return path;
}

CLI::App* Session::add_verb(CLI::App& app, const Verb& verb, Action action) {
  return add_verb_without_ledger(app, verb, [this, verb, action = std::move(action)] {
    return run_with_ledger(verb, action);
  });
}

CLI::App* Session::add_verb_without_ledger(CLI::App& app, const Verb& verb,
                                           std::function<Outcome()> action) {
  CLI::App* command = app.add_subcommand(verb.name, verb.description);
  command->group(verb.group);
  command->footer(
      fmt::format("Example:\n  {}\n\nOptions for every verb: purser --help", verb.example));
  command->callback([this, command, verb, action = std::move(action)] {
    if (!command->get_subcommands().empty()) return;  // a verb of this verb was chosen
    chosen_ = [this, verb, action]() -> Outcome {
      if (auto error = check_options(verb)) return *error;
      return action();
    };
  });
  return command;
}

std::optional<Error> Session::check_options(const Verb& verb) const {
  if (actor_ && actor_->empty()) return Error(InvalidArgument{"--actor", "is empty"});
  if (request_id_ && request_id_->empty())
    return Error(InvalidArgument{"--request-id", "is empty"});
  const bool only_reads = verb.access == Access::query && verb.writes == nullptr;
  const std::string_view why = only_reads ? "only reads" : "records no event";
  if (request_id_ && verb.access != Access::command) {
    return option_not_for(verb, "--request-id", why);
  }
  if (dry_run_ && verb.access != Access::command && !verb.plans)
    return option_not_for(verb, "--dry-run", why);
  if (dry_run_ && !verb.dry_run) {
    return option_not_for(verb, "--dry-run", "builds each step on the one before");
  }
  return std::nullopt;
}

Context Session::context() const {
  return Context{actor_ ? *actor_ : user_name(), reason_, request_id_, dry_run_};
}

void Session::add_compression_option(CLI::App& verb) {
  add_text_option(verb, "--compression-level", compression_level_, "N",
                  "Of zstd, 1 to 19; 0: none; 3 unless given");
}

Result<Options> Session::open_options(const Verb& verb) const {
  Options options;
  options.read_only = verb.access == Access::query && !(verb.writes && *verb.writes);
  options.logger = [this](LogLevel level, std::string_view message) { log(level, message); };
  if (disk_reserve_) {
    const auto bytes = parse_number("--disk-reserve", *disk_reserve_);
    if (!bytes) return bytes.error();
    options.disk_reserve_bytes = *bytes;
  }
  if (compression_level_) {
    const auto level =
        parse_number("--compression-level", *compression_level_, 0, kCompressionLevelMax);
    if (!level) return level.error();
    options.compression_level = static_cast<int>(*level);
  }
  return options;
}

Outcome Session::run_with_ledger(const Verb& verb, const Action& action) {
  if (ledger_.empty()) {
    return InvalidArgument{"--ledger", "no ledger named; give --ledger DIR or set PURSER_LEDGER"};
  }
  const auto options = open_options(verb);
  if (!options) return options.error();
  auto ledger = Ledger::open(ledger_, *options);
  if (!ledger) return ledger.error();
  Outcome outcome = action(*ledger);
  // What the verb did is durable already; a failed close only leaves an older anchor behind.
  if (const Status closed = ledger->close(); !closed && outcome) warn(closed.error());
  return outcome;
}

int Session::run() {
  const Outcome outcome = chosen_();
  const Status flushed = out_.flush();
  if (!outcome) return report(outcome.error());
  if (!flushed) return report(flushed.error());
  return *outcome;
}

int Session::report(const Error& error) {
  if (json_) {
    Json fields = json_of(error);
    fields.update(error_fields_);
    tell(to_line(Json{{"error", fields}}));
  } else {
    tell(fmt::format("purser: {}: {}", error.name(), escape(error.message())));
  }
  return exit_code(error);
}

void Session::add_to_error(const std::string& key, Json value) {
  error_fields_[key] = std::move(value);
}

void Session::warn(const Error& error) {
  if (json_) {
    tell(to_line(Json{{"warning", json_of(error)}}));
  } else {
    tell(fmt::format("purser: warning: {}: {}", error.name(), escape(error.message())));
  }
}

// From any thread: each is one write. Who reads JSON expects what was asked for and no more.
void Session::log(LogLevel level, std::string_view message) const {
  if (!verbose_ && (json_ || level == LogLevel::info)) return;
  if (json_) {
    tell(to_line(Json{{"log", {{"level", to_string(level)}, {"message", message}}}}));
  } else {
    tell(fmt::format("purser: {}: {}", to_string(level), escape(message)));
  }
}

void Session::hint(std::string_view text) {
  if (json_) return;
  // After the answer it belongs to; a failure to write that is told at the end.
  static_cast<void>(out_.flush());
  tell(text);
}

Outcome Session::answer(const Json& json, std::string_view text) {
  if (json_) {
    out_.json(json);
  } else {
    out_.write(text);
  }
  return kDone;
}

}  // namespace purser::tools
