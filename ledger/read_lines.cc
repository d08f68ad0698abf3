#include <fmt/format.h>

#include <utility>
#include <vector>

#include "audit/base64.h"
#include "audit/evidence.h"
#include "carry_lines.h"
#include "checkpoint_log.h"
#include "event_codec.h"
#include "event_log.h"
#include "in_order.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kLinesOfBatch = 1024;
constexpr std::size_t kBytesOfBatch = std::size_t{1} << 20;

Error wrong_line(std::uint64_t line, std::string what) {
  return Corruption{name_of_line(line), std::move(what)};
}

// The same error, of a line. What is wrong with the line's event is damage to the export.
Error of_line(std::uint64_t line, const Error& error) {
  if (const auto* newer = error.as<UnsupportedVersion>()) {
    return UnsupportedVersion{name_of_line(line) + ": " + newer->what, newer->found, newer->known};
  }
  if (const auto* damage = error.as<Corruption>()) return wrong_line(line, damage->what);
  return wrong_line(line, error.cause());
}

// Some lines beside each other, on their way to events.
struct Batch {
  struct Whole {
    EventMark mark;
    std::uint64_t chain = 0;
    std::string stored;
    Digest leaf;
  };
  std::uint64_t first_line = 0;
  std::vector<std::string> lines;
  std::vector<Whole> events;  // what the first lines say
  Status wrong;               // why those behind do not count, where there are any
  bool ends = false;          // the last line of the export was read behind these
};

class EventLines {
 public:
  EventLines(const LineForm& form, const ByteSource& source, RowSink& sink, Meter& meter)
      : form_(form), reader_(source, kExportLineBytesMax), sink_(sink), meter_(meter) {}

  Result<ReadLines> read() {
    PURSER_TRY(read_head());
    InOrder<Batch> events([this] { return take(); }, [this](Batch& batch) { return work(batch); },
                          [this](Batch& batch) { return give(batch); });
    PURSER_TRY(events.run(workers_for(kWorkersMax)));
    PURSER_TRY(read_end());
    return std::move(read_);
  }

 private:
  Status read_head() {
    std::string line;
    PURSER_ASSIGN(const bool more, reader_.next(line));
    if (!more) return wrong_line(1, "it is missing: the file is empty");
    auto head = form_.read_head(line);
    if (!head) return of_line(1, head.error());
    if (!*head || form_.head(**head) != line) {
      return wrong_line(1, "it does not begin an export of a ledger");
    }
    read_.head = **head;
    chain_ = read_.head.chain;
    if (chain_ == chain_of(read_.head)) return {};
    return wrong_line(1, "its chain is not that of its size and root");
  }

  // Only here lines are taken off the source. What is wrong is told when those before were looked
  // at.
  Result<std::optional<Batch>> take() {
    if (taken_all_) return std::optional<Batch>();
    Batch batch;
    batch.first_line = reader_.number() + 1;
    std::size_t bytes = 0;
    std::string line;
    while (batch.lines.size() < kLinesOfBatch && bytes < kBytesOfBatch) {
      const auto more = reader_.next(line);
      taken_all_ = !more || !*more || form_.is_end(line);
      if (!more) batch.wrong = more.error();
      if (more && !*more) batch.wrong = wrong_line(reader_.number(), kCutShort);
      if (more && *more && taken_all_) take_end(line, batch);
      if (taken_all_) break;
      bytes += line.size();
      batch.lines.push_back(std::move(line));
    }
    return std::optional(std::move(batch));
  }

  void take_end(const std::string& line, Batch& batch) {
    batch.ends = true;
    last_line_ = line;
    read_.last_line = reader_.number();
    std::string behind;
    const auto more = reader_.next(behind);
    if (!more) {
      behind_ = more.error();
    } else if (*more) {
      behind_ = wrong_line(reader_.number(), "it stands behind the last line of the export");
    }
  }

  Status work(Batch& batch) const {
    Event event;
    std::uint64_t number = batch.first_line;
    batch.events.reserve(batch.lines.size());
    for (const std::string& line : batch.lines) {
      Result<Batch::Whole> whole = look_at(line, number, event);
      if (!whole) {
        batch.wrong = of_line(number, whole.error());
        break;
      }
      batch.events.push_back(*std::move(whole));
      ++number;
    }
    return {};
  }

