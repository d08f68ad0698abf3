#include "past_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

namespace purser::tools {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
constexpr char kImplied[] = "implied";
constexpr char kNameLabel[] = "imported_as";

// An object whose keys are all different; anything else is null.
Json parse_object(const std::string& text, std::string& twice) {
  std::vector<std::set<std::string>> keys;
  const auto look = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      if (!keys.back().insert(key).second) twice = key;
    }
    return true;
  };
  Json object = Json::parse(text, look, false);
  return object.is_object() ? object : Json();
}

}  // namespace

// One line, from which keys are taken one after the other until none is left.
struct PastLines::Line {
  std::uint64_t number = 0;
  Json object;
  std::string event;
  std::string owner;
  std::string name;  // of the deployment
  Timestamp time;
  bool time_is_known = false;
  std::string actor;
  std::string reason;

  [[nodiscard]] std::string where() const { return fmt::format("line {}", number); }
  [[nodiscard]] std::string where_of_deployment() const {
    return name.empty() ? where() : fmt::format("{}, deployment '{}'", where(), name);
  }
  [[nodiscard]] InvalidArgument wrong(const std::string& what, std::string why) const {
    return {fmt::format("{}: {}", where(), what), std::move(why)};
  }

  Json take(const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return nullptr;
    Json value = *found;
    object.erase(found);
    return value;
  }

  Result<std::optional<std::string>> text(const char* key) {
    const Json value = take(key);
    if (value.is_null()) return std::optional<std::string>();
    if (!value.is_string()) return wrong(key, "must be a text");
    return std::optional(value.get<std::string>());
  }

  Status text(const char* key, std::string& target) {
    auto found = text(key);
    if (!found) return found.error();
    if (*found) target = **std::move(found);
    return {};
  }

  Status required(const char* key, std::string& target) {
    const auto found = text(key);
    if (!found) return found.error();
    if (!*found) return wrong(key, "is missing");
    target = **found;
    return {};
  }

  Result<std::uint64_t> number_of(const char* key) {
    const Json value = take(key);
    if (value.is_null()) return std::uint64_t{0};
    if (!value.is_number_unsigned()) return wrong(key, "must be a whole number, 0 or more");
    return value.get<std::uint64_t>();
  }

  Result<Labels> labels() {
    const Json value = take("labels");
    Labels labels;
    if (value.is_null()) return labels;
    if (!value.is_object()) return wrong("labels", "must be an object");
    for (const auto& [key, text] : value.items()) {
      if (key == kNameLabel) {
        return wrong("labels", fmt::format("'{}' is the label that the name of the deployment "
                                           "becomes",
                                           kNameLabel));
      }
      if (!text.is_string()) return wrong("labels", "'" + key + "' must be a text");
      labels[key] = text.get<std::string>();
    }
    return labels;
  }

  Status read_common() {
    if (Status status = required("event", event); !status) return status;
    if (Status status = required("owner", owner); !status) return status;
    actor = "unknown";
    if (Status status = text("actor", actor); !status) return status;
    if (Status status = text("reason", reason); !status) return status;
    const auto written = text("time");
    if (!written) return written.error();
    if (!*written) return {};
    const auto parsed = parse_time(**written);
    if (!parsed) {
      return wrong("time",
                   fmt::format("'{}' is no time such as 2026-11-26T14:05:00.123456Z, from 1970 on",
                               **written));
    }
    time = *parsed;
    time_is_known = true;
    return {};
  }

  // What is left is not understood.
  [[nodiscard]] Status check_all_taken() const {
    if (object.empty()) return {};
    const std::string& key = object.begin().key();
    if (key == "source_ref" || key == "labels" || key == "identifier") {
      return wrong(key, "belongs to the first line that names the deployment");
    }
    if (key == "location" || key == "bytes") {
      return wrong(key, "belongs to the line that makes the deployment ready");
    }
    return wrong(key, fmt::format("does not belong to a line with the event '{}'", event));
  }
};

Result<std::optional<PastEvent>> PastLines::next() {
  while (waiting_.empty()) {
    std::string text;
    const auto more = read_line(text);
    if (!more) return more.error();
    if (!*more) return std::optional<PastEvent>();
    if (Status taken = take(text); !taken) return taken.error();
  }
  std::optional<PastEvent> event = std::move(waiting_.front());
  waiting_.pop_front();
  return event;
}

