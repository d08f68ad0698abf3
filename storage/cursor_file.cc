#include "cursor_file.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "hash.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::array<char, 8> kCursorMagic{'P', 'R', 'S', 'C', 'U', 'R', 'S', 'R'};

struct CursorBytes {
  std::array<char, 8> magic = kCursorMagic;
  std::uint32_t format = kCursorFormat;
  std::uint32_t reserved = 0;
  LedgerId ledger_id;
  Position position;
  std::uint64_t checksum = 0;  // XXH3-64 of all before
};
static_assert(sizeof(CursorBytes) == 48);

std::uint64_t cursor_checksum(std::string_view bytes) {
  return xxh3_64(bytes.substr(0, offsetof(CursorBytes, checksum)));
}

}  // namespace

Status write_cursor(const std::string& path, const CursorMark& mark) {
  CursorBytes cursor;
  cursor.ledger_id = mark.ledger_id;
  cursor.position = mark.position;
  cursor.checksum = cursor_checksum(as_bytes(cursor));
  return replace_small_file(path, as_bytes(cursor));
}

Result<std::optional<CursorMark>> read_cursor(const std::string& path) {
  PURSER_ASSIGN(const std::optional<std::string> bytes,
                read_small_file(path, sizeof(CursorBytes) + 1));
  if (!bytes) return std::optional<CursorMark>();
  CursorBytes cursor;
  if (bytes->size() < sizeof cursor.magic + sizeof cursor.format) {
    return Corruption{path, "shorter than a cursor"};
  }
  std::memcpy(&cursor, bytes->data(), std::min(bytes->size(), sizeof cursor));
  if (cursor.magic != kCursorMagic) return Corruption{path, "it is no cursor: wrong magic"};
  if (cursor.format > kCursorFormat) return UnsupportedVersion{path, cursor.format, kCursorFormat};
  if (bytes->size() != sizeof cursor || cursor.format == 0 || cursor.reserved != 0 ||
      cursor.checksum != cursor_checksum(*bytes)) {
    return Corruption{path, "length, version or checksum differ"};
  }
  return std::optional(CursorMark{cursor.ledger_id, cursor.position});
}

}  // namespace purser
