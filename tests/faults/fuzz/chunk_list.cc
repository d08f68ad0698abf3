// Chunk lists: refused, or the one encoding of chunks that add up to the file.
#include "content.h"
#include "faults/fuzz/harness.h"
#include "hash.h"

namespace purser::fuzz {
namespace {

constexpr std::size_t kRefBytes = 36;

void look_at(std::string_view stored) {
  const auto list =
      decoded(stored, [](std::string_view bytes) { return decode_chunk_list(bytes, "list"); });
  if (!list) return;
  std::uint64_t sum = 0;
  for (const ChunkRef& chunk : list->chunks) {
    require(chunk.length > 0 && chunk.length <= kStoredChunkBytesMax, "a chunk has a length");
    sum += chunk.length;
  }
  require(sum == list->size, "the chunks add up to the file");
  require(list->chunks.size() * kRefBytes <= stored.size(), "no more chunks than bytes for them");
  require(encode_chunk_list(*list) == stored, "a chunk list has one encoding");
}

std::string mended(std::string_view stored) {
  std::string bytes(stored);
  if (bytes.size() < sizeof(std::uint64_t)) return bytes;
  const std::size_t at = bytes.size() - sizeof(std::uint64_t);
  put_checksum(bytes, at, xxh3_64(std::string_view(bytes).substr(0, at)));
  return bytes;
}

}  // namespace

void look(std::string_view input) {
  look_at(input);
  look_at(mended(input));
}

}  // namespace purser::fuzz
