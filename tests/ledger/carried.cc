#include "ledger/carried.h"

#include <charconv>
#include <sstream>

#include "audit/base64.h"
#include "event_codec.h"
#include "support/test_ledger.h"

namespace purser {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

class NoSink final : public RowSink {
 public:
  Status add(std::string_view, std::string_view) override { return {}; }
  Status finish() override { return {}; }
};

}  // namespace

std::string PlainLines::head(const ExportHead& head) const {
  return "export " + to_hex(head.ledger_id) + ' ' + std::to_string(head.size.value) + ' ' +
         to_hex(head.root) + ' ' + std::to_string(head.chain);
}

std::string PlainLines::event(const Event& event, const EventLine& line) const {
  return "event " + std::to_string(event.position.value) + ' ' + std::to_string(line.chain) + ' ' +
         std::string(line.raw);
}

std::string PlainLines::end(const ExportEnd& end) const {
  std::string text = "end " + to_hex(end.ledger_id) + ' ' + std::to_string(end.size.value) + ' ' +
                     to_hex(end.root) + ' ' + std::to_string(end.chain);
  if (end.checkpoint) text += " checkpoint" + to_base64(*end.checkpoint);
  return text;
}

Result<std::optional<ExportHead>> PlainLines::read_head(std::string_view line) const {
  const auto words = words_of(line);
  if (words.size() != 5) return std::optional<ExportHead>();
  const auto id = parse_ledger_id(words[1]);
  const auto size = number_of(words[2]);
  const auto root = parse_digest(words[3]);
  const auto chain = number_of(words[4]);
  if (!id || !size || !root || !chain) return std::optional<ExportHead>();
  return std::optional(ExportHead{*id, Position{*size}, *root, *chain});
}

bool PlainLines::is_end(std::string_view line) const { return line.starts_with("end "); }

std::optional<EventLine> PlainLines::read_event(std::string_view line) const {
  const auto words = words_of(line);
  const auto chain = words.size() == 4 ? number_of(words[2]) : std::nullopt;
  if (!chain || line.size() < words[3].size()) return std::nullopt;
  return EventLine{line.substr(line.size() - words[3].size()), *chain};
}

std::optional<ExportEnd> PlainLines::read_end(std::string_view line) const {
  constexpr std::size_t kBeforeNote = 10;
  const auto words = words_of(line);
  if (words.size() < 5) return std::nullopt;
  const auto id = parse_ledger_id(words[1]);
  const auto size = number_of(words[2]);
  const auto root = parse_digest(words[3]);
  const auto chain = number_of(words[4]);
  if (!id || !size || !root || !chain) return std::nullopt;
  ExportEnd end{*id, Position{*size}, *root, {}, *chain};
  if (words.size() > 5 && words[5].size() >= kBeforeNote) {
    end.checkpoint = from_base64(words[5].substr(kBeforeNote));
  }
  return end;
}

Exported exported(const Ledger& ledger) {
  Exported all;
  all.report = must(ledger.write_export(
      PlainLines(),
      [&](std::string_view bytes) {
        all.lines += bytes;
        return Status();
      },
      [&](const CarriedRecord& record) {
        all.records.push_back(record);
        return Status();
      }));
  return all;
}

namespace {

// Few bytes at a time, so that lines end anywhere in a piece.
ByteSource pieces_of(const std::string& text) {
  return [&text, at = std::size_t{0}](char* buffer, std::size_t size) mutable {
    constexpr std::size_t kPieceBytes = 777;
    const std::size_t count = text.copy(buffer, std::min(size, kPieceBytes), at);
    at += count;
    return Result<std::size_t>(count);
  };
}

}  // namespace

Result<CarryReport> imported(const std::string& into, const std::string& lines,
                             const std::vector<CarriedRecord>* records,
                             const ProgressCallback& progress) {
  RecordSource source;
  if (records != nullptr) {
    source = [records, next = std::size_t{0}]() mutable -> Result<std::optional<CarriedRecord>> {
      if (next == records->size()) return std::optional<CarriedRecord>();
      return std::optional((*records)[next++]);
    };
  }
  return import_ledger(into, PlainLines(), pieces_of(lines), source, {}, progress);
}

Result<ReadLines> read_only_lines(const std::string& lines) {
  const PlainLines form;
  const ByteSource source = pieces_of(lines);
  const ProgressCallback nobody;
  Meter meter(nobody, 0, 0);
  NoSink sink;
  return read_lines(form, source, sink, meter);
}

std::string lines_with(Event event, const std::vector<Payload>& payloads) {
  std::vector<std::pair<Event, std::string>> events;
  CompactRange tree;
  for (const Payload& payload : payloads) {
    event.payload = payload;
    event.position = Position{event.position.value + 1};
    event.time = Timestamp{event.time.unix_us + 1};
    events.emplace_back(event, must(encode_event(event)));
    tree.append(merkle_leaf(events.back().second));
  }
  const PlainLines form;
  ExportHead head{{}, event.position, tree.root()};
  head.chain = chain_of(head);
  std::string text = form.head(head) + '\n';
  std::uint64_t chain = head.chain;
  for (const auto& [one, stored] : events) {
    chain = next_chain(chain, stored);
    text += form.event(one, {to_base64(stored), chain}) + '\n';
  }
  ExportEnd end{{}, event.position, tree.root(), {}};
  end.chain = chain_of(end, chain);
  return text + form.end(end) + '\n';
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

std::string name_of(const CarriedRecord& record) {
  return std::string(to_string(record.kind)) + ' ' +
         (record.kind == RecordKind::draft ? std::to_string(record.id.value)
                                           : to_hex(record.digest));
}

}  // namespace purser
