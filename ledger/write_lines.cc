#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "audit/base64.h"
#include "carry_lines.h"
#include "event_codec.h"
#include "event_log.h"
#include "hash.h"
#include "in_order.h"
#include "merkle_rows.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kEventsOfBatch = 1024;
constexpr std::size_t kBytesOfBatch = std::size_t{256} << 10;

// Some events beside each other, on their way to lines.
struct Batch {
  struct Stored {
    std::size_t size = 0;  // in `bytes`, one behind the other
    std::uint64_t chain = 0;
    Digest leaf;
  };
  Position first;
  std::string bytes;
  std::vector<Stored> events;
  std::string text;
};

class LogLines {
 public:
  LogLines(const View& view, const std::optional<SignedCheckpoint>& checkpoint, std::uint64_t chain,
           const LineForm& form, const ByteSink& sink, Meter& meter)
      : view_(view),
        checkpoint_(checkpoint),
        form_(form),
        sink_(sink),
        meter_(meter),
        chain_(chain) {}

  Status write() {
    InOrder<Batch> lines([this] { return take(); }, [this](Batch& batch) { return work(batch); },
                         [this](Batch& batch) { return give(batch); });
    return lines.run(workers_for(kWorkersMax));
  }
  [[nodiscard]] Digest root() const { return tree_.root(); }
  [[nodiscard]] std::uint64_t chain() const { return chain_; }

 private:
  Result<std::optional<Batch>> take() {
    if (next_ > view_.at) return std::optional<Batch>();
    Batch batch;
    batch.first = next_;
    PURSER_TRY(scan_stored_events(
        view_.rows, next_, Position{std::min(view_.at.value, next_.value + kEventsOfBatch - 1)},
        Direction::ascending, [&](Position position, std::string_view stored) -> Result<bool> {
          chain_ = next_chain(chain_, stored);
          batch.bytes += stored;
          batch.events.push_back({stored.size(), chain_, {}});
          next_ = Position{position.value + 1};
          return batch.bytes.size() < kBytesOfBatch;
        }));
    return std::optional(std::move(batch));
  }

  Status work(Batch& batch) const {
    Event event;
    std::string_view rest = batch.bytes;
    Position position = batch.first;
    for (Batch::Stored& one : batch.events) {
      const std::string_view stored = rest.substr(0, one.size);
      PURSER_TRY(decode_event(stored, position, event));
      one.leaf = merkle_leaf(stored);
      const std::string line = form_.event(event, {to_base64(stored), one.chain});
      if (line.size() > kExportLineBytesMax) {
        return LimitExceeded{name_of_line(line_of(position)), kExportLineBytesMax, line.size()};
      }
      batch.text += line;
      batch.text += '\n';
      rest.remove_prefix(one.size);
      position = Position{position.value + 1};
    }
    return {};
  }

  Status give(Batch& batch) {
    for (const Batch::Stored& one : batch.events) {
      tree_.append(one.leaf);
      const bool was_signed = checkpoint_ && checkpoint_->size.value == tree_.size();
      if (was_signed && tree_.root() != checkpoint_->root) {
        return Corruption{
            "log", fmt::format("its first {} events are not those that were signed", tree_.size())};
      }
    }
    PURSER_TRY(sink_(batch.text));
    return meter_.files(batch.events.size());
  }

  const View& view_;
  const std::optional<SignedCheckpoint>& checkpoint_;
  const LineForm& form_;
  const ByteSink& sink_;
  Meter& meter_;
  Position next_{1};
  std::uint64_t chain_;
  CompactRange tree_;
};

// As the rows of the tree say it, or, where there are none, the events.
Result<Digest> find_root(const View& view) {
  auto root = tree_root(view, view.at);
  if (root || !root.error().is<UnsupportedVersion>()) return root;
  return root_from_events(view.rows, {}, view.at);
}

void append(std::string& bytes, std::uint64_t number) { bytes += as_bytes(number); }
template <std::size_t size>
void append(std::string& bytes, const std::array<std::uint8_t, size>& array) {
  bytes.append(reinterpret_cast<const char*>(array.data()), size);
}

}  // namespace

std::uint64_t chain_of(const ExportHead& head) {
  std::string bytes;
  append(bytes, head.size.value);
  append(bytes, head.root.bytes);
  return xxh3_64(bytes);
}

std::uint64_t next_chain(std::uint64_t chain, std::string_view stored) {
  return xxh3_64(as_bytes(chain), stored);
}

std::uint64_t chain_of(const ExportEnd& end, std::uint64_t chain_before) {
  std::string bytes;
  append(bytes, end.ledger_id.bytes);
  append(bytes, end.size.value);
  append(bytes, end.root.bytes);
  return next_chain(chain_before, bytes + end.checkpoint.value_or(""));
}

Result<ExportEnd> write_lines(const View& view, const LedgerId& ledger,
                              const std::optional<SignedCheckpoint>& checkpoint,
                              const LineForm& form, const ByteSink& sink, Meter& meter) {
  PURSER_ASSIGN(const Digest root, find_root(view));
  ExportHead head{ledger, view.at, root};
  head.chain = chain_of(head);
  PURSER_TRY(sink(form.head(head) + '\n'));
  LogLines lines(view, checkpoint, head.chain, form, sink, meter);
  PURSER_TRY(lines.write());
  if (lines.root() != root) {
    return Corruption{"projection 'merkle'", "its root is not that of the events"};
  }
  ExportEnd end{ledger, view.at, root, {}};
  if (checkpoint) end.checkpoint = checkpoint->note;
  end.chain = chain_of(end, lines.chain());
  const std::string last = form.end(end);
  if (last.size() > kExportLineBytesMax) {
    return LimitExceeded{"the checkpoint's line", kExportLineBytesMax, last.size()};
  }
  PURSER_TRY(sink(last + '\n'));
  return end;
}

}  // namespace purser
