// Exports of a ledger as JSON Lines: refused, or the one text of the events in them.
#include <vector>

#include "audit/base64.h"
#include "carry_lines.h"
#include "event_codec.h"
#include "export_form.h"
#include "faults/fuzz/harness.h"

namespace purser::fuzz {
namespace {

const tools::JsonLines kForm;

class Kept final : public RowSink {
 public:
  Status add(std::string_view, std::string_view stored) override {
    events.emplace_back(stored);
    return {};
  }
  Status finish() override { return {}; }
  std::vector<std::string> events;
};

struct Read {
  ReadLines lines;
  std::vector<std::string> events;
};

Result<Read> read_export(std::string_view text) {
  const ByteSource source = [text](char* buffer, std::size_t size) mutable {
    const std::size_t count = text.copy(buffer, size);
    text.remove_prefix(count);
    return Result<std::size_t>(count);
  };
  const ProgressCallback nobody;
  Meter meter(nobody, 0, 0);
  Kept kept;
  auto lines = read_lines(kForm, source, kept, meter);
  if (!lines) return lines.error();
  return Read{*std::move(lines), std::move(kept.events)};
}

std::string written(const Read& read) {
  std::string text = kForm.head(read.lines.head) + '\n';
  std::uint64_t chain = read.lines.head.chain;
  Position position;
  for (const std::string& stored : read.events) {
    position = Position{position.value + 1};
    const auto event = decode_event(stored, position);
    require(event.has_value(), "every event is whole");
    chain = next_chain(chain, stored);
    text += kForm.event(*event, {to_base64(stored), chain}) + '\n';
  }
  return text + kForm.end(read.lines.end) + '\n';
}

// As each kind of line, whatever it is.
void look_at_line(std::string_view line) {
  static_cast<void>(kForm.read_head(line));
  static_cast<void>(kForm.read_end(line));
  const auto event = kForm.read_event(line);
  if (!event) return;
  const bool inside = event->raw.data() >= line.data() &&
                      event->raw.data() + event->raw.size() <= line.data() + line.size();
  require(inside, "what is read of a line is in it");
}

}  // namespace

void look(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    look_at_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const auto read = decoded(text, read_export);
  if (!read) return;
  require(read->events.size() == read->lines.end.size.value, "no event is lost");
  require(written(*read) == text, "an export has one text");
}

}  // namespace purser::fuzz
