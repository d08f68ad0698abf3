#include <fmt/format.h>

#include <random>

#include "bench_folder.h"
#include "bench_measure.h"
#include "bench_plot.h"
#include "escape.h"
#include "picture.h"
#include "progress_bar.h"
#include "verbs.h"

namespace purser::tools {
namespace {

// Letters at random, which a database cannot compress to nothing, but the same in every run.
std::string padding(std::size_t bytes) {
  std::minstd_rand random;
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>('a' + random() / 7919 % 26);
  return text;
}

Result<std::vector<BenchOwner>> prepare(Ledger& ledger, const BenchPlan& plan) {
  ProgressBar bar("preparing", "owners");
  return make_bench_owners(ledger, plan.owners, bar.callback());
}

Result<BenchReport> measure(Ledger& ledger, const BenchPlan& plan, const Context& context) {
  auto owners = prepare(ledger, plan);
  if (!owners) return owners.error();
  ProgressBar bar(
      fmt::format("measuring, {} {}", plan.threads, plan.threads == 1 ? "thread" : "threads"),
      "promotions");
  return measure_promotions(ledger, *owners, plan, context, bar.callback());
}

Result<BenchReport> measure_in(const std::string& folder, const BenchPlan& plan,
                               const Context& context) {
  if (const auto id = Ledger::init(folder); !id) return id.error();
  auto ledger = Ledger::open(folder);
  if (!ledger) return ledger.error();
  auto report = measure(*ledger, plan, context);
  if (const Status closed = ledger->close(); !closed && report) return closed.error();
  return report;
}

// In a scratch ledger of its own.
Result<BenchReport> measure_apart(Session& session, const std::string& directory,
                                  const BenchPlan& plan) {
  auto folder = BenchFolder::make(directory);
  if (!folder) return folder.error();
  Context context = session.context();
  context.reason = padding(plan.event_bytes);
  auto report = measure_in(folder->path(), plan, context);
  if (const Status removed = folder->remove(); !removed) session.warn(removed.error());
  return report;
}

Result<std::vector<BenchReport>> sweep(Session& session, const std::string& directory,
                                       BenchPlan plan, const std::vector<std::size_t>& threads) {
  std::vector<BenchReport> reports;
  for (const std::size_t count : threads) {
    plan.threads = count;
    auto report = measure_apart(session, directory, plan);
    if (!report) return report.error();
    reports.push_back(*std::move(report));
  }
  return reports;
}

Outcome bench_and_draw(Session& session, const BenchArguments& arguments, const BenchPlan& plan) {
  auto plot = Picture::begin("--plot", *arguments.plot);
  if (!plot) return plot.error();
  const auto threads = threads_of_sweep(plan.threads);
  session.hint(fmt::format("threads, one number after the other: {}; {} s each",
                           fmt::join(threads, ", "), plan.seconds));
  const auto reports = sweep(session, arguments.directory, plan, threads);
  if (!reports) return reports.error();
  if (const Status drawn = plot->draw(plot_script(*reports)); !drawn) return drawn.error();
  Json page{{"items", json_of(*reports)}, {"next", nullptr}};
  put_text(page, "plot", *arguments.plot);
  return session.answer(page, bench_table(*reports, session.colour()) +
                                  fmt::format("drawn in {}\n", escape(*arguments.plot)));
}

Outcome bench(Session& session, const BenchArguments& arguments) {
  const auto plan = plan_of(arguments);
  if (!plan) return plan.error();
  if (const Status usable = check_bench_place(session, arguments.directory); !usable) {
    return usable.error();
  }
  const InterruptScope interrupts;  // until the scratch ledger is gone
  if (arguments.plot) return bench_and_draw(session, arguments, *plan);
  const auto report = measure_apart(session, arguments.directory, *plan);
  if (!report) return report.error();
  return session.answer(json_of(*report), bench_table({*report}, session.colour()));
}

}  // namespace

void add_bench(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<BenchArguments>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"bench", kUpkeep, "Measure promotions on a disk, in a scratch ledger that is removed again",
       "purser bench --threads 16 --dir /var/lib", Access::none},
      [&session, arguments] { return bench(session, *arguments); });
  add_bench_options(*verb, *arguments);
  add_bench_artifacts(*verb, session);
}

}  // namespace purser::tools
