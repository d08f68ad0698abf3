// A block: some chunks, compressed together, as one record of a pack.
//
// Chunks that lie together compress better than each alone, and cost one header. Free functions
// and values; a BlockBuilder belongs to one thread at a time.
// On disk: docs/artifact-format.md, "Packs".
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "purser/status.h"
#include "purser/types.h"

namespace purser {

inline constexpr std::size_t kBlockHeaderBytes = 32;
inline constexpr std::size_t kBlockEntryBytes = 32 + 4;      ///< of the table of chunks
inline constexpr std::string_view kBlockMagic = "PURSBLCK";  ///< a block begins with it
inline constexpr std::uint64_t kBlockBytesMax = 64u << 20;   ///< of a block that readers take

/// What the first kBlockHeaderBytes of a block say.
struct BlockHeader {
  bool compressed = false;
  std::uint32_t chunks = 0;
  std::uint32_t plain_bytes = 0;   ///< of all chunks
  std::uint32_t stored_bytes = 0;  ///< the same, as they are stored
  std::uint64_t checksum = 0;      ///< XXH3-64 of everything else in the block
  [[nodiscard]] std::uint64_t block_bytes() const;
};
/// Takes hostile bytes. Errors: Corruption{where}, UnsupportedVersion.
Result<BlockHeader> decode_block_header(std::string_view stored, std::string_view where);

/// A block in memory, its chunks plain.
class Block {
 public:
  struct Entry {
    Digest digest;
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
  };
  /// Takes hostile bytes: exactly one block. Its checksum is compared; no SHA-256 is computed.
  static Result<Block> decode(std::string_view stored, std::string_view where);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::string_view bytes(const Entry& entry) const {
    return {plain_.get() + entry.offset, entry.length};
  }
  /// Null when it is not here.
  [[nodiscard]] const Entry* find(const Digest& digest) const;
  [[nodiscard]] std::size_t plain_bytes() const { return plain_bytes_; }

 private:
  std::unique_ptr<char[]> plain_;
  std::size_t plain_bytes_ = 0;
  std::vector<Entry> entries_;
};

/// How a block is compressed: `level` of zstd; 0 leaves the bytes as they are.
struct Compression {
  int level = 3;
  /// Looks for what is alike in the whole block, however large, and tries all of it.
  bool whole_block = false;
};

/// Gathers chunks for one block.
class BlockBuilder {
 public:
  /// `bytes`: 1 to kStoredChunkBytesMax.
  void add(const Digest& digest, std::string_view bytes);
  [[nodiscard]] bool empty() const { return digests_.empty(); }
  [[nodiscard]] std::size_t plain_bytes() const { return plain_.size(); }
  [[nodiscard]] const std::vector<Digest>& digests() const { return digests_; }
  /// The block as it is stored; what does not become smaller is left as it is.
  [[nodiscard]] std::string encode(const Compression& compression) const;

 private:
  std::string table_;
  std::string plain_;
  std::vector<Digest> digests_;
};

}  // namespace purser
