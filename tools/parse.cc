#include "parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace purser::tools {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;

std::int64_t now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

// Seconds in a unit of time; 0 for a letter that is none.
std::int64_t unit_seconds(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 604800;
    default: return 0;
  }
}

// `90s`, `2h`; nothing if it is no such text or too long ago to be a time.
std::optional<Timestamp> parse_ago(std::string_view text) {
  if (text.size() < 2 || !is_digits(text.substr(0, text.size() - 1))) return std::nullopt;
  std::int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size() - 1, count);
  const std::int64_t unit = unit_seconds(text.back());
  std::int64_t length_us = 0;
  if (read.ec != std::errc() || unit == 0 ||
      __builtin_mul_overflow(count, unit * kMicrosecondsPerSecond, &length_us)) {
    return std::nullopt;
  }
  const std::int64_t now = now_us();
  return length_us <= now ? std::optional(Timestamp{now - length_us}) : std::nullopt;
}

}  // namespace

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<std::uint64_t> parse_number(std::string_view what, std::string_view text, std::uint64_t min,
                                   std::uint64_t max) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!is_digits(text) || read.ec != std::errc() || value < min || value > max) {
    return InvalidArgument{std::string(what),
                           fmt::format("'{}' is not a number from {} to {}", text, min, max)};
  }
  return value;
}

Result<DeploymentId> parse_id(const Ledger& ledger, std::string_view text) {
  if (is_digits(text)) {
    auto number = parse_number("ID", text, 1);
    if (!number) return number.error();
    return DeploymentId{*number};
  }
  auto found = ledger.find(text);
  if (!found) return found.error();
  return found->id;
}

Result<Labels> parse_labels(const std::vector<std::string>& words) {
  Labels labels;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      return InvalidArgument{"--label", fmt::format("'{}' is not KEY=VALUE", word)};
    }
    if (!labels.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      return InvalidArgument{"--label", fmt::format("'{}' is given twice", word.substr(0, equals))};
    }
  }
  return labels;
}

Result<Timestamp> parse_moment(std::string_view what, std::string_view text) {
  if (const auto time = parse_time(text)) return *time;
  if (const auto ago = parse_ago(text)) return *ago;
  return InvalidArgument{
      std::string(what),
      fmt::format("'{}' is neither a time such as 2026-11-22T14:05:00Z, nor a date, nor a time ago "
                  "such as 90s, 15m, 2h, 7d or 1w",
                  text)};
}

Result<AsOf> parse_as_of(std::string_view what, std::string_view text) {
  if (is_digits(text)) {
    const auto position = parse_number(what, text);
    if (!position) return position.error();
    return AsOf(Position{*position});
  }
  const auto moment = parse_moment(what, text);
  if (!moment) return moment.error();
  return AsOf(*moment);
}

Result<std::optional<Generation>> parse_expect(const std::optional<std::string>& text) {
  if (!text) return std::optional<Generation>();
  auto number = parse_number("--expect", *text);
  if (!number) return number.error();
  return std::optional(Generation{*number});
}

}  // namespace purser::tools
