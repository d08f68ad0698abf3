#include "bench_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "parse.h"
#include "purser/commands.h"
#include "verb_options.h"

namespace purser::tools {
namespace {

constexpr std::uint64_t kThreadsMax = 1000;
constexpr std::uint64_t kInFlightMax = 65'536;
constexpr std::uint64_t kOwnersMax = 1'000'000;
constexpr std::uint64_t kReasonBytesMax = 4096;
constexpr double kSecondsMin = 0.1;
constexpr double kSecondsMax = 86'400;

// Leaves `target` as it is if the option was not given.
Status read_count(std::string_view option, const std::optional<std::string>& text,
                  std::uint64_t min, std::uint64_t max, std::size_t& target) {
  if (!text) return {};
  const auto number = parse_number(option, *text, min, max);
  if (!number) return number.error();
  target = *number;
  return {};
}

// Digits, and a point with more of them if need be: neither a sign nor an exponent.
bool is_decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return is_digits(text);
  return is_digits(text.substr(0, point)) && is_digits(text.substr(point + 1));
}

Status read_seconds(const std::optional<std::string>& text, double& target) {
  if (!text) return {};
  double value = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), value);
  if (!is_decimal(*text) || read.ec != std::errc() || value < kSecondsMin || value > kSecondsMax) {
    return InvalidArgument{"--seconds", fmt::format("'{}' is not a number from {} to {}", *text,
                                                    kSecondsMin, kSecondsMax)};
  }
  target = value;
  return {};
}

Status check_together(const BenchPlan& plan) {
  if (plan.batch > 1 && plan.in_flight > 1) {
    return InvalidArgument{"--batch",
                           "a thread either waits for each batch or keeps single "
                           "promotions in flight; leave out --batch or --in-flight"};
  }
  if (plan.owners < plan.threads) {
    return InvalidArgument{
        "--owners", fmt::format("{} owners are too few for {} threads, each of which moves the "
                                "pointers of its own owners",
                                plan.owners, plan.threads)};
  }
  return {};
}

}  // namespace

void add_bench_options(CLI::App& verb, BenchArguments& arguments) {
  add_text_option(verb, "--threads", arguments.threads, "N",
                  "Threads that promote at the same time, 1 to 1000; 1 unless given");
  add_text_option(verb, "--in-flight", arguments.in_flight, "N",
                  "Promotions that each thread keeps under way, 1 to 65536; 1 unless given");
  add_text_option(verb, "--batch", arguments.batch, "N",
                  "Promotions of one call, all or none, 1 to 1000; 1 unless given");
  add_text_option(verb, "--owners", arguments.owners, "N",
                  "Whose pointers move, 1 to 1000000; 1000 unless given");
  add_text_option(verb, "--event-bytes", arguments.event_bytes, "N",
                  "Length of the reason that each promotion records, 0 to 4096; 0 unless given");
  add_text_option(verb, "--seconds", arguments.seconds, "S",
                  "How long to measure, 0.1 to 86400; 5 unless given");
  verb.add_option("--dir", arguments.directory,
                  "Where the scratch ledger is made and removed; the current folder unless given")
      ->type_name("DIR");
  add_text_option(verb, "--plot", arguments.plot, "FILE",
                  "Measure with 1, 2, 4 and so on up to --threads threads, and draw the figures "
                  "in FILE, .svg or .png; needs gnuplot");
}

Result<BenchPlan> plan_of(const BenchArguments& arguments) {
  BenchPlan plan;
  for (const Status& read :
       {read_count("--threads", arguments.threads, 1, kThreadsMax, plan.threads),
        read_count("--in-flight", arguments.in_flight, 1, kInFlightMax, plan.in_flight),
        read_count("--batch", arguments.batch, 1, kApplyCommandsMax, plan.batch),
        read_count("--owners", arguments.owners, 1, kOwnersMax, plan.owners),
        read_count("--event-bytes", arguments.event_bytes, 0, kReasonBytesMax, plan.event_bytes),
        read_seconds(arguments.seconds, plan.seconds), check_together(plan)}) {
    if (!read) return read.error();
  }
  return plan;
}

std::vector<std::size_t> threads_of_sweep(std::size_t threads) {
  std::vector<std::size_t> counts;
  for (std::size_t one = 1; one < threads; one *= 2) counts.push_back(one);
  counts.push_back(threads);
  return counts;
}

}  // namespace purser::tools