  // Whether the line is exactly what its raw bytes mean.
  Result<Batch::Whole> look_at(const std::string& line, std::uint64_t number, Event& event) const {
    const auto found = form_.read_event(line);
    auto stored = found ? from_base64(found->raw) : std::nullopt;
    if (!stored) return wrong_line(number, "it is no line of an event");
    PURSER_TRY(decode_event(*stored, Position{number - 1}, event));
    if (form_.event(event, *found) != line) {
      return wrong_line(number, "it does not say what the stored bytes in it say");
    }
    PURSER_TRY(check_event(event));
    const Digest leaf = merkle_leaf(*stored);
    return Batch::Whole{mark_of(event), found->chain, *std::move(stored), leaf};
  }

  Status give(Batch& batch) {
    if (belongs_to_others(batch)) return wrong_line(1, "the lines behind it belong to another");
    for (const Batch::Whole& event : batch.events) PURSER_TRY(add(event));
    PURSER_TRY(meter_.files(batch.events.size()));
    return std::move(batch.wrong);
  }

  // Whether the first two events follow on each other, and not on the first line.
  [[nodiscard]] bool belongs_to_others(const Batch& batch) const {
    if (tree_.size() > 0 || batch.events.size() < 2) return false;
    const Batch::Whole& first = batch.events[0];
    const Batch::Whole& second = batch.events[1];
    return first.chain != next_chain(chain_, first.stored) &&
           second.chain == next_chain(first.chain, second.stored);
  }

  Status add(const Batch::Whole& event) {
    const std::uint64_t line = line_of(event.mark.position);
    chain_ = next_chain(chain_, event.stored);
    if (event.chain != chain_) return wrong_line(line, "it does not follow on the line before");
    if (std::string wrong = order_.next(event.mark); !wrong.empty()) return wrong_line(line, wrong);
    PURSER_TRY(sink_.add(event_key(event.mark.position), event.stored));
    tree_.append(event.leaf);
    return {};
  }

  Status read_end() {
    const std::uint64_t number = read_.last_line;
    const auto end = form_.read_end(last_line_);
    if (!end || form_.end(*end) != last_line_) {
      return wrong_line(number, "it is not the last line of an export");
    }
    if (std::string wrong = order_.end(); !wrong.empty()) return wrong_line(number, wrong);
    if (end->size.value != tree_.size()) {
      return wrong_line(number, fmt::format("it speaks of {} events, and {} have come",
                                            end->size.value, tree_.size()));
    }
    if (end->root != tree_.root()) {
      return wrong_line(number, fmt::format("it has root {}, and the events have {}",
                                            to_hex(end->root), to_hex(tree_.root())));
    }
    if (end->chain != chain_of(*end, chain_)) {
      return wrong_line(number, "it does not follow on the line before");
    }
    if (end->ledger_id != read_.head.ledger_id) {  // all but this follows on each other
      return wrong_line(1, "it names another ledger than the last line");
    }
    read_.end = *end;
    if (end->checkpoint) PURSER_TRY(read_checkpoint(*end->checkpoint));
    return std::move(behind_);
  }

  Status read_checkpoint(const std::string& note) {
    const auto tree = parse_signed_tree(note);
    if (!tree) return of_line(read_.last_line, tree.error());
    const Checkpoint& checkpoint = tree->checkpoint;
    const std::string origin = origin_of(read_.head.ledger_id, 0);
    if (!checkpoint.origin.starts_with(std::string_view(origin).substr(0, origin.size() - 1))) {
      return wrong_line(read_.last_line, "its checkpoint is of another ledger");
    }
    if (checkpoint.size > tree_.size()) {
      return wrong_line(read_.last_line, "its checkpoint is of more events than there are");
    }
    read_.checkpoint = Position{checkpoint.size};
    read_.checkpoint_root = checkpoint.root;
    return {};
  }

  static constexpr char kCutShort[] =
      "it is missing: the file ends before the line with its size and root";

  const LineForm& form_;
  LineReader reader_;
  RowSink& sink_;
  Meter& meter_;
  ReadLines read_;
  // While lines are taken.
  bool taken_all_ = false;
  std::string last_line_;
  Status behind_;
  // While they are given.
  std::uint64_t chain_ = 0;
  EventOrder order_;
  CompactRange tree_;
};

}  // namespace

Result<ReadLines> read_lines(const LineForm& form, const ByteSource& source, RowSink& sink,
                             Meter& meter) {
  return EventLines(form, source, sink, meter).read();
}

}  // namespace purser
