#include "pack_walk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "beneath.h"
#include "hash.h"
#include "pack_writer.h"
#include "posix.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::uint64_t kReadTimesMax = 16;
constexpr std::size_t kWindowBytes = std::size_t{1} << 20;

class Walk {
 public:
  Walk(const UniqueFd& fd, PackNumber pack, std::uint64_t file_bytes)
      : fd_(fd), pack_(pack), bytes_left_(kReadTimesMax * file_bytes) {
    result_.file_bytes = file_bytes;
    result_.end = kPackHeaderBytes;
  }

  Status run(const BlockVisitor& visit) {
    std::uint64_t at = kPackHeaderBytes;
    while (at < result_.file_bytes) {
      PURSER_ASSIGN(const std::uint64_t bytes, visit_block(at, visit));
      if (bytes > 0) {
        result_.damaged_bytes += at - result_.end;
        at += bytes;
        result_.end = at;
        continue;
      }
      PURSER_ASSIGN(at, find_next(at + 1));
    }
    return {};
  }

  [[nodiscard]] const WalkedPack& result() const { return result_; }

 private:
  // How long the block is that begins at `at`; 0 where none does that is whole.
  Result<std::uint64_t> visit_block(std::uint64_t at, const BlockVisitor& visit) {
    PURSER_ASSIGN(const std::string_view head, read(at, kBlockHeaderBytes));
    const auto header = decode_block_header(head, "block");
    if (!header && header.error().is<UnsupportedVersion>()) return header.error();
    if (!header || header->block_bytes() > std::min(kBlockBytesMax, result_.file_bytes - at)) {
      return 0;
    }
    PURSER_ASSIGN(const std::string_view stored, read(at, header->block_bytes()));
    const auto block = Block::decode(stored, "block");
    if (!block || !chunks_are_right(*block)) return 0;
    const BlockPlace place{pack_, at, static_cast<std::uint32_t>(stored.size())};
    PURSER_TRY(visit(place, *block));
    return std::uint64_t{stored.size()};
  }

  static bool chunks_are_right(const Block& block) {
    return std::all_of(
        block.entries().begin(), block.entries().end(),
        [&](const Block::Entry& entry) { return sha256(block.bytes(entry)) == entry.digest; });
  }

  // The next place from `at` on that begins like a block; the end of the file if there is none.
  Result<std::uint64_t> find_next(std::uint64_t at) {
    while (at < result_.file_bytes) {
      PURSER_ASSIGN(const std::string_view window, read(at, kWindowBytes));
      const std::size_t found = window.find(kBlockMagic);
      if (found != window.npos) return at + found;
      if (window.size() < kWindowBytes) break;
      at += window.size() - kBlockMagic.size() + 1;
    }
    return result_.file_bytes;
  }

  // Fewer bytes at the end of the file, and none once the walk has read enough.
  Result<std::string_view> read(std::uint64_t at, std::uint64_t size) {
    size = std::min(size, result_.file_bytes - at);
    if (size > bytes_left_) return std::string_view();
    bytes_left_ -= size;
    if (room_.size() < size) room_.resize(size);
    PURSER_ASSIGN(const std::size_t got,
                  read_up_to_at(fd_.get(), room_.data(), size, at, pack_name(pack_)));
    return std::string_view(room_).substr(0, got);
  }

  const UniqueFd& fd_;
  const PackNumber pack_;
  std::uint64_t bytes_left_;
  std::string room_;
  WalkedPack result_;
};

struct OpenPack {
  UniqueFd fd;
  std::uint64_t bytes = 0;
};

Result<OpenPack> open_pack(int root, PackNumber pack) {
  const std::string where = "pack " + pack_name(pack);
  OpenPack open{open_beneath(root, std::string(kPacksDirectory) + "/" + pack_name(pack),
                             O_RDONLY | O_NONBLOCK | O_NOCTTY),
                0};
  if (!open.fd.valid()) return own_file_error(where, errno);
  struct stat info {};
  if (::fstat(open.fd.get(), &info) != 0) return io_error("stat", where);
  if (!S_ISREG(info.st_mode)) return Corruption{where, "it is no regular file"};
  open.bytes = static_cast<std::uint64_t>(info.st_size);
  char header[kPackHeaderBytes];
  PURSER_ASSIGN(const std::size_t size, read_up_to(open.fd.get(), header, sizeof header, where));
  PURSER_TRY(check_pack_header({header, size}, pack));
  return open;
}

}  // namespace

Result<WalkedPack> walk_pack(int root, PackNumber pack, bool sync, const BlockVisitor& visit) {
  PURSER_ASSIGN(const OpenPack open, open_pack(root, pack));
  Walk walk(open.fd, pack, open.bytes);
  PURSER_TRY(walk.run(visit));
  if (sync && ::fsync(open.fd.get()) != 0) return io_error("sync", "pack " + pack_name(pack));
  return walk.result();
}

Result<std::vector<Digest>> block_table(int root, const BlockPlace& place) {
  const std::string where =
      fmt::format("block at {} of pack {}", place.offset, pack_name(place.pack));
  PURSER_ASSIGN(const OpenPack open, open_pack(root, place.pack));
  char head[kBlockHeaderBytes];
  PURSER_ASSIGN(std::size_t size,
                read_up_to_at(open.fd.get(), head, sizeof head, place.offset, where));
  PURSER_ASSIGN(const BlockHeader header, decode_block_header({head, size}, where));
  if (header.block_bytes() != place.bytes) return Corruption{where, "it has another length"};
  if (place.offset + place.bytes > open.bytes) {
    return Corruption{where, "pack " + pack_name(place.pack) + " is cut short"};
  }
  std::string table(std::size_t{header.chunks} * kBlockEntryBytes, '\0');
  PURSER_ASSIGN(size, read_up_to_at(open.fd.get(), table.data(), table.size(),
                                    place.offset + kBlockHeaderBytes, where));
  if (size != table.size()) return Corruption{where, "its pack is cut short"};
  std::vector<Digest> chunks(header.chunks);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    std::string_view(table)
        .substr(i * kBlockEntryBytes, sizeof(Digest))
        .copy(reinterpret_cast<char*>(chunks[i].bytes.data()), sizeof(Digest));
  }
  return chunks;
}

}  // namespace purser
