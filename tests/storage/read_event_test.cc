// The reader written from docs/event-format.md says the same of the golden bytes as our own.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "storage/sample_events.h"
#include "storage/scratch.h"

namespace purser::read_event_test {
namespace {

struct Output {
  std::string text;
  int exit_code = -1;
};

Output read_event_py(const std::string& file) {
  const std::string command =
      PURSER_PYTHON " '" PURSER_TEST_DATA "/../storage/read_event.py' '" + file + "' 2>&1";
  Output output;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) output.text += static_cast<char>(c);
  output.exit_code = WEXITSTATUS(pclose(pipe));
  return output;
}

// --- Events as the JSON that the reader prints. The samples need no escapes. ---------------------

std::string json(std::string_view text) { return '"' + std::string(text) + '"'; }
std::string json(const Digest& digest) { return json(to_hex(digest)); }
std::string json(Timestamp time) { return std::to_string(time.unix_us); }
template <class Tag>
std::string json(StrongNumber<Tag> number) {
  return std::to_string(number.value);
}
std::string json(std::uint64_t number) { return std::to_string(number); }
std::string json(bool value) { return value ? "true" : "false"; }

template <class... Rest>
std::string fields(const std::string& name, const std::string& value, const Rest&... rest) {
  const std::string first = json(std::string_view(name)) + ":" + value;
  if constexpr (sizeof...(rest) == 0) {
    return first;
  } else {
    return first + "," + fields(rest...);
  }
}
template <class... Fields>
std::string object(const Fields&... names_and_values) {
  return "{" + fields(names_and_values...) + "}";
}

std::string json(const EventGroup& group) {
  return object("first", json(group.first), "count", json(std::uint64_t{group.count}));
}
template <class T>
std::string json(const std::optional<T>& value) {
  return value ? json(*value) : "null";
}
std::string json(const EventHeader& h) {
  return object("actor", json(h.actor), "reason", json(h.reason), "request_id", json(h.request_id),
                "command_digest", json(h.command_digest), "wall_time", json(h.wall_time), "group",
                json(h.group), "imported", json(h.imported));
}
std::string json(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    text += (text.empty() ? "" : ",") + json(key) + ":" + json(value);
  }
  return "{" + text + "}";
}
std::string json(const std::vector<Skipped>& skipped) {
  std::string text;
  for (const Skipped& one : skipped) {
    text += (text.empty() ? "" : ",") +
            object("deployment", json(one.deployment), "why", json(to_string(one.why)));
  }
  return "[" + text + "]";
}
std::string json(const StoredArtifact& artifact) {
  return object("digest", json(artifact.digest), "files", json(artifact.files), "bytes",
                json(artifact.bytes));
}
std::string json(const ExternalArtifact& artifact) {
  return object("location", json(artifact.location), "bytes", json(artifact.bytes));
}
std::string json(const Created& e) {
  return object("id", json(e.id), "identifier", json(e.identifier), "owner_key", json(e.owner_key),
                "source_ref", json(e.source_ref), "labels", json(e.labels));
}
std::string json(const Ready& e) {
  return object("id", json(e.id), "owner_key", json(e.owner_key), "artifact",
                std::visit([](const auto& kind) { return json(kind); }, e.artifact));
}
std::string json(const Failed& e) {
  return object("id", json(e.id), "owner_key", json(e.owner_key), "code", json(e.failure.code),
                "message", json(e.failure.message));
}
std::string json(const Activated& e) {
  return object("owner_key", json(e.owner_key), "channel", json(e.channel), "cause",
                json(to_string(e.cause)), "generation", json(e.generation), "parent",
                json(e.parent), "deployment", json(e.deployment), "previous", json(e.previous),
                "skipped", json(e.skipped));
}
std::string json(const Noted& e) {
  return object("owner_key", json(e.owner_key), "deployment", json(e.deployment), "channel",
                json(e.channel), "generation", json(e.generation), "active", json(e.active),
                "previous", json(e.previous));
}
std::string json(const ChannelsFrozen& e) {
  return object("owner_key", json(e.owner_key), "channel", json(e.channel), "rollback_too",
                json(e.rollback_too));
}
std::string json(const ChannelsUnfrozen& e) {
  return object("owner_key", json(e.owner_key), "channel", json(e.channel));
}
template <class AboutADeployment>
requires requires(AboutADeployment e) { e.id; }
std::string json(const AboutADeployment& e) {
  return object("id", json(e.id), "owner_key", json(e.owner_key));
}

std::string json_of(const SampleEvent& sample) {
  const Event& event = sample.event;
  return object("name", json(sample.name), "kind", json(to_string(event.kind())), "position",
                json(event.position), "time", json(event.time), "header", json(event.header),
                "payload", std::visit([](const auto& one) { return json(one); }, event.payload));
}

TEST(ReaderWrittenFromTheDocument, ReadsTheGoldenBytesAsWeDo) {
  std::string expected;
  for (const SampleEvent& sample : sample_events()) expected += json_of(sample) + "\n";
  const Output output = read_event_py(PURSER_TEST_DATA "/events.hex");
  EXPECT_EQ(output.exit_code, 0);
  EXPECT_EQ(output.text, expected);
}

TEST(ReaderWrittenFromTheDocument, RefusesWhatThePageSaysItMust) {
  const Scratch scratch;
  const std::string file = scratch / "events.hex";
  std::string golden = read_file(PURSER_TEST_DATA "/events.hex");
  golden.resize(golden.find('\n'));
  write_file(file, golden + "00\n");
  EXPECT_EQ(read_event_py(file).exit_code, 1);
  std::string newer = golden;
  newer[newer.find(' ') + 1 + 2 * 4 + 1] = '2';  // the low digit of the format
  write_file(file, newer + "\n");
  EXPECT_EQ(read_event_py(file).exit_code, 2);
}

}  // namespace
}  // namespace purser::read_event_test
