#include "pack_block.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "check.h"
#include "chunk_store.h"
#include "hash.h"
#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr std::uint16_t kBlockFormat = 1;
constexpr std::uint16_t kPlain = 0;
constexpr std::uint16_t kZstd = 1;
constexpr std::size_t kChecksumOffset = 24;
constexpr std::size_t kUsualWindowBytes = std::size_t{1} << 20;  // what any level looks back
constexpr std::uint32_t kPlainBytesMax = 2 * std::uint32_t{kStoredChunkBytesMax};

// What a try must save to be worth the time of undoing it: a sixteenth.
constexpr bool is_smaller(std::size_t compressed, std::size_t plain) {
  return compressed < plain - plain / 16;
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

void set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
  PURSER_CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) == 0,
               "zstd refuses a parameter");
}

// Empty when it cannot be made smaller than `room`.
std::string_view compress(std::string_view plain, const Compression& compression,
                          std::string& room) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  PURSER_CHECK(context != nullptr, "zstd has no memory");
  PURSER_CHECK(ZSTD_isError(ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_and_parameters)) == 0,
               "zstd refuses a reset");
  set(context.get(), ZSTD_c_compressionLevel, compression.level);
  if (compression.whole_block && plain.size() > kUsualWindowBytes) {
    set(context.get(), ZSTD_c_windowLog, static_cast<int>(std::bit_width(plain.size() - 1)));
    set(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
  }
  const std::size_t size =
      ZSTD_compress2(context.get(), room.data(), room.size(), plain.data(), plain.size());
  return ZSTD_isError(size) != 0 ? std::string_view() : std::string_view(room).substr(0, size);
}

// Whether it is worth compressing: images, archives and the like are not, and a few samples show
// it.
bool looks_compressible(std::string_view plain) {
  constexpr std::size_t kSample = 4096;
  constexpr std::size_t kSamples = 4;
  if (plain.size() < 2 * kSamples * kSample) return true;
  std::string room(ZSTD_compressBound(kSample), '\0');
  for (std::size_t i = 0; i < kSamples; ++i) {
    const std::size_t at = (plain.size() - kSample) / (kSamples - 1) * i;
    const std::string_view sample = plain.substr(at, kSample);
    const std::string_view packed = compress(sample, {1}, room);
    if (!packed.empty() && is_smaller(packed.size(), sample.size())) return true;
  }
  return false;
}

Status decompress(std::string_view stored, char* plain, std::size_t plain_bytes,
                  std::string_view where) {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  PURSER_CHECK(context != nullptr, "zstd has no memory");
  // Never more than `plain` has room for, whatever the frame says of itself.
  const std::size_t size =
      ZSTD_decompressDCtx(context.get(), plain, plain_bytes, stored.data(), stored.size());
  if (ZSTD_isError(size) != 0) return Corruption{std::string(where), ZSTD_getErrorName(size)};
  if (size != plain_bytes) return Corruption{std::string(where), "it unpacks to fewer bytes"};
  return {};
}

std::uint64_t checksum_of(std::string_view block) {
  return xxh3_64(block.substr(0, kChecksumOffset), block.substr(kBlockHeaderBytes));
}

}  // namespace

std::uint64_t BlockHeader::block_bytes() const {
  return kBlockHeaderBytes + std::uint64_t{chunks} * kBlockEntryBytes + stored_bytes;
}

