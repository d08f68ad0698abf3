#include "content.h"

#include <fmt/format.h>

#include "check.h"
#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr std::string_view kMagic = "PURSLIST";
constexpr std::size_t kHeaderBytes = 8 + 2 + 2 + 8 + 4;  // magic, format, reserved, size, count
constexpr std::size_t kRefBytes = 32 + 4;
constexpr std::size_t kChecksumBytes = 8;

// The references of a list whose checksum was right.
Result<ChunkList> decode_refs(WireReader& reader, std::string_view where) {
  ChunkList list;
  reader(list.size);
  const std::uint32_t count = reader.count(kRefBytes);
  list.chunks.resize(count);
  std::uint64_t sum = 0;
  for (ChunkRef& ref : list.chunks) {
    reader(ref.digest, ref.length);
    if (ref.length == 0 || ref.length > kStoredChunkBytesMax) {
      return Corruption{std::string(where), fmt::format("a chunk of {} bytes", ref.length)};
    }
    sum += ref.length;  // at most 2^32 chunks of 2^24 bytes
  }
  if (!reader.finished()) return Corruption{std::string(where), "its count is not its length"};
  if (sum != list.size) {
    return Corruption{std::string(where),
                      fmt::format("chunks of {} bytes for a file of {}", sum, list.size)};
  }
  return list;
}

}  // namespace

std::string encode_chunk_list(const ChunkList& list) {
  PURSER_CHECK(list.chunks.size() <= UINT32_MAX, "chunk count");
  std::string out;
  out.reserve(kHeaderBytes + list.chunks.size() * kRefBytes + kChecksumBytes);
  out += kMagic;
  WireWriter writer(out);
  writer(kChunkListFormat, std::uint16_t{0}, list.size,
         static_cast<std::uint32_t>(list.chunks.size()));
  for (const ChunkRef& ref : list.chunks) writer(ref.digest, ref.length);
  writer(xxh3_64(out));
  return out;
}

Result<ChunkList> decode_chunk_list(std::string_view stored, std::string_view where) {
  const auto damaged = [&](const char* what) { return Corruption{std::string(where), what}; };
  if (stored.size() < kHeaderBytes + kChecksumBytes) return damaged("it is cut short");
  if (!stored.starts_with(kMagic)) return damaged("it does not begin like a chunk list");
  const std::string_view body = stored.substr(0, stored.size() - kChecksumBytes);
  WireReader reader(body.substr(kMagic.size()));
  WireReader tail(stored.substr(body.size()));
  std::uint16_t format = 0;
  std::uint16_t reserved = 0;
  std::uint64_t checksum = 0;
  reader(format, reserved);
  tail(checksum);
  if (format > kChunkListFormat) {
    return UnsupportedVersion{std::string(where), format, kChunkListFormat};
  }
  if (checksum != xxh3_64(body)) return damaged("its checksum is wrong");
  if (format == 0 || reserved != 0) return damaged("its format is unknown");
  return decode_refs(reader, where);
}

Status ContentWriter::put(const Digest& digest, std::string_view chunk) {
  PURSER_ASSIGN(const bool is_new, batch_.put(digest, chunk));
  if (is_new) content_.new_bytes += chunk.size();
  content_.list.size += chunk.size();
  content_.list.chunks.push_back({digest, static_cast<std::uint32_t>(chunk.size())});
  return {};
}

Status ContentWriter::write(std::string_view bytes) {
  while (pending_.size() + bytes.size() >= kChunkBytes) {
    const std::size_t taken = kChunkBytes - pending_.size();
    std::string_view chunk = bytes.substr(0, taken);
    if (!pending_.empty()) chunk = pending_.append(chunk);
    whole_.update(chunk);
    PURSER_TRY(put(sha256(chunk), chunk));
    pending_.clear();
    bytes.remove_prefix(taken);
  }
  pending_ += bytes;
  return {};
}

Result<StoredContent> ContentWriter::finish() {
  if (content_.list.chunks.empty()) {  // a small file is its only chunk: hashed once
    content_.digest = sha256(pending_);
    if (!pending_.empty()) PURSER_TRY(put(content_.digest, pending_));
  } else {
    whole_.update(pending_);
    content_.digest = whole_.finish();
    if (!pending_.empty()) PURSER_TRY(put(sha256(pending_), pending_));
  }
  return std::move(content_);
}

Result<StoredContent> put_content(ChunkStore::Batch& batch, std::string_view bytes) {
  ContentWriter writer(batch);
  PURSER_TRY(writer.write(bytes));
  return writer.finish();
}

Result<std::string> read_content(const ChunkStore& store, const ChunkList& list) {
  std::string bytes;
  PURSER_TRY(read_content(store, list, [&](std::string_view chunk) -> Status {
    bytes += chunk;
    return {};
  }));
  return bytes;
}

Status read_content(const ChunkStore& store, const ChunkList& list, const ByteSink& sink) {
  for (const ChunkRef& ref : list.chunks) {
    PURSER_ASSIGN(const std::string chunk, store.get(ref.digest));
    if (chunk.size() != ref.length) {
      return Corruption{
          "chunk " + to_hex(ref.digest),
          fmt::format("it has {} bytes, its file's list says {}", chunk.size(), ref.length)};
    }
    PURSER_TRY(sink(chunk));
  }
  return {};
}

}  // namespace purser
