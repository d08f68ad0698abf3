#include "content.h"

#include <fmt/format.h>

#include <future>

#include "check.h"
#include "chunker.h"
#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr std::string_view kListMagic = "PURSLIST";
constexpr std::size_t kHeaderBytes = 8 + 2 + 2 + 8 + 4;  // magic, format, reserved, size, count
constexpr std::size_t kRefBytes = 32 + 4;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kHashedApartBytes = std::size_t{512} << 10;  // else a thread is dearer

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
  out += kListMagic;
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
  if (!stored.starts_with(kListMagic)) return damaged("it does not begin like a chunk list");
  const std::string_view body = stored.substr(0, stored.size() - kChecksumBytes);
  WireReader reader(body.substr(kListMagic.size()));
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

namespace {

Status put_chunk(ChunkStore::Batch& batch, const Digest& digest, std::string_view chunk,
                 StoredContent& content) {
  PURSER_ASSIGN(const bool is_new, batch.put(digest, chunk));
  if (is_new) content.new_bytes += chunk.size();
  content.list.size += chunk.size();
  content.list.chunks.push_back({digest, static_cast<std::uint32_t>(chunk.size())});
  return {};
}

// The end of a file, or the whole of it: `content.digest` is that of the file.
Status put_rest(ChunkStore::Batch& batch, std::string_view bytes, StoredContent& content) {
  const bool is_whole = content.list.chunks.empty();
  if (is_whole && !bytes.empty() && bytes.size() <= kWholeFileBytesMax) {
    return put_chunk(batch, content.digest, bytes, content);  // hashed once
  }
  while (!bytes.empty()) {
    const std::string_view chunk = bytes.substr(0, first_chunk_bytes(bytes));
    PURSER_TRY(put_chunk(batch, sha256(chunk), chunk, content));
    bytes.remove_prefix(chunk.size());
  }
  return {};
}

}  // namespace

// While a large part is hashed by another thread, this one puts the part before it.
Status ContentWriter::write(std::string_view bytes) {
  Part& part = parts_[(turn_ + 1) % parts_.size()];
  part.bytes.assign(pending_);
  part.bytes += bytes;
  cut(part);
  if (hashing_.valid()) hashing_.get();
  if (bytes.size() >= kHashedApartBytes) {
    hashing_ = std::async(std::launch::async,
                          [this, &part, bytes_new = bytes.size()] { hash(part, bytes_new); });
  } else {
    hash(part, bytes.size());
  }
  PURSER_TRY(put(parts_[turn_]));
  turn_ = (turn_ + 1) % parts_.size();
  return {};
}

// As long as the next cut does not depend on what is still to come.
void ContentWriter::cut(Part& part) {
  std::string_view rest = part.bytes;
  while (rest.size() >= kChunkBytesMax) {
    part.chunks.push_back({{}, static_cast<std::uint32_t>(first_chunk_bytes(rest))});
    rest.remove_prefix(part.chunks.back().length);
  }
  pending_ = rest;
}

void ContentWriter::hash(Part& part, std::size_t bytes_new) {
  std::string_view rest = part.bytes;
  whole_.update(rest.substr(rest.size() - bytes_new));
  for (ChunkRef& chunk : part.chunks) {
    chunk.digest = sha256(rest.substr(0, chunk.length));
    rest.remove_prefix(chunk.length);
  }
}

Status ContentWriter::put(Part& part) {
  std::string_view rest = part.bytes;
  for (const ChunkRef& chunk : part.chunks) {
    PURSER_TRY(put_chunk(batch_, chunk.digest, rest.substr(0, chunk.length), content_));
    rest.remove_prefix(chunk.length);
  }
  part.chunks.clear();
  return {};
}

Result<StoredContent> ContentWriter::finish() {
  if (hashing_.valid()) hashing_.get();
  PURSER_TRY(put(parts_[turn_]));
  content_.digest = whole_.finish();
  PURSER_TRY(put_rest(batch_, pending_, content_));
  return std::move(content_);
}

Result<StoredContent> put_content(ChunkStore::Batch& batch, const Digest& digest,
                                  std::string_view bytes) {
  StoredContent content;
  content.digest = digest;
  PURSER_TRY(put_rest(batch, bytes, content));
  return content;
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
  return read_content(store, list, {0, list.size}, sink);
}

Status read_content(const ChunkStore& store, const ChunkList& list, const ByteRange& range,
                    const ByteSink& sink) {
  std::uint64_t skipped = range.offset;
  std::uint64_t left = range.length;
  for (const ChunkRef& ref : list.chunks) {
    if (left == 0) break;
    if (skipped >= ref.length) {
      skipped -= ref.length;
      continue;
    }
    PURSER_ASSIGN(const std::string chunk, store.get(ref.digest));
    if (chunk.size() != ref.length) {
      return Corruption{
          "chunk " + to_hex(ref.digest),
          fmt::format("it has {} bytes, its file's list says {}", chunk.size(), ref.length)};
    }
    const std::string_view wanted = std::string_view(chunk).substr(skipped, left);
    PURSER_TRY(sink(wanted));
    left -= wanted.size();
    skipped = 0;
  }
  return {};
}

}  // namespace purser
