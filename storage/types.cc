#include "purser/types.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <ctime>

#include "purser/event.h"
#include "purser/origin.h"

namespace purser {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kYear10000 = 253'402'300'800;  // its first second

template <std::size_t N>
std::string hex(const std::array<std::uint8_t, N>& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * N);
  for (std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Reads text from left to right; a failed step makes every later one fail.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits, int min, int max) {
    int value = 0;
    if (!ok_ || rest_.size() < digits) return fail();
    for (char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return fail();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value >= min && value <= max ? value : fail();
  }
  char one_of(std::string_view chars) {
    if (!ok_ || rest_.empty() || chars.find(rest_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  std::int64_t fraction_us() {
    if (!ok_ || rest_.empty() || rest_.front() != '.') return 0;
    rest_.remove_prefix(1);
    std::int64_t value = 0;
    int digits = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      if (++digits > 6) return fail();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (digits == 0) return fail();
    for (; digits < 6; ++digits) value *= 10;
    return value;
  }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::string_view to_string(DeploymentStatus status) {
  switch (status) {
    case DeploymentStatus::building: return "building";
    case DeploymentStatus::ready: return "ready";
    case DeploymentStatus::failed: return "failed";
  }
  return "unknown";
}

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::created: return "created";
    case EventKind::ready: return "ready";
    case EventKind::failed: return "failed";
    case EventKind::marked_bad: return "marked_bad";
    case EventKind::unmarked_bad: return "unmarked_bad";
    case EventKind::artifact_deleted: return "artifact_deleted";
    case EventKind::activated: return "activated";
    case EventKind::noted: return "noted";
    case EventKind::pinned: return "pinned";
    case EventKind::unpinned: return "unpinned";
    case EventKind::frozen: return "frozen";
    case EventKind::unfrozen: return "unfrozen";
  }
  return "unknown";
}

std::optional<EventKind> parse_event_kind(std::string_view word) {
  for (std::size_t i = 1; i <= std::variant_size_v<Payload>; ++i) {
    const auto kind = static_cast<EventKind>(i);
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::promote: return "promote";
    case Cause::rollback: return "rollback";
    case Cause::restore: return "restore";
    case Cause::clear: return "clear";
  }
  return "unknown";
}

std::string to_rfc3339(Timestamp time) {
  std::int64_t seconds = time.unix_us / kMicrosecondsPerSecond;
  std::int64_t fraction = time.unix_us % kMicrosecondsPerSecond;
  if (fraction < 0) {
    fraction += kMicrosecondsPerSecond;
    --seconds;
  }
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(static_cast<std::time_t>(seconds)),
                     fraction);
}

std::optional<Timestamp> parse_time(std::string_view text) {
  TimeReader reader(text);
  std::tm fields{};
  fields.tm_year = reader.number(4, 1970, 9999) - 1900;
  reader.one_of("-");
  fields.tm_mon = reader.number(2, 1, 12) - 1;
  reader.one_of("-");
  fields.tm_mday = reader.number(2, 1, 31);
  const int day = fields.tm_mday;
  std::int64_t fraction = 0;
  std::int64_t offset_seconds = 0;
  if (!reader.at_end()) {
    reader.one_of("Tt ");
    fields.tm_hour = reader.number(2, 0, 23);
    reader.one_of(":");
    fields.tm_min = reader.number(2, 0, 59);
    reader.one_of(":");
    fields.tm_sec = reader.number(2, 0, 59);
    fraction = reader.fraction_us();
    const char zone = reader.one_of("Zz+-");
    if (zone == '+' || zone == '-') {
      const int hours = reader.number(2, 0, 23);
      reader.one_of(":");
      offset_seconds = std::int64_t{hours} * 3600 + std::int64_t{reader.number(2, 0, 59)} * 60;
      if (zone == '-') offset_seconds = -offset_seconds;
    }
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  const std::int64_t seconds = timegm(&fields) - offset_seconds;
  if (fields.tm_mday != day) return std::nullopt;                 // 30 February and its kind
  if (seconds < 0 || seconds >= kYear10000) return std::nullopt;  // brought there by the offset
  return Timestamp{seconds * kMicrosecondsPerSecond + fraction};
}

std::string to_hex(const Digest& digest) { return hex(digest.bytes); }
std::string to_hex(const LedgerId& id) { return hex(id.bytes); }

namespace {

template <class Bytes>
std::optional<Bytes> parse_hex(std::string_view text) {
  Bytes value;
  if (text.size() != 2 * value.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < value.bytes.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    value.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return value;
}

}  // namespace

std::optional<Digest> parse_digest(std::string_view hex) { return parse_hex<Digest>(hex); }

std::optional<LedgerId> parse_ledger_id(std::string_view hex) { return parse_hex<LedgerId>(hex); }

std::string_view to_string(OriginKind kind) {
  switch (kind) {
    case OriginKind::replay: return "replay";
    case OriginKind::salvage: return "salvage";
    case OriginKind::imported: return "import";
  }
  return "unknown";
}

}  // namespace purser
