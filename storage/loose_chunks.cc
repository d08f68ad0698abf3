#include "loose_chunks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "beneath.h"
#include "hash.h"
#include "posix.h"
#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr std::string_view kChunkMagic = "PURSCHNK";
constexpr std::uint32_t kChunkFormat = 1;
constexpr std::size_t kHeaderBytes = 64;  // magic, format, reserved, length, SHA-256, XXH3-64
constexpr std::size_t kMovedAtOnce = std::size_t{64} << 20;
constexpr char kTemporary[] = "tmp";

std::string prefix_of(const Digest& digest) { return to_hex(digest).substr(0, 2); }
std::string path_of(const Digest& digest) { return prefix_of(digest) + "/" + to_hex(digest); }

struct Header {
  std::uint64_t length = 0;
  Digest digest;
  std::uint64_t checksum = 0;
};

// `stored` are the first bytes of the file of the chunk `digest`.
Result<Header> decode_header(std::string_view stored, const Digest& digest,
                             const std::string& where) {
  if (stored.size() != kHeaderBytes) return Corruption{where, "its header is cut short"};
  if (!stored.starts_with(kChunkMagic)) return Corruption{where, "it does not begin like a chunk"};
  WireReader reader(stored.substr(kChunkMagic.size()));
  std::uint32_t format = 0;
  std::uint32_t reserved = 0;
  Header header;
  reader(format, reserved, header.length, header.digest, header.checksum);
  if (format > kChunkFormat) return UnsupportedVersion{where, format, kChunkFormat};
  if (format == 0 || reserved != 0) return Corruption{where, "its format is unknown"};
  if (header.digest != digest) return Corruption{where, "it holds another chunk"};
  if (header.length == 0 || header.length > kStoredChunkBytesMax) {
    return Corruption{where, fmt::format("a length of {} bytes", header.length)};
  }
  return header;
}

}  // namespace

Result<LooseChunks::OpenChunk> LooseChunks::open_chunk(const Digest& digest) const {
  const std::string where = "chunk " + to_hex(digest);
  OpenChunk chunk;
  chunk.fd = open_beneath(root_, path_of(digest), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!chunk.fd.valid()) return own_file_error(where, errno);
  struct stat info {};
  if (fstat(chunk.fd.get(), &info) != 0) return io_error("stat", where);
  if (!S_ISREG(info.st_mode)) return Corruption{where, "it is no regular file"};

  char buffer[kHeaderBytes];
  PURSER_ASSIGN(const std::size_t size, read_up_to(chunk.fd.get(), buffer, sizeof buffer, where));
  PURSER_ASSIGN(const Header header, decode_header({buffer, size}, digest, where));
  const auto expected = static_cast<off_t>(kHeaderBytes + header.length);
  if (info.st_size != expected) {
    return Corruption{where, fmt::format("its file has {} bytes, not {}", info.st_size, expected)};
  }
  chunk.length = header.length;
  chunk.checksum = header.checksum;
  return chunk;
}

Result<std::string> LooseChunks::get(const Digest& digest) const {
  PURSER_ASSIGN(const OpenChunk chunk, open_chunk(digest));
  const std::string where = "chunk " + to_hex(digest);
  std::string bytes(chunk.length, '\0');
  PURSER_ASSIGN(const std::size_t size,
                read_up_to(chunk.fd.get(), bytes.data(), bytes.size(), where));
  if (size != bytes.size()) return Corruption{where, "it is cut short"};
  if (xxh3_64(bytes) != chunk.checksum) return Corruption{where, "its checksum is wrong"};
  return bytes;
}

Result<std::vector<std::string>> LooseChunks::directories() const {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  PURSER_ASSIGN(std::vector<std::string> names, list_names(root_, "chunks"));
  std::erase_if(names, [&](const std::string& name) {
    return name.size() != 2 || !std::all_of(name.begin(), name.end(), is_hex);
  });
  return names;
}

Result<std::vector<Digest>> LooseChunks::chunks_in(const std::string& directory) const {
  const UniqueFd fd = open_beneath(root_, directory, O_RDONLY | O_DIRECTORY);
  if (!fd.valid()) return io_error("open", "chunks/" + directory);
  PURSER_ASSIGN(const std::vector<std::string> names, list_names(fd.get(), directory));
  std::vector<Digest> chunks;
  for (const std::string& name : names) {
    if (const auto digest = parse_digest(name)) chunks.push_back(*digest);
  }
  return chunks;
}

Status LooseChunks::remove(const Digest& digest) const {
  const UniqueFd directory = open_beneath(root_, prefix_of(digest), O_RDONLY | O_DIRECTORY);
  if (!directory.valid()) return io_error("open", "chunks/" + prefix_of(digest));
  if (::unlinkat(directory.get(), to_hex(digest).c_str(), 0) != 0) {
    return io_error("remove", "chunks/" + path_of(digest));
  }
  return {};
}

Status LooseChunks::remove_staged() const { return remove_beneath(root_, kTemporary); }

Status LooseChunks::remove_if_empty(const std::string& directory) const {
  if (::unlinkat(root_, directory.c_str(), AT_REMOVEDIR) == 0) return {};
  if (errno == ENOTEMPTY || errno == EEXIST) return {};
  return io_error("remove", "chunks/" + directory);
}

namespace {

// Chunks that a batch holds and that are to lose their files.
class Move {
 public:
  Move(const LooseChunks& loose, ChunkStore& store) : loose_(loose), store_(store) {}

  Status add(const Digest& digest) {
    if (!batch_) {
      PURSER_ASSIGN(batch_, store_.begin());
    }
    const Result<std::string> bytes = loose_.get(digest);
    if (!bytes) return bytes.error().is<Io>() ? Status(bytes.error()) : Status();
    if (sha256(*bytes) != digest) return {};  // it stays, for whoever asks
    PURSER_TRY(batch_->put(digest, *bytes));
    moved_.push_back(digest);
    bytes_ += bytes->size();
    return bytes_ >= kMovedAtOnce ? finish() : Status();
  }

  Status finish() {
    if (!batch_) return {};
    PURSER_TRY(batch_->commit());
    batch_.reset();
    for (const Digest& digest : moved_) PURSER_TRY(loose_.remove(digest));
    moved_.clear();
    bytes_ = 0;
    return {};
  }

 private:
  const LooseChunks& loose_;
  ChunkStore& store_;
  std::unique_ptr<ChunkStore::Batch> batch_;
  std::vector<Digest> moved_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Status move_loose_chunks(const LooseChunks& loose, ChunkStore& store) {
  PURSER_ASSIGN(std::vector<std::string> directories, loose.directories());
  if (directories.empty()) return {};
  PURSER_TRY(loose.remove_staged());
  Move move(loose, store);
  for (const std::string& directory : directories) {
    PURSER_ASSIGN(const std::vector<Digest> chunks, loose.chunks_in(directory));
    for (const Digest& chunk : chunks) PURSER_TRY(move.add(chunk));
  }
  PURSER_TRY(move.finish());
  for (const std::string& directory : directories) PURSER_TRY(loose.remove_if_empty(directory));
  return {};
}

}  // namespace purser
