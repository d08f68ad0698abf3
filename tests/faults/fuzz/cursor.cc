// Cursors of followers: refused, or the one file that says this position in this ledger.
#include "cursor_file.h"
#include "faults/fuzz/harness.h"
#include "faults/fuzz/scratch_file.h"
#include "hash.h"

namespace purser::fuzz {
namespace {

constexpr std::size_t kIdAt = 16;
constexpr std::size_t kPositionAt = 32;
constexpr std::size_t kChecksumAt = 40;

std::string cursor_of(const CursorMark& mark) {
  static const std::string sample = [] {
    ScratchFile made("cursor");
    PURSER_CHECK(write_cursor(made.path(), CursorMark{}).has_value(), "write_cursor");
    return made.read();
  }();
  std::string bytes = sample;
  std::memcpy(&bytes[kIdAt], mark.ledger_id.bytes.data(), mark.ledger_id.bytes.size());
  std::memcpy(&bytes[kPositionAt], &mark.position.value, sizeof mark.position.value);
  put_checksum(bytes, kChecksumAt, xxh3_64(std::string_view(bytes).substr(0, kChecksumAt)));
  return bytes;
}

void look_at(const std::string& bytes) {
  static ScratchFile file("cursor");
  file.write(bytes);
  auto mark = read_cursor(file.path());
  if (!mark && mutant(kTrailingByte) && !bytes.empty()) {
    file.write(bytes.substr(0, bytes.size() - 1));
    mark = read_cursor(file.path());
  }
  if (!mark) {
    require(mark.error().is<Corruption>() || mark.error().is<UnsupportedVersion>(),
            "what is no cursor is damage, or of another version");
    return;
  }
  require(mark->has_value(), "a file that is there says something");
  require(cursor_of(**mark) == bytes, "a cursor has one encoding");
}

}  // namespace

void look(std::string_view input) {
  std::string bytes(input);
  look_at(bytes);
  put_checksum(bytes, kChecksumAt, xxh3_64(std::string_view(bytes).substr(0, kChecksumAt)));
  look_at(bytes);
}

}  // namespace purser::fuzz
