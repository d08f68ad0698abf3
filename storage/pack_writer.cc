#include "pack_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "beneath.h"
#include "check.h"
#include "hash.h"
#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr std::string_view kPackMagic = "PURSPACK";
constexpr std::uint32_t kPackFormat = 1;
constexpr std::string_view kSuffix = ".pack";
constexpr std::size_t kDigits = 16;
constexpr mode_t kFileMode = 0600;
constexpr std::uint64_t kStartedBytes = std::uint64_t{8} << 20;

}  // namespace

std::string pack_name(PackNumber pack) { return fmt::format("{:016x}{}", pack.value, kSuffix); }

std::optional<PackNumber> pack_number(std::string_view name) {
  PackNumber pack;
  if (name.size() != kDigits + kSuffix.size()) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, pack.value, 16);
  // Only one spelling of each number counts.
  if (error != std::errc() || pack.value == 0 || name != pack_name(pack)) return std::nullopt;
  return pack;
}

std::string encode_pack_header(PackNumber pack) {
  std::string out(kPackMagic);
  WireWriter writer(out);
  writer(kPackFormat, std::uint32_t{0}, pack);
  writer(xxh3_64(out));
  return out;
}

Status check_pack_header(std::string_view stored, PackNumber pack) {
  const std::string where = "pack " + pack_name(pack);
  if (stored.size() != kPackHeaderBytes) return Corruption{where, "it is cut short"};
  if (!stored.starts_with(kPackMagic)) return Corruption{where, "it does not begin like a pack"};
  WireReader reader(stored.substr(kPackMagic.size()));
  std::uint32_t format = 0;
  reader(format);
  if (format > kPackFormat) return UnsupportedVersion{where, format, kPackFormat};
  if (stored != encode_pack_header(pack)) return Corruption{where, "its header is damaged"};
  return {};
}

Result<std::vector<PackFile>> list_packs(int root) {
  std::vector<PackFile> packs;
  const UniqueFd directory = open_beneath(root, kPacksDirectory, O_RDONLY | O_DIRECTORY);
  if (!directory.valid()) {
    if (errno == ENOENT) return packs;  // nothing was stored yet, or not in packs
    return io_error("open", kPacksDirectory);
  }
  PURSER_ASSIGN(const std::vector<std::string> names, list_names(directory.get(), kPacksDirectory));
  for (const std::string& name : names) {
    const auto pack = pack_number(name);
    struct stat info {};
    if (!pack || ::fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    if (S_ISREG(info.st_mode)) packs.push_back({*pack, static_cast<std::uint64_t>(info.st_size)});
  }
  std::sort(packs.begin(), packs.end(),
            [](const PackFile& a, const PackFile& b) { return a.pack < b.pack; });
  return packs;
}

Result<PackWriter> PackWriter::open(const std::string& directory, std::optional<PackEnd> last,
                                    std::uint64_t pack_bytes_max, const SyncCalls& sync) {
  PackWriter writer(directory, pack_bytes_max, sync);
  writer.root_ =
      UniqueFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!writer.root_.valid()) return io_error("open", directory);
  PURSER_ASSIGN(const std::vector<std::string> names, list_names(writer.root_.get(), directory));
  for (const std::string& name : names) {
    writer.last_number_ = std::max(writer.last_number_, pack_number(name).value_or(PackNumber{}));
  }
  if (last) {
    writer.last_number_ = std::max(writer.last_number_, last->pack);
    PURSER_TRY(writer.reopen(*last));
  }
  return writer;
}

// Goes on with the last pack if it holds what it should. One that is cut short stays as it is: its
// readers say what is missing.
Status PackWriter::reopen(const PackEnd& last) {
  if (last.bytes >= pack_bytes_max_) return {};
  UniqueFd fd = open_beneath(root_.get(), pack_name(last.pack), O_WRONLY | O_NONBLOCK | O_NOCTTY);
  struct stat info {};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  const auto end = static_cast<off_t>(last.bytes);
  if (info.st_size < end) return {};
  if (info.st_size > end && ::ftruncate(fd.get(), end) != 0) {
    return io_error("cut off the unfinished end of", path_of(last.pack));
  }
  if (::lseek(fd.get(), end, SEEK_SET) != end) return io_error("seek in", path_of(last.pack));
  packs_.push_back({std::make_shared<const UniqueFd>(std::move(fd)), last, last.bytes});
  named_ = last.pack;
  return {};
}

Status PackWriter::begin_pack() {
  const PackNumber number{last_number_.value + 1};
  UniqueFd fd =
      open_beneath(root_.get(), pack_name(number), O_WRONLY | O_CREAT | O_EXCL, kFileMode);
  if (!fd.valid()) return io_error("create", path_of(number));
  last_number_ = number;
  if (::fchmod(fd.get(), kFileMode) != 0) return io_error("set mode of", path_of(number));
  PURSER_TRY(write_all(fd.get(), encode_pack_header(number), path_of(number)));
  packs_.push_back(
      {std::make_shared<const UniqueFd>(std::move(fd)), {number, kPackHeaderBytes}, 0});
  return {};
}

Result<BlockPlace> PackWriter::append(std::string_view block) {
  if (packs_.empty() || packs_.back().end.bytes >= pack_bytes_max_) PURSER_TRY(begin_pack());
  Pack& pack = packs_.back();
  PURSER_TRY(write_all(pack.fd->get(), block, path_of(pack.end.pack)));
  const BlockPlace place{pack.end.pack, pack.end.bytes, static_cast<std::uint32_t>(block.size())};
  pack.end.bytes += block.size();
  start_writing(pack);
  return place;
}

// Lets the disk begin while more is being made; `sync` then has less to wait for. Whether it helps
// or fails changes nothing.
void PackWriter::start_writing(Pack& pack) {
  if (pack.end.bytes - pack.started < kStartedBytes) return;
  static_cast<void>(::sync_file_range(pack.fd->get(), static_cast<off_t>(pack.started),
                                      static_cast<off_t>(pack.end.bytes - pack.started),
                                      SYNC_FILE_RANGE_WRITE));
  pack.started = pack.end.bytes;
}

Status PackWriter::sync(const std::vector<Pack>& packs) {
  for (const Pack& pack : packs) {
    if (sync_.file(pack.fd->get()) != 0) return io_error("sync", path_of(pack.end.pack));
  }
  if (packs.empty() || packs.back().end.pack <= named_) return {};
  if (sync_.file(root_.get()) != 0) return io_error("sync", directory_);
  named_ = packs.back().end.pack;
  return {};
}

void PackWriter::forget_before(PackNumber pack) {
  std::erase_if(packs_, [&](const Pack& one) { return one.end.pack < pack; });
}

bool PackWriter::is_writing(PackNumber pack) const {
  return std::any_of(packs_.begin(), packs_.end(),
                     [&](const Pack& open) { return open.end.pack == pack; });
}

std::string PackWriter::path_of(PackNumber pack) const {
  return directory_ + "/" + pack_name(pack);
}

}  // namespace purser
