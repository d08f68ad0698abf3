// Files as lists of chunks: cuts what is written, joins what is read, and encodes the list.
//
// A small file is one chunk, a larger one is cut by its content (chunker.h); an empty file has
// none. The cut is no part of any identity: a reader takes chunks of any length, and a list may be
// rewritten.
// Memory: twice what is written at a time, but for the calls that return or take a whole file.
// A ContentWriter belongs to one thread; the functions are safe from any.
// On disk: docs/artifact-format.md, "Chunk lists".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "chunk_store.h"
#include "hash.h"
#include "posix.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

/// Up to this length a file is not cut.
inline constexpr std::size_t kWholeFileBytesMax = std::size_t{16} << 10;
inline constexpr std::uint16_t kChunkListFormat = 1;

struct ChunkRef {
  Digest digest;
  std::uint32_t length = 0;  ///< bytes; 1 to kStoredChunkBytesMax
  friend bool operator==(const ChunkRef&, const ChunkRef&) = default;
};

/// The bytes of a file are those of `chunks`, in order.
struct ChunkList {
  std::uint64_t size = 0;  ///< bytes: the sum of the lengths
  std::vector<ChunkRef> chunks;
  friend bool operator==(const ChunkList&, const ChunkList&) = default;
};

std::string encode_chunk_list(const ChunkList& list);
/// Takes hostile bytes. `where` is what a Corruption names. Errors: Corruption, UnsupportedVersion.
Result<ChunkList> decode_chunk_list(std::string_view stored, std::string_view where = "chunk list");

struct StoredContent {
  Digest digest;  ///< SHA-256 of the whole file
  ChunkList list;
  std::uint64_t new_bytes = 0;  ///< of the chunks that the store did not hold yet
};

/// Puts one file into a batch as its bytes come. After an error only to be destroyed.
class ContentWriter {
 public:
  /// `batch` must outlive the writer.
  explicit ContentWriter(ChunkStore::Batch& batch) : batch_(batch) {}

  Status write(std::string_view bytes);
  /// Once, after the last byte. The file is durable when the batch has been committed.
  Result<StoredContent> finish();

 private:
  struct Part {
    std::string bytes;
    std::vector<ChunkRef> chunks;  // of its beginning
  };
  void cut(Part& part);
  void hash(Part& part, std::size_t bytes_new);
  Status put(Part& part);

  ChunkStore::Batch& batch_;
  Sha256 whole_;
  std::array<Part, 2> parts_;
  std::size_t turn_ = 0;  // which part was written last, and is not put yet
  std::string pending_;   // its end, which is not cut yet
  StoredContent content_;
  std::future<void> hashing_;  // the last part; ends before all above does
};

/// The same for a file in memory. `digest`: its SHA-256.
Result<StoredContent> put_content(ChunkStore::Batch& batch, const Digest& digest,
                                  std::string_view bytes);

/// Errors: those of ChunkStore::get, and Corruption for a chunk of another length than listed.
Result<std::string> read_content(const ChunkStore& store, const ChunkList& list);
/// The same to a sink, chunk by chunk; each is checked before the sink sees it.
Status read_content(const ChunkStore& store, const ChunkList& list, const ByteSink& sink);

/// Some bytes of a file: `length` from `offset` on.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
/// Only these bytes, and no chunk that holds none of them is read. What lies behind the end of the
/// file is not there.
Status read_content(const ChunkStore& store, const ChunkList& list, const ByteRange& range,
                    const ByteSink& sink);

}  // namespace purser
