#include "checkpoint_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "key.h"
#include "try.h"
#include "wire.h"

namespace purser {

template <class Archive>
void serialize(Archive& ar, Epoch& epoch) {  // its number stands in the key
  ar(epoch.position, epoch.time, epoch.actor, epoch.reason, epoch.verifier_key);
}

namespace {

constexpr char kEpochTag = 'n';
constexpr char kCheckpointTag = 's';
constexpr char kCosignatureTag = 'w';

struct CheckpointRow {
  Digest root;
  Timestamp time;
  std::string signature;  // the line
};
template <class Archive>
void serialize(Archive& ar, CheckpointRow& row) {
  ar(row.root, row.time, row.signature);
}

Error damaged(const char* what) { return Corruption{what, "its row is not well-formed"}; }

// A row `s` in its parts; its key ends with epoch and size.
struct StoredCheckpoint {
  std::uint32_t epoch = 0;
  Position size;
  CheckpointRow row;
};
Result<StoredCheckpoint> parse_row(std::string_view key, std::string_view value) {
  StoredCheckpoint stored;
  stored.size = Position{trailing_u64(key)};
  stored.epoch = trailing_u32(key.substr(0, key.size() - std::min(key.size(), sizeof(Position))));
  if (!from_wire(value, stored.row)) return damaged("checkpoint");
  return stored;
}

std::string note_of(const LedgerId& ledger, const StoredCheckpoint& stored) {
  const Checkpoint text{origin_of(ledger, stored.epoch), stored.size.value, stored.row.root};
  return fmt::format("{}\n{}\n", text.text(), stored.row.signature);
}

Key cosignatures_of(std::uint32_t epoch, Position size) {
  return std::move(Key(kCosignatureTag).u32(epoch).number(size));
}

Result<std::string> cosignatures(const RowReader& rows, std::uint32_t epoch, Position size) {
  std::string lines;
  PURSER_TRY(rows.scan(Space::log, prefix_range(cosignatures_of(epoch, size).str()),
                       Direction::ascending, [&](std::string_view, std::string_view line) {
                         lines.append(line).push_back('\n');
                         return true;
                       }));
  return lines;
}

}  // namespace

std::string origin_of(const LedgerId& ledger, std::uint32_t epoch) {
  return fmt::format("purser/{}/{}", to_hex(ledger), epoch);
}

Result<std::optional<Epoch>> last_epoch(const RowReader& rows, std::uint32_t up_to) {
  const std::string first = Key(kEpochTag).str();
  PURSER_ASSIGN(
      const std::optional<Row> row,
      last_row(rows, Space::log, {first, Key(kEpochTag).u32(up_to).raw({"\0", 1}).str()}));
  if (!row) return std::optional<Epoch>();
  Epoch epoch;
  epoch.number = trailing_u32(row->key);
  if (!from_wire(row->value, epoch)) return damaged("epoch");
  return std::optional(std::move(epoch));
}

void put_epoch(const Epoch& epoch, WriteSet& changes) {
  changes.put(Space::log, Key(kEpochTag).u32(epoch.number).str(), to_wire(epoch));
}

Result<std::optional<SignedCheckpoint>> find_checkpoint(const RowReader& rows,
                                                        const LedgerId& ledger,
                                                        std::optional<Position> size, Position at) {
  PURSER_ASSIGN(const std::optional<Epoch> epoch, last_epoch(rows));
  if (!epoch) return std::optional<SignedCheckpoint>();
  const auto key = [&](Position position) {
    return Key(kCheckpointTag).u32(epoch->number).number(position).str();
  };
  const Position last = size.value_or(at);
  PURSER_ASSIGN(
      const std::optional<Row> row,
      last_row(rows, Space::log, {key(size.value_or(Position{0})), key(Position{last.value + 1})}));
  if (!row) return std::optional<SignedCheckpoint>();
  PURSER_ASSIGN(const StoredCheckpoint found, parse_row(row->key, row->value));
  PURSER_ASSIGN(const std::string lines, cosignatures(rows, found.epoch, found.size));
  return std::optional(SignedCheckpoint{found.epoch, found.size, found.row.root, found.row.time,
                                        note_of(ledger, found) + lines});
}

Status for_each_checkpoint(const RowReader& rows, const LedgerId& ledger,
                           const std::function<Status(const SignedCheckpoint&)>& take) {
  Status outcome;
  PURSER_TRY(rows.scan(Space::log, prefix_range(Key(kCheckpointTag).str()), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         const auto found = parse_row(key, value);
                         outcome = found ? take({found->epoch, found->size, found->row.root,
                                                 found->row.time, note_of(ledger, *found)})
                                         : found.error();
                         return outcome.has_value();
                       }));
  return outcome;
}

void put_checkpoint(std::uint32_t epoch, const SignedTree& tree, Timestamp time,
                    WriteSet& changes) {
  const Position size{tree.checkpoint.size};
  changes.put(
      Space::log, Key(kCheckpointTag).u32(epoch).number(size).str(),
      to_wire(CheckpointRow{tree.checkpoint.root, time, tree.note.signatures.front().line}));
}

void put_cosignature(std::uint32_t epoch, Position size, const NoteSignature& signature,
                     WriteSet& changes) {
  changes.put(Space::log,
              cosignatures_of(epoch, size).u32(signature.key_id).text(signature.name).str(),
              signature.line);
}

}  // namespace purser
