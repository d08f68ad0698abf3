// Blocks of packs: refused, or chunks that fill what the header says, never more.
#include "pack_block.h"

#include "chunk_store.h"
#include "faults/fuzz/harness.h"
#include "hash.h"

namespace purser::fuzz {
namespace {

constexpr std::size_t kChecksumAt = 24;

// Whether a block could have been made of these chunks, so that the bytes can be compared.
bool can_be_built(const Block& block) {
  for (const Block::Entry& entry : block.entries()) {
    if (entry.length > kStoredChunkBytesMax || entry.offset > kStoredChunkBytesMax) return false;
  }
  return true;
}

void look_at(std::string_view stored) {
  const auto header = decode_block_header(stored, "block");
  const auto block =
      decoded(stored, [](std::string_view bytes) { return Block::decode(bytes, "block"); });
  if (!block) return;
  require(header.has_value(), "a block has a header");
  require(header->block_bytes() == stored.size(), "a block is as long as it says");
  require(block->plain_bytes() == header->plain_bytes, "it unpacks to what it says");
  BlockBuilder built;
  std::size_t end = 0;
  for (const Block::Entry& entry : block->entries()) {
    require(entry.length > 0 && entry.offset == end, "chunks lie one behind the other");
    end += entry.length;
    require(end <= block->plain_bytes(), "no chunk reaches beyond the block");
    require(block->bytes(entry).size() == entry.length, "a chunk is as long as it says");
    require(block->find(entry.digest) != nullptr, "what is in it is found");
  }
  require(end == block->plain_bytes(), "chunks fill the block");
  if (header->compressed || !can_be_built(*block)) return;
  for (const Block::Entry& entry : block->entries()) built.add(entry.digest, block->bytes(entry));
  require(built.encode({0}) == stored, "plain chunks have one encoding");
}

std::string mended(std::string_view stored) {
  std::string bytes(stored);
  if (bytes.size() < kBlockHeaderBytes) return bytes;
  put_checksum(bytes, kChecksumAt,
               xxh3_64(std::string_view(bytes).substr(0, kChecksumAt),
                       std::string_view(bytes).substr(kBlockHeaderBytes)));
  return bytes;
}

}  // namespace

void look(std::string_view input) {
  look_at(input);
  look_at(mended(input));
}

}  // namespace purser::fuzz
