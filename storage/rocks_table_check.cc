#include "rocks_table_check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "hash.h"
#include "rocks_files.h"
#include "unique_fd.h"

namespace purser {
namespace {

using rocksdb::IOStatus;

constexpr std::size_t kFooterBytes = 53;
constexpr std::size_t kMagicOffset = 45;
constexpr std::uint64_t kMagic = 0x88e241b785f4cff7;
constexpr char kXxh3 = 4;
constexpr std::size_t kTrailerBytes = 5;
constexpr std::size_t kBlockBytesMax = std::size_t{1} << 20;  // of the two that are read here
constexpr std::uint32_t kTypeFactor = 0x6b9083d9;
constexpr std::string_view kName = "rocksdb.properties";

struct TablePlace {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    number |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

std::optional<TablePlace> take_place(std::string_view bytes) {
  const auto offset = take_varint(bytes);
  const auto size = offset ? take_varint(bytes) : std::nullopt;
  if (!size) return std::nullopt;
  return TablePlace{*offset, *size};
}

// Exactly these bytes; nothing where the file ends before them, or cannot be read.
std::optional<std::string> bytes_at(int fd, std::uint64_t offset, std::uint64_t size) {
  if (size > kBlockBytesMax || offset > INT64_MAX - size) return std::nullopt;
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (got != static_cast<ssize_t>(size)) return std::nullopt;
  return bytes;
}

std::optional<TablePlace> place_of_metaindex(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || info.st_size < static_cast<off_t>(kFooterBytes)) return {};
  const auto offset = static_cast<std::uint64_t>(info.st_size) - kFooterBytes;
  const auto footer = bytes_at(fd, offset, kFooterBytes);
  if (!footer) return std::nullopt;
  std::uint64_t magic = 0;
  std::memcpy(&magic, footer->data() + kMagicOffset, sizeof magic);
  if (magic != kMagic || footer->front() != kXxh3) return std::nullopt;
  return take_place(std::string_view(*footer).substr(1));
}

std::optional<TablePlace> place_of_properties(int fd) {
  const auto metaindex = place_of_metaindex(fd);
  const auto names = metaindex ? bytes_at(fd, metaindex->offset, metaindex->size) : std::nullopt;
  if (!names) return std::nullopt;
  const std::size_t at = names->find(kName);
  if (at == std::string::npos) return std::nullopt;
  return take_place(std::string_view(*names).substr(at + kName.size()));
}

}  // namespace

IOStatus check_table_properties(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return IOStatus::OK();
  const auto place = place_of_properties(fd.get());
  const auto block =
      place ? bytes_at(fd.get(), place->offset, place->size + kTrailerBytes) : std::nullopt;
  if (!block) return IOStatus::OK();
  const std::string_view bytes = std::string_view(*block).substr(0, place->size);
  const auto type = static_cast<std::uint8_t>((*block)[place->size]);
  std::uint32_t stored = 0;
  std::memcpy(&stored, block->data() + place->size + 1, sizeof stored);
  if (stored == (static_cast<std::uint32_t>(xxh3_64(bytes)) ^ type * kTypeFactor)) {
    return IOStatus::OK();
  }
  return IOStatus::Corruption("block of properties", path);
}

}  // namespace purser
