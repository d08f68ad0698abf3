#include "anchor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <optional>

#include "hash.h"
#include "posix.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::array<char, 8> kAnchorMagic{'P', 'R', 'S', 'A', 'N', 'C', 'H', 'R'};
constexpr std::uint32_t kAnchorFormat = 1;
constexpr std::uint64_t kSequenceMax = std::uint64_t{1} << 62;  // no life is so long
constexpr std::size_t kSlotDistance = 4096;  // a torn sector spoils one slot only

struct Slot {
  std::array<char, 8> magic = kAnchorMagic;
  std::uint32_t format = kAnchorFormat;
  std::uint32_t has_root = 0;
  std::uint64_t sequence = 0;
  LedgerId ledger_id;
  std::uint64_t log_size = 0;
  std::int64_t time_us = 0;
  Digest root;                 // of the Merkle tree; zero until there is one
  std::uint64_t checksum = 0;  // XXH3-64 of all before
};
static_assert(sizeof(Slot) == 96);

// Stands behind a slot, and counts only with that one.
struct Closing {
  std::uint64_t sequence = 0;  // of the slot; 0: nothing is known
  ClosingSum sum;
  std::uint64_t checksum = 0;  // XXH3-64 of all before
};
static_assert(sizeof(Closing) == 48);

struct Record {
  Slot slot;
  Closing closing;
};
static_assert(sizeof(Record) == sizeof(Slot) + sizeof(Closing));
constexpr std::size_t kFileBytes = kSlotDistance + sizeof(Record);

std::string path_in(const std::string& directory) { return directory + "/anchor"; }

std::uint64_t slot_checksum(const Slot& slot) {
  return xxh3_64(as_bytes(slot).substr(0, offsetof(Slot, checksum)));
}

std::uint64_t closing_checksum(const Closing& closing) {
  return xxh3_64(as_bytes(closing).substr(0, offsetof(Closing, checksum)));
}

Slot make_slot(const AnchorMark& mark, std::uint64_t sequence) {
  Slot slot;
  slot.sequence = sequence;
  slot.ledger_id = mark.ledger_id;
  slot.log_size = mark.log_size.value;
  slot.time_us = mark.time.unix_us;
  slot.has_root = mark.root ? 1 : 0;
  slot.root = mark.root.value_or(Digest{});
  slot.checksum = slot_checksum(slot);
  return slot;
}

Record make_record(const AnchorMark& mark, std::uint64_t sequence) {
  Record record{make_slot(mark, sequence), {}};
  if (!mark.closing) return record;
  record.closing.sequence = sequence;
  record.closing.sum = *mark.closing;
  record.closing.checksum = closing_checksum(record.closing);
  return record;
}

// Whether `write` may have made it. One whose sequence cannot go on would hide all that follow.
bool is_likely(const Slot& slot) {
  return slot.format > kAnchorFormat ||
         (slot.format != 0 && slot.has_root <= 1 && slot.sequence <= kSequenceMax);
}

// One with a whole slot; nothing otherwise. Bytes that are missing behind the slot are zeros.
std::optional<Record> record_at(std::string_view file, std::size_t offset) {
  if (file.size() < offset + sizeof(Slot)) return std::nullopt;
  Record record;
  const std::string_view bytes = file.substr(offset, sizeof record);
  std::memcpy(&record, bytes.data(), bytes.size());
  const Slot& slot = record.slot;
  if (slot.magic != kAnchorMagic || slot.checksum != slot_checksum(slot)) return std::nullopt;
  return is_likely(slot) ? std::optional(record) : std::nullopt;
}

Result<Record> newest_record(const std::string& directory) {
  const std::string path = path_in(directory);
  PURSER_ASSIGN(const std::optional<std::string> file, read_small_file(path, kFileBytes));
  if (!file) return Corruption{"anchor", "'" + path + "' is missing"};
  const std::optional<Record> first = record_at(*file, 0);
  const std::optional<Record> second = record_at(*file, kSlotDistance);
  if (!first && !second) return Corruption{"anchor", "both slots of '" + path + "' are damaged"};
  const bool second_counts = !first || (second && second->slot.sequence >= first->slot.sequence);
  const Record& newest = second_counts ? *second : *first;
  if (newest.slot.format > kAnchorFormat) {
    return UnsupportedVersion{path, newest.slot.format, kAnchorFormat};
  }
  return newest;
}

}  // namespace

Status Anchor::create(const std::string& directory, const AnchorMark& mark) {
  std::string file(kFileBytes, '\0');
  const Record record = make_record(mark, 1);
  std::memcpy(file.data() + kSlotDistance, &record, sizeof record);  // sequence 1: the second slot
  return create_small_file(directory, "anchor", file);
}

Result<AnchorMark> Anchor::read(const std::string& directory) {
  PURSER_ASSIGN(const Record record, newest_record(directory));
  const auto& [slot, closing] = record;
  AnchorMark mark{slot.ledger_id, Position{slot.log_size}, Timestamp{slot.time_us}};
  if (slot.has_root != 0) mark.root = slot.root;
  if (closing.sequence == slot.sequence && closing.checksum == closing_checksum(closing)) {
    mark.closing = closing.sum;
  }
  return mark;
}

Result<Anchor> Anchor::open(const std::string& directory) {
  PURSER_ASSIGN(const Record record, newest_record(directory));
  const Slot& slot = record.slot;
  Anchor anchor;
  anchor.path_ = path_in(directory);
  anchor.sequence_ = slot.sequence;
  anchor.log_size_ = Position{slot.log_size};
  anchor.fd_ = UniqueFd(::open(anchor.path_.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!anchor.fd_.valid()) return io_error("open", anchor.path_);
  return anchor;
}

Status Anchor::write(const AnchorMark& mark) {
  const Record record = make_record(mark, sequence_ + 1);
  const std::size_t offset = record.slot.sequence % 2 == 0 ? 0 : kSlotDistance;
  const ssize_t written = ::pwrite(fd_.get(), &record, sizeof record, static_cast<off_t>(offset));
  if (written < 0) return io_error("write", path_);
  if (written != sizeof record) return io_error("write", path_, ENOSPC);
  if (::fdatasync(fd_.get()) != 0) return io_error("sync", path_);
  sequence_ = record.slot.sequence;
  log_size_ = mark.log_size;
  return {};
}

}  // namespace purser
