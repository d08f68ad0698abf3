#include <fmt/format.h>

#include "event_rows.h"
#include "pages.h"
#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct LogArguments {
  std::optional<std::string> owner;
  std::optional<std::string> kind;
  std::optional<std::string> actor;
  std::vector<std::string> labels;
  std::optional<std::string> since;
  std::optional<std::string> until;
  bool newest_first = false;
  PageArguments page;
};

// Times ascend strictly along the log, so that a position stands for the time of its event. Nothing
// where the log has no such position yet.
Result<std::optional<Timestamp>> moment_of(const Ledger& ledger, std::string_view option,
                                           const std::string& text) {
  if (!is_digits(text)) {
    const auto moment = parse_moment(option, text);
    if (!moment) return moment.error();
    return std::optional(*moment);
  }
  const auto position = parse_number(option, text, 1);
  if (!position) return position.error();
  const auto events = ledger.read(Position{*position}, 1);
  if (!events) return events.error();
  return events->empty() ? std::nullopt : std::optional(events->front().time);
}

// `--actor` before the verb is the global option, and means the same here.
Result<EventFilter> filter_of(const Session& session, const Ledger& ledger,
                              const LogArguments& arguments) {
  EventFilter filter;
  filter.owner_key = arguments.owner;
  filter.actor = arguments.actor ? arguments.actor : session.actor();
  auto labels = parse_labels(arguments.labels);
  if (!labels) return labels.error();
  filter.labels = *labels;
  if (arguments.kind) {
    filter.kind = parse_event_kind(*arguments.kind);
    if (!filter.kind) {
      return InvalidArgument{
          "--kind", fmt::format("'{}' is none of created, ready, failed, marked_bad, unmarked_bad, "
                                "artifact_deleted, activated, noted, pinned, unpinned, frozen "
                                "and unfrozen",
                                *arguments.kind)};
    }
  }
  if (arguments.since) {
    const auto since = moment_of(ledger, "--since", *arguments.since);
    if (!since) return since.error();
    filter.since = since->value_or(Timestamp{INT64_MAX});
  }
  if (arguments.until) {
    const auto until = moment_of(ledger, "--until", *arguments.until);
    if (!until) return until.error();
    filter.until = *until;
  }
  return filter;
}

Outcome log(Session& session, const Ledger& ledger, const LogArguments& arguments) {
  const auto filter = filter_of(session, ledger, arguments);
  if (!filter) return filter.error();
  const auto order =
      arguments.newest_first ? HistoryOrder::newest_first : HistoryOrder::oldest_first;
  const Listing<Event> listing{event_columns(), event_row};
  return list_pages(session, arguments.page, listing,
                    [&](const PageRequest& page) { return ledger.history(*filter, page, order); });
}

}  // namespace

void add_log(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<LogArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"log", kQueries, "The events, oldest first",
       "purser log --owner project:demo --since 7d --newest-first", Access::query},
      [&session, arguments](Ledger& ledger) { return log(session, ledger, *arguments); });
  add_text_option(*verb, "--owner", arguments->owner, "OWNER", "Only of this owner");
  add_text_option(*verb, "--kind", arguments->kind, "KIND", "Only of this kind, such as activated");
  add_text_option(*verb, "--actor", arguments->actor, "NAME", "Only by this actor");
  add_label_option(*verb, arguments->labels,
                   "Only about deployments with this label; any number of times");
  add_text_option(*verb, "--since", arguments->since, "WHEN",
                  "From a time, a date, a time ago (2h, 7d) or a position on");
  add_text_option(*verb, "--until", arguments->until, "WHEN", "Before it");
  verb->add_flag("--newest-first", arguments->newest_first, "Begin at the end");
  add_page_options(*verb, arguments->page);
}

}  // namespace purser::tools