Result<BlockHeader> decode_block_header(std::string_view stored, std::string_view where) {
  const auto damaged = [&](const char* what) { return Corruption{std::string(where), what}; };
  if (stored.size() < kBlockHeaderBytes) return damaged("it is cut short");
  if (!stored.starts_with(kBlockMagic)) return damaged("it does not begin like a block");
  WireReader reader(stored.substr(kBlockMagic.size(), kBlockHeaderBytes - kBlockMagic.size()));
  std::uint16_t format = 0;
  std::uint16_t encoding = 0;
  BlockHeader header;
  reader(format, encoding, header.chunks, header.plain_bytes, header.stored_bytes, header.checksum);
  if (format > kBlockFormat) return UnsupportedVersion{std::string(where), format, kBlockFormat};
  if (format == 0 || encoding > kZstd) return damaged("its format is unknown");
  header.compressed = encoding == kZstd;
  const bool sizes_fit = header.chunks > 0 && header.chunks <= header.plain_bytes &&
                         header.plain_bytes <= kPlainBytesMax &&
                         (header.compressed ? header.stored_bytes < header.plain_bytes
                                            : header.stored_bytes == header.plain_bytes);
  if (!sizes_fit) return damaged("its sizes contradict each other");
  return header;
}

Result<Block> Block::decode(std::string_view stored, std::string_view where) {
  const auto damaged = [&](const char* what) { return Corruption{std::string(where), what}; };
  PURSER_ASSIGN(const BlockHeader header, decode_block_header(stored, where));
  if (header.block_bytes() != stored.size()) return damaged("its length is not what it says");
  if (checksum_of(stored) != header.checksum) return damaged("its checksum is wrong");
  Block block;
  const std::size_t table_bytes = std::size_t{header.chunks} * kBlockEntryBytes;
  WireReader table(stored.substr(kBlockHeaderBytes, table_bytes));
  std::uint64_t offset = 0;
  block.entries_.resize(header.chunks);
  for (Entry& entry : block.entries_) {
    table(entry.digest, entry.length);
    entry.offset = static_cast<std::uint32_t>(offset);
    offset += entry.length;
    if (entry.length == 0 || offset > header.plain_bytes) return damaged("its chunks do not fit");
  }
  if (offset != header.plain_bytes) return damaged("its chunks do not fill it");
  const std::string_view body = stored.substr(kBlockHeaderBytes + table_bytes);
  block.plain_ = std::make_unique_for_overwrite<char[]>(header.plain_bytes);
  block.plain_bytes_ = header.plain_bytes;
  if (header.compressed) {
    PURSER_TRY(decompress(body, block.plain_.get(), header.plain_bytes, where));
  } else {
    std::copy(body.begin(), body.end(), block.plain_.get());
  }
  return block;
}

const Block::Entry* Block::find(const Digest& digest) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.digest == digest; });
  return found == entries_.end() ? nullptr : &*found;
}

void BlockBuilder::add(const Digest& digest, std::string_view bytes) {
  PURSER_CHECK(!bytes.empty() && bytes.size() <= kStoredChunkBytesMax, "chunk size");
  PURSER_CHECK(plain_.size() <= kStoredChunkBytesMax, "block size");
  WireWriter writer(table_);
  writer(digest, static_cast<std::uint32_t>(bytes.size()));
  plain_ += bytes;
  digests_.push_back(digest);
}

std::string BlockBuilder::encode(const Compression& compression) const {
  thread_local std::string room;  // grows once, and not again for each block
  std::string_view body = plain_;
  bool compressed = false;
  if (compression.level != 0 && (compression.whole_block || looks_compressible(plain_))) {
    room.resize(std::max(room.size(), plain_.size()));
    const std::string_view packed = compress(plain_, compression, room);
    compressed = !packed.empty() && is_smaller(packed.size(), plain_.size());
    if (compressed) body = packed;
  }
  std::string block;
  block.reserve(kBlockHeaderBytes + table_.size() + body.size());
  block += kBlockMagic;
  WireWriter writer(block);
  writer(kBlockFormat, compressed ? kZstd : kPlain, static_cast<std::uint32_t>(digests_.size()),
         static_cast<std::uint32_t>(plain_.size()), static_cast<std::uint32_t>(body.size()),
         std::uint64_t{0});
  block += table_;
  block += body;
  const std::uint64_t checksum = checksum_of(block);
  block.replace(kChecksumOffset, sizeof checksum,
                {reinterpret_cast<const char*>(&checksum), sizeof checksum});
  return block;
}

}  // namespace purser
