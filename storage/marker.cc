#include "marker.h"

#include <boost/filesystem.hpp>
#include <cstddef>
#include <cstring>

#include "hash.h"
#include "posix.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::array<char, 8> kMarkerMagic{'P', 'U', 'R', 'S', 'E', 'R', '\r', '\n'};

struct MarkerBytes {
  std::array<char, 8> magic = kMarkerMagic;
  std::uint32_t format = kLedgerFormat;
  std::uint32_t reserved = 0;
  LedgerId ledger_id;
  std::uint64_t checksum = 0;  // XXH3-64 of all before
};
static_assert(sizeof(MarkerBytes) == 40);

std::uint64_t marker_checksum(std::string_view bytes) {
  return xxh3_64(bytes.substr(0, offsetof(MarkerBytes, checksum)));
}

std::string path_in(const std::string& directory, const char* name = kLedgerMarker) {
  return directory + "/" + name;
}

}  // namespace

Status write_marker(const std::string& directory, const LedgerId& id, const char* name) {
  MarkerBytes marker;
  marker.ledger_id = id;
  marker.checksum = marker_checksum(as_bytes(marker));
  return create_small_file(directory, name, as_bytes(marker));
}

Result<LedgerId> read_marker(const std::string& directory, const char* name) {
  const std::string path = path_in(directory, name);
  PURSER_ASSIGN(const std::optional<std::string> bytes,
                read_small_file(path, sizeof(MarkerBytes) + 1));
  if (!bytes) return NotFound{{}, "ledger '" + directory + "'"};
  MarkerBytes marker;
  if (bytes->size() < sizeof marker.magic + sizeof marker.format) {
    return Corruption{path, "shorter than a marker"};
  }
  std::memcpy(&marker, bytes->data(), std::min(bytes->size(), sizeof marker));
  if (marker.magic != kMarkerMagic) return Corruption{path, "wrong magic"};
  if (marker.format > kLedgerFormat) {
    return UnsupportedVersion{path, marker.format, kLedgerFormat};
  }
  if (bytes->size() != sizeof marker || marker.format == 0 || marker.reserved != 0 ||
      marker.checksum != marker_checksum(*bytes)) {
    return Corruption{path, "length, version or checksum differ"};
  }
  return marker.ledger_id;
}

Result<std::optional<std::string>> ledger_around(const std::string& path) {
  namespace fs = boost::filesystem;
  boost::system::error_code error;
  fs::path folder = fs::weakly_canonical(fs::absolute(path), error);
  if (error) return io_error("look at", path, error.value());
  while (!folder.empty()) {
    if (fs::exists(path_in(folder.string()), error)) return std::optional(folder.string());
    folder = folder.has_relative_path() ? folder.parent_path() : fs::path();
  }
  return std::optional<std::string>();
}

}  // namespace purser
