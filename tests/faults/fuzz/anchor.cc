// Anchors: whatever the file holds, it is refused or says one thing, and what is written next is
// read next.
#include "anchor.h"

#include "faults/fuzz/harness.h"
#include "faults/fuzz/scratch_file.h"
#include "hash.h"

namespace purser::fuzz {
namespace {

constexpr std::size_t kSlotDistance = 4096;
constexpr std::size_t kSlotBytes = 96;
constexpr std::size_t kClosingChecksumAt = 40;
constexpr std::size_t kRecordBytes = kSlotBytes + 48;
constexpr std::size_t kSlotChecksumAt = 88;
constexpr std::size_t kSequenceAt = 16;
constexpr std::uint64_t kSequenceMax = std::uint64_t{1} << 62;

// Whether `write` may have made what stands there, if it is not of a newer format.
bool is_whole(std::string_view file, std::size_t at) {
  if (file.size() < at + kSlotBytes || !file.substr(at).starts_with("PRSANCHR")) return false;
  Input slot(file.substr(at + 8));
  const auto format = slot.number<std::uint32_t>();
  const auto has_root = slot.number<std::uint32_t>();
  const auto sequence = slot.number<std::uint64_t>();
  slot.text(kSlotChecksumAt - 24);
  return slot.number<std::uint64_t>() == xxh3_64(file.substr(at, kSlotChecksumAt)) && format != 0 &&
         (format > 1 || (has_root <= 1 && sequence <= kSequenceMax));
}

// The last slot that there can be: nothing is written behind it.
bool ends_here(std::string_view file, std::size_t at) {
  return is_whole(file, at) &&
         Input(file.substr(at + kSequenceAt)).number<std::uint64_t>() == kSequenceMax;
}

void look_at(ScratchFile& file, const std::string& bytes) {
  file.write(bytes);
  auto mark = Anchor::read(file.folder());
  if (!mark && mutant("any-slot")) mark = AnchorMark{};
  const bool whole = is_whole(bytes, 0) || is_whole(bytes, kSlotDistance);
  if (!mark) {
    require(mark.error().is<Corruption>() || mark.error().is<UnsupportedVersion>(),
            "what is no anchor is damage, or of another version");
    require(!whole || mark.error().is<UnsupportedVersion>(), "one whole slot is enough");
    return;
  }
  require(whole, "what is taken has a whole slot");
  auto anchor = Anchor::open(file.folder());
  require(anchor && anchor->log_size() == mark->log_size, "what is read is what is opened");
  if (ends_here(bytes, 0) || ends_here(bytes, kSlotDistance)) return;
  AnchorMark next = *mark;
  next.log_size = Position{mark->log_size.value + 1};
  require(anchor->write(next).has_value(), "an anchor can be written");
  const auto again = Anchor::read(file.folder());
  require(again && again->log_size == next.log_size && again->root == mark->root &&
              again->closing == mark->closing,
          "what was written last is read");
}

// Two slots, and what stands behind them, out of what is far shorter than they are apart, checksums
// and all.
std::string laid_out(std::string_view bytes) {
  std::string file(kSlotDistance + kRecordBytes, '\0');
  bytes.substr(0, kRecordBytes).copy(file.data(), kRecordBytes);
  if (bytes.size() > kRecordBytes) {
    bytes.substr(kRecordBytes).copy(file.data() + kSlotDistance, kRecordBytes);
  }
  for (const std::size_t at : {std::size_t{0}, kSlotDistance}) {
    put_checksum(file, at + kSlotChecksumAt,
                 xxh3_64(std::string_view(file).substr(at, kSlotChecksumAt)));
    const std::size_t closing = at + kSlotBytes;
    put_checksum(file, closing + kClosingChecksumAt,
                 xxh3_64(std::string_view(file).substr(closing, kClosingChecksumAt)));
  }
  return file;
}

}  // namespace

void look(std::string_view input) {
  static ScratchFile file("anchor");
  look_at(file, std::string(input));
  look_at(file, laid_out(input));
}

}  // namespace purser::fuzz