// False behind the last one, which need not end with a newline.
Result<bool> PastLines::read_line(std::string& line) {
  line.clear();
  ++number_;
  while (true) {
    const std::size_t end = block_.find('\n', read_);
    line.append(block_, read_, std::min(end, block_.size()) - read_);
    if (line.size() > kPastLineBytesMax) {
      return LimitExceeded{fmt::format("line {}", number_), kPastLineBytesMax, line.size()};
    }
    if (end != std::string::npos) {
      read_ = end + 1;
      return true;
    }
    read_ = 0;
    block_.resize(ended_ ? 0 : kBlockBytes);
    if (ended_) return !line.empty();
    const auto count = source_(block_.data(), block_.size());
    if (!count) return count.error();
    block_.resize(*count);
    ended_ = *count == 0;
  }
}

Status PastLines::take(const std::string& text) {
  Line line;
  line.number = number_;
  std::string twice;
  line.object = parse_object(text, twice);
  if (!twice.empty()) return line.wrong(twice, "stands there twice");
  if (line.object.is_null()) return InvalidArgument{line.where(), "is no JSON object"};
  if (Status status = line.read_common(); !status) return status;
  if (!line.time_is_known) line.time = last_time_;
  last_time_ = line.time;
  if (Status status = take_event(line); !status) return status;
  return line.check_all_taken();
}

Status PastLines::take_event(Line& line) {
  const std::string& event = line.event;
  PastMovement movement;
  movement.owner = line.owner;
  movement.back = event == "rolled_back";
  const bool moves = movement.back || event == "promoted" || event == "cleared";
  if (moves) {
    if (Status status = line.text("channel", movement.channel); !status) return status;
  }
  if (event == "cleared") {
    add(line, false, std::move(movement));
    return {};
  }
  const bool is_known = moves || event == "created" || event == "ready" || event == "failed" ||
                        event == "artifact_deleted";
  if (!is_known) {
    return line.wrong("event", fmt::format("'{}' is none of created, ready, failed, promoted, "
                                           "rolled_back, cleared and artifact_deleted",
                                           event));
  }
  const auto found = deployment_of(line);
  if (!found) return found.error();
  Known& known = **found;
  if (event == "ready") return make_ready(line, known, false);
  if (event == "failed") {
    Failure failure{"failed", ""};
    if (Status status = line.text("code", failure.code); !status) return status;
    if (Status status = line.text("message", failure.message); !status) return status;
    add(line, false, PastFailure{known.id, std::move(failure)});
  } else if (event == "artifact_deleted") {
    add(line, false, PastDeletion{known.id});
  } else if (moves) {
    if (!known.ready) {
      if (Status status = make_ready(line, known, true); !status) return status;
    }
    movement.to = known.id;
    add(line, false, std::move(movement));
  }
  return {};
}

// The deployment that the line names, which begins here if no line named it before.
Result<PastLines::Known*> PastLines::deployment_of(Line& line) {
  if (Status status = line.required("deployment", line.name); !status) return status.error();
  const bool creates = line.event == "created";
  const auto [found, is_new] = known_.try_emplace({line.owner, line.name});
  if (!is_new) {
    if (creates) return line.wrong("deployment", "'" + line.name + "' was named before");
    return &found->second;
  }
  PastCreate create;
  create.id = found->second.id = last_id_ = DeploymentId{last_id_.value + 1};
  create.owner = line.owner;
  auto source_ref = line.text("source_ref");
  if (!source_ref) return source_ref.error();
  create.options.source_ref = *std::move(source_ref);
  auto identifier = line.text("identifier");
  if (!identifier) return identifier.error();
  create.identifier = *std::move(identifier);
  auto labels = line.labels();
  if (!labels) return labels.error();
  create.options.labels = *std::move(labels);
  create.options.labels.emplace(kNameLabel, line.name);
  add(line, !creates, std::move(create));
  return &found->second;
}

Status PastLines::make_ready(Line& line, Known& known, bool implied) {
  ExternalArtifact artifact{line.name, 0};
  if (Status status = line.text("location", artifact.location); !status) return status;
  const auto bytes = line.number_of("bytes");
  if (!bytes) return bytes.error();
  artifact.bytes = *bytes;
  known.ready = true;
  add(line, implied, PastReady{known.id, std::move(artifact)});
  return {};
}

void PastLines::add(const Line& line, bool implied, PastChange change) {
  implied_ += implied ? 1 : 0;
  waiting_.push_back({line.where_of_deployment(), line.time, line.time_is_known && !implied,
                      line.actor, implied ? kImplied : line.reason, std::move(change)});
}

}  // namespace purser::tools
