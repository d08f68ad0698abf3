#include <fmt/format.h>

#include <algorithm>

#include "delivery_figures.h"
#include "delivery_plot.h"
#include "escape.h"
#include "parse.h"
#include "picture.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

constexpr double kHalf = 0.5;
constexpr double kMost = 0.9;

struct ReportArguments {
  std::optional<std::string> owner;
  std::optional<std::string> channel;
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::optional<std::string> picture;
};

Result<DeliveryQuery> query_of(const ReportArguments& arguments) {
  DeliveryQuery query;
  query.owner = arguments.owner;
  query.channel = arguments.channel;
  if (arguments.since) {
    const auto since = parse_moment("--since", *arguments.since);
    if (!since) return since.error();
    query.since = *since;
  }
  if (arguments.until) {
    const auto until = parse_moment("--until", *arguments.until);
    if (!until) return until.error();
    query.until = *until;
  }
  if (query.since && query.until && *query.until <= *query.since) {
    return InvalidArgument{"--until", "must be after --since"};
  }
  return query;
}

// Stored rows where an embedding program keeps them, and they are of now.
bool is_stored(const Stats& stats) {
  return std::any_of(stats.user_projections.begin(), stats.user_projections.end(),
                     [&](const auto& one) {
                       return one.name == kDeliveryName && one.version == kDeliveryVersion &&
                              one.cursor == stats.log_size;
                     });
}

Result<Delivery> deliveries(const Ledger& ledger, const Stats& stats, const DeliveryQuery& query) {
  Delivery delivery;
  const ProjectionLook look = [&](const ProjectionRows& rows) -> Status {
    auto read = read_delivery(rows, query);
    if (!read) return read.error();
    delivery = *std::move(read);
    return {};
  };
  ProgressBar bar("folding", "events");
  const Status looked = is_stored(stats)
                            ? ledger.look_at_projection(kDeliveryName, look)
                            : ledger.fold_in_memory(delivery_projection(), look, bar.callback());
  if (!looked) return looked.error();
  return delivery;
}

template <class Number>
Json number_json(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json durations_json(const Durations& durations) {
  return {{"count", durations.count()},
          {"half_below", number_json(durations.below(kHalf))},
          {"90_percent_below", number_json(durations.below(kMost))},
          {"max", number_json(durations.below(1))}};
}

Json report_json(const Delivery& delivery, const DeliveryQuery& query, Timestamp end) {
  Json items = Json::array();
  for (const auto& [name, figures] : delivery.pointers) {
    Json item = Json::object();
    put_text(item, "owner_key", name.first);
    put_text(item, "channel", name.second);
    item["promotions"] = figures.promotions;
    item["undated"] = figures.undated;
    item["per_day"] = number_json(promotions_in(kDayUs, figures, query, end));
    item["per_week"] = number_json(promotions_in(7 * kDayUs, figures, query, end));
    item["lead_us"] = durations_json(figures.lead);
    item["failed"] = figures.failed;
    item["failure_rate"] = figures.failure_rate();
    item["restore_us"] = durations_json(figures.restore);
    items.push_back(std::move(item));
  }
  return {{"since", json_of(query.since)},
          {"until", json_of(Timestamp{end.unix_us})},
          {"items", std::move(items)},
          {"next", nullptr}};
}

std::string duration_text(std::optional<std::int64_t> us) {
  if (!us) return "-";
  const std::int64_t seconds = *us / 1'000'000;
  const std::int64_t minutes = seconds / 60;
  const std::int64_t hours = minutes / 60;
  if (seconds < 1) return fmt::format("{} ms", *us / 1000);
  if (minutes < 1) return fmt::format("{} s", seconds);
  if (hours < 1) return fmt::format("{} min {} s", minutes, seconds % 60);
  if (hours < 24) return fmt::format("{} h {} min", hours, minutes % 60);
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string report_text(const Delivery& delivery, const DeliveryQuery& query, Timestamp end,
                        bool colour) {
  Table table({{"OWNER"},
               {"CHANNEL"},
               {"PROMOTIONS", true},
               {"PER WEEK", true},
               {"LEAD", true},
               {"FAILED", true},
               {"RATE", true},
               {"RESTORE", true}},
              colour);
  for (const auto& [name, figures] : delivery.pointers) {
    const auto weekly = promotions_in(7 * kDayUs, figures, query, end);
    table.add({{name.first},
               {name.second},
               {fmt::to_string(figures.promotions)},
               {weekly ? fmt::format("{:.1f}", *weekly) : "-"},
               {duration_text(figures.lead.below(kHalf))},
               {fmt::to_string(figures.failed)},
               {fmt::format("{:.0f} %", 100 * figures.failure_rate())},
               {duration_text(figures.restore.below(kHalf))}});
  }
  return table.take();
}

Outcome report(Session& session, const Ledger& ledger, const ReportArguments& arguments) {
  const auto query = query_of(arguments);
  if (!query) return query.error();
  std::optional<Picture> picture;
  if (arguments.picture) {
    auto begun = Picture::begin("--picture", *arguments.picture);
    if (!begun) return begun.error();
    picture.emplace(*std::move(begun));
  }
  const auto stats = ledger.stats();
  if (!stats) return stats.error();
  const auto delivery = deliveries(ledger, *stats, *query);
  if (!delivery) return delivery.error();
  const Timestamp last = stats->last_event_time.value_or(Timestamp{});
  const Timestamp end = std::min(query->until.value_or(last), last);
  Json json = report_json(*delivery, *query, end);
  std::string text = report_text(*delivery, *query, end, session.colour());
  if (picture) {
    if (const Status drawn = picture->draw(delivery_script(*delivery)); !drawn) {
      return drawn.error();
    }
    put_text(json, "picture", *arguments.picture);
    text += fmt::format("drawn in {}\n", escape(*arguments.picture));
  }
  return session.answer(json, text);
}

}  // namespace

void add_report(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"report", kQueries, "How often promotions come, how many fail, how soon that is mended",
       "purser report --owner project:demo --since 30d --picture report.svg", Access::query},
      [&session, arguments](Ledger& ledger) { return report(session, ledger, *arguments); });
  add_text_option(*verb, "--owner", arguments->owner, "OWNER", "Only of this owner");
  add_text_option(*verb, "--channel", arguments->channel, "CHANNEL", "Only of this channel");
  add_text_option(*verb, "--since", arguments->since, "WHEN",
                  "Promotions from a time, a date or a time ago (2h, 7d) on");
  add_text_option(*verb, "--until", arguments->until, "WHEN", "Before it");
  add_text_option(*verb, "--picture", arguments->picture, "FILE",
                  "Also draws a picture with gnuplot; FILE ends in .svg or .png");
}

}  // namespace purser::tools
