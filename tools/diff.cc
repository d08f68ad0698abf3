#include <fmt/format.h>

#include "escape.h"
#include "parse.h"
#include "text_diff.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct DiffArguments {
  std::vector<std::string> subjects;
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::optional<std::string> channel;
  bool text = false;
};

// What is compared; nothing stands for no files at all.
struct Sides {
  std::optional<DeploymentId> before;
  std::optional<DeploymentId> after;
};

Result<std::optional<DeploymentId>> active_then(const Ledger& ledger, const std::string& owner,
                                                const std::string& channel, const AsOf& at) {
  const auto deployment = ledger.active_at(owner, channel, at);
  if (!deployment) return deployment.error();
  return *deployment ? std::optional((*deployment)->id) : std::nullopt;
}

Result<Sides> sides_of_channel(const Ledger& ledger, const DiffArguments& arguments) {
  if (!arguments.from || arguments.subjects.size() != 1) {
    return InvalidArgument{"diff", "takes either two ids, or an owner with --from"};
  }
  const std::string channel = arguments.channel.value_or(std::string(kLiveChannel));
  const auto from = parse_as_of("--from", *arguments.from);
  if (!from) return from.error();
  const auto to =
      arguments.to ? parse_as_of("--to", *arguments.to) : Result<AsOf>(AsOf(Timestamp{INT64_MAX}));
  if (!to) return to.error();
  const auto before = active_then(ledger, arguments.subjects[0], channel, *from);
  if (!before) return before.error();
  const auto after = active_then(ledger, arguments.subjects[0], channel, *to);
  if (!after) return after.error();
  return Sides{*before, *after};
}

Result<Sides> sides_of(const Ledger& ledger, const DiffArguments& arguments) {
  if (arguments.subjects.size() != 2 || arguments.from || arguments.to || arguments.channel) {
    return sides_of_channel(ledger, arguments);
  }
  const auto before = parse_id(ledger, arguments.subjects[0]);
  if (!before) return before.error();
  const auto after = parse_id(ledger, arguments.subjects[1]);
  if (!after) return after.error();
  return Sides{*before, *after};
}

struct Totals {
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
  std::uint64_t changed = 0;
};

std::string_view count(Totals& totals, const FileChange& change) {
  if (!change.before) return ++totals.added, "added";
  if (!change.after) return ++totals.removed, "removed";
  return ++totals.changed, "changed";
}

Json json_of_side(const std::optional<FileEntry>& file) {
  if (!file) return nullptr;
  Json side = json_of(*file);
  side.erase("path");
  side.erase("path_hex");
  return side;
}

std::string describe(const std::optional<FileEntry>& file) {
  return file ? fmt::format("{} {}", file->executable ? "0755" : "0644", file->size) : "-";
}

// Tells one change after the other.
class Teller {
 public:
  Teller(Session& session, const Ledger& ledger, const Sides& sides, bool text)
      : session_(session), text_(ledger, sides.before, sides.after), wants_text_(text) {}

  // False after an error, which `outcome` keeps.
  bool tell(const FileChange& change) {
    const std::string_view what = count(totals_, change);
    std::optional<std::string> text;
    if (wants_text_) {
      auto made = text_.of(change);
      if (!made) return outcome_ = std::move(made).error(), false;
      text = *std::move(made);
    }
    session_.json() ? tell_json(change, what, text) : tell_text(change, what, text);
    return !session_.out().failed();
  }

  Outcome finish() {
    if (!outcome_) return outcome_.error();
    session_.hint(fmt::format("{} added, {} removed, {} changed", totals_.added, totals_.removed,
                              totals_.changed));
    return kDone;
  }

 private:
  void tell_json(const FileChange& change, std::string_view what,
                 const std::optional<std::string>& text) {
    Json json;
    json["change"] = what;
    put_text(json, "path", change.path());
    json["before"] = json_of_side(change.before);
    json["after"] = json_of_side(change.after);
    if (wants_text_) put_optional_text(json, "text", text);
    session_.out().json(json);
  }

  void tell_text(const FileChange& change, std::string_view what,
                 const std::optional<std::string>& text) {
    session_.out().line(fmt::format("{:<8}{} ({} -> {})", what, escape(change.path()),
                                    describe(change.before), describe(change.after)));
    if (text) session_.out().write(*text);
  }

  Session& session_;
  TextDiff text_;
  const bool wants_text_;
  Totals totals_;
  Status outcome_;
};

Outcome diff(Session& session, const Ledger& ledger, const DiffArguments& arguments) {
  const auto sides = sides_of(ledger, arguments);
  if (!sides) return sides.error();
  Teller teller(session, ledger, *sides, arguments.text);
  const Status status = ledger.diff(sides->before, sides->after,
                                    [&](const FileChange& change) { return teller.tell(change); });
  if (!status) return status.error();
  return teller.finish();
}

}  // namespace

void add_diff(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<DiffArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"diff", kFiles, "How the files of two deployments differ, or a channel at two moments",
       "purser diff project:demo --from 2026-11-22 --to 2026-11-23T14:05:00Z --text",
       Access::query},
      [&session, arguments](Ledger& ledger) { return diff(session, ledger, *arguments); });
  verb->add_option("ID", arguments->subjects, "Two deployments; or, with --from, one owner")
      ->required()
      ->expected(1, 2)
      ->type_name("");
  add_text_option(*verb, "--from", arguments->from, "MOMENT",
                  "Compare what was active then: a position, a time, a date or a time ago");
  add_text_option(*verb, "--to", arguments->to, "MOMENT", "With what was then; now unless given");
  add_text_option(*verb, "--channel", arguments->channel, "NAME", "Whose; live unless given");
  verb->add_flag("--text", arguments->text, "Show how text files differ, as diff -u does");
}

}  // namespace purser::tools
