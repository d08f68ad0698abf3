// Markers: refused, or the one file that says this ledger id.
#include "marker.h"

#include "faults/fuzz/harness.h"
#include "faults/fuzz/scratch_file.h"
#include "hash.h"

namespace purser::fuzz {
namespace {

constexpr std::size_t kIdAt = 16;
constexpr std::size_t kChecksumAt = 32;

// The file that an id makes, as the first one made has it.
std::string marker_of(const LedgerId& id) {
  static const std::string sample = [] {
    ScratchFile made("PURSER");
    PURSER_CHECK(write_marker(made.folder(), LedgerId{}).has_value(), "write_marker");
    return made.read();
  }();
  std::string bytes = sample;
  std::memcpy(&bytes[kIdAt], id.bytes.data(), id.bytes.size());
  put_checksum(bytes, kChecksumAt, xxh3_64(std::string_view(bytes).substr(0, kChecksumAt)));
  return bytes;
}

void look_at(const std::string& bytes) {
  static ScratchFile file("PURSER");
  file.write(bytes);
  auto id = read_marker(file.folder());
  if (!id && mutant(kTrailingByte) && !bytes.empty()) {
    file.write(bytes.substr(0, bytes.size() - 1));
    id = read_marker(file.folder());
  }
  if (!id) {
    require(id.error().is<Corruption>() || id.error().is<UnsupportedVersion>(),
            "what is no marker is damage, or of another version");
    return;
  }
  require(marker_of(*id) == bytes, "a marker has one encoding");
}

}  // namespace

void look(std::string_view input) {
  std::string bytes(input);
  look_at(bytes);
  put_checksum(bytes, kChecksumAt, xxh3_64(std::string_view(bytes).substr(0, kChecksumAt)));
  look_at(bytes);
}

}  // namespace purser::fuzz
