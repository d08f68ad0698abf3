// One run of the program: its global options, the chosen verb, the ledger it opens, and how answers
// and errors are told. Not thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "errors.h"
#include "output.h"
#include "purser/ledger.h"
#include "table.h"

namespace CLI {
class App;
}

namespace purser::tools {

/// What a verb does to the ledger, and so how it is opened and which global options it takes.
enum class Access {
  none,     ///< opens no ledger by itself
  query,    ///< reads, also beside a writing process
  edit,     ///< writes no event: no request id; no dry run unless it plans
  command,  ///< records events
};

/// The headings under which `purser --help` lists the verbs.
inline constexpr const char* kBuilds = "Builds";
inline constexpr const char* kPointers = "Pointers";
inline constexpr const char* kFiles = "Files";
inline constexpr const char* kQueries = "Queries";
inline constexpr const char* kAudit = "Proofs";
inline constexpr const char* kUpkeep = "Upkeep";

struct Verb {
  const char* name;
  const char* group;
  const char* description;
  const char* example;
  Access access;
  bool dry_run = true;  ///< of a command: whether it can only validate
  /// Of a query: where it says so once the command line was read, the verb writes nevertheless.
  const bool* writes = nullptr;
  bool plans = false;  ///< of an edit: --dry-run says what it would do
};

/// An exit code, or an error that still has to be told.
using Outcome = Result<int>;

class Session {
 public:
  using Action = std::function<Outcome(Ledger&)>;

  Session();

  /// Adds `--ledger`, `--json` and the others that stand before or after any verb.
  void add_global_options(CLI::App& app);

  /// Adds a verb whose `action` runs with the ledger open, unless its access is `none`.
  CLI::App* add_verb(CLI::App& app, const Verb& verb, Action action);
  CLI::App* add_verb_without_ledger(CLI::App& app, const Verb& verb,
                                    std::function<Outcome()> action);

  /// Adds `--compression-level` to a verb that stores files.
  void add_compression_option(CLI::App& verb);

  /// Runs the verb that parsing has chosen and gives the program's exit code.
  int run();

  /// Tells an error on standard error and gives its exit code.
  int report(const Error& error);
  /// Adds a field to the JSON of whatever error this run reports.
  void add_to_error(const std::string& key, Json value);
  /// Tells on standard error what does not change the outcome.
  void warn(const Error& error);
  /// A line on standard error, for people only: nothing with `--json`.
  void hint(std::string_view text);

  void use_json() { json_ = true; }
  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] bool dry_run() const { return dry_run_; }
  [[nodiscard]] bool colour() const { return colour_; }
  [[nodiscard]] const std::optional<std::string>& request_id() const { return request_id_; }
  /// `--actor` as it was given.
  [[nodiscard]] const std::optional<std::string>& actor() const { return actor_; }
  /// `--ledger` or what stands for it; empty if neither is given.
  [[nodiscard]] const std::string& ledger_path() const { return ledger_; }
  /// Whether `--ledger` stands on the command line, as opposed to the environment.
  [[nodiscard]] bool ledger_named() const;

  /// `argument` where a verb that opens no ledger was given one, else `--ledger`. Errors:
  /// InvalidArgument where neither is given, or both and they differ.
  [[nodiscard]] Result<std::string> path_of_ledger(const std::string& argument) const;

  /// What a command of this run is given by.
  [[nodiscard]] Context context() const;
  Output& out() { return out_; }

  /// The answer of a verb: `json` with `--json`, otherwise `text`, which is already escaped.
  Outcome answer(const Json& json, std::string_view text);

 private:
  [[nodiscard]] std::optional<Error> check_options(const Verb& verb) const;
  [[nodiscard]] Result<Options> open_options(const Verb& verb) const;
  void log(LogLevel level, std::string_view message) const;
  Outcome run_with_ledger(const Verb& verb, const Action& action);

  CLI::App* app_ = nullptr;
  std::string ledger_;
  bool json_ = false;
  std::optional<std::string> actor_;
  std::string reason_;
  std::optional<std::string> request_id_;
  bool dry_run_ = false;
  bool verbose_ = false;
  std::optional<std::string> disk_reserve_;
  std::optional<std::string> compression_level_;
  bool colour_ = false;
  Json error_fields_ = Json::object();
  std::function<Outcome()> chosen_;
  Output out_;
};

}  // namespace purser::tools
