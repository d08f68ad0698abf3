#include "input_limits.h"

#include <charconv>

#include "try.h"
#include "user_names.h"
#include "utf8.h"

namespace purser {
namespace {

constexpr std::size_t kRebuildBytesMin = 1u << 20;
constexpr std::uint64_t kPackBytesMin = 1u << 20;
constexpr int kCompressionLevelMax = 19;
constexpr std::chrono::milliseconds kAnchorDelayMin{1};

constexpr std::size_t kOwnerBytesMax = 255;
constexpr std::size_t kChannelBytesMax = 128;
constexpr std::size_t kSourceRefBytesMax = 1024;
constexpr std::size_t kReasonBytesMax = 4096;
constexpr std::size_t kRequestIdBytesMax = 128;
constexpr std::size_t kLabelsMax = 64;
constexpr std::size_t kLabelKeyBytesMax = 128;
constexpr std::size_t kLabelValueBytesMax = 1024;
constexpr std::size_t kFailureCodeBytesMax = 128;
constexpr std::size_t kFailureMessageBytesMax = 8192;
constexpr std::size_t kLocationBytesMax = 4096;

bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
  return sequence.size() == 2 && first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
}

enum class Controls { refused, allowed };

Status check_text(const char* what, std::string_view text, std::size_t bytes_min,
                  std::size_t bytes_max, Controls controls) {
  if (text.size() > bytes_max) return LimitExceeded{what, bytes_max, text.size()};
  if (text.size() < bytes_min) return InvalidArgument{what, "must not be empty"};
  while (!text.empty()) {
    const std::size_t size = utf8_sequence(text);
    if (size == 0) return InvalidArgument{what, "is not valid UTF-8"};
    if (controls == Controls::refused && is_control(text.substr(0, size))) {
      return InvalidArgument{what, "must not hold control characters"};
    }
    text.remove_prefix(size);
  }
  return {};
}

}  // namespace

Status check_owner(std::string_view owner) {
  return check_text("owner", owner, 1, kOwnerBytesMax, Controls::refused);
}

Status check_channel(std::string_view channel) {
  return check_text("channel", channel, 1, kChannelBytesMax, Controls::refused);
}

Status check_pointer(std::string_view owner, std::string_view channel) {
  PURSER_TRY(check_owner(owner));
  return check_channel(channel);
}

Status check_scope(std::string_view owner, const std::optional<std::string>& channel) {
  PURSER_TRY(check_owner(owner));
  return channel ? check_channel(*channel) : Status();
}

namespace {

Status check_who_and_why(std::string_view actor, std::string_view reason,
                         const std::optional<std::string>& request_id) {
  PURSER_TRY(check_text("actor", actor, 1, kOwnerBytesMax, Controls::refused));
  PURSER_TRY(check_text("reason", reason, 0, kReasonBytesMax, Controls::allowed));
  if (!request_id) return {};
  return check_text("request id", *request_id, 1, kRequestIdBytesMax, Controls::refused);
}

}  // namespace

Status check_context(const Context& context) {
  return check_who_and_why(context.actor, context.reason, context.request_id);
}

Status check_header(const EventHeader& header) {
  return check_who_and_why(header.actor, header.reason, header.request_id);
}

Status check_create(const std::optional<std::string>& source_ref, const Labels& labels) {
  if (source_ref) {
    PURSER_TRY(check_text("source_ref", *source_ref, 0, kSourceRefBytesMax, Controls::allowed));
  }
  if (labels.size() > kLabelsMax) return LimitExceeded{"labels", kLabelsMax, labels.size()};
  for (const auto& [key, value] : labels) {
    PURSER_TRY(check_text("label key", key, 1, kLabelKeyBytesMax, Controls::refused));
    PURSER_TRY(check_text("label value", value, 0, kLabelValueBytesMax, Controls::allowed));
  }
  return {};
}

Status check_failure(std::string_view code, std::string_view message) {
  PURSER_TRY(check_text("failure code", code, 1, kFailureCodeBytesMax, Controls::refused));
  return check_text("failure message", message, 0, kFailureMessageBytesMax, Controls::allowed);
}

Status check_location(std::string_view location) {
  return check_text("location", location, 1, kLocationBytesMax, Controls::refused);
}

Status check_page(const PageRequest& page) {
  if (page.limit < 1) return InvalidArgument{"limit", "must be at least 1"};
  if (page.limit > kPageLimitMax) return LimitExceeded{"limit", kPageLimitMax, page.limit};
  return {};
}

Result<std::uint64_t> parse_cursor(std::string_view cursor) {
  std::uint64_t value = 0;
  const char* end = cursor.data() + cursor.size();
  const auto [stop, error] = std::from_chars(cursor.data(), end, value);
  if (cursor.empty() || error != std::errc() || stop != end) {
    return InvalidArgument{"cursor",
                           "'" + std::string(cursor) + "' is not the `next` of a page before"};
  }
  return value;
}

Status check_options(const Options& options) {
  Context context;
  context.actor = options.actor;
  PURSER_TRY(check_context(context));
  if (options.group_commands_max < 1) {
    return InvalidArgument{"group_commands_max", "must be at least 1"};
  }
  if (options.anchor_commits_max < 1) {
    return InvalidArgument{"anchor_commits_max", "must be at least 1"};
  }
  if (options.anchor_delay_max < kAnchorDelayMin) {
    return InvalidArgument{"anchor_delay_max", "must be at least 1 ms"};
  }
  if (options.in_flight_max < 1) return InvalidArgument{"in_flight_max", "must be at least 1"};
  if (options.rebuild_memory_bytes < kRebuildBytesMin) {
    return InvalidArgument{"rebuild_memory_bytes", "must be at least 1 MiB"};
  }
  if (options.compression_level < 0 || options.compression_level > kCompressionLevelMax) {
    return InvalidArgument{"compression_level", "must be 0 to 19"};
  }
  if (options.pack_bytes_max < kPackBytesMin) {
    return InvalidArgument{"pack_bytes_max", "must be at least 1 MiB"};
  }
  return check_user_projections(options.projections);
}

}  // namespace purser
