#include "file_bytes.h"

#include <algorithm>
#include <string>

#include "chunk_lists.h"
#include "hash.h"
#include "try.h"

namespace purser {
namespace {

// Hands on, of bytes that come in order from the beginning of a file, those of a range; each piece
// when the next one comes, so that the last is still here at the end.
class HeldBack {
 public:
  HeldBack(const ByteRange& range, const ByteSink& sink) : range_(range), sink_(sink) {}

  Status take(std::string_view bytes) {
    const std::uint64_t begin = std::max(range_.offset, at_);
    const std::uint64_t end = std::min(range_.offset + range_.length, at_ + bytes.size());
    if (begin < end) {
      PURSER_TRY(release());
      held_ = bytes.substr(begin - at_, end - begin);
    }
    at_ += bytes.size();
    return {};
  }

  Status release() { return held_.empty() ? Status() : sink_(held_); }

 private:
  const ByteRange range_;
  const ByteSink& sink_;
  std::uint64_t at_ = 0;
  std::string held_;
};

}  // namespace

Status read_file(const View& view, const ChunkStore& chunks, const FileEntry& file,
                 const ByteSink& sink) {
  return read_file(view, chunks, file, {0, file.size}, sink);
}

Status read_file(const View& view, const ChunkStore& chunks, const FileEntry& file,
                 const ByteRange& range, const ByteSink& sink) {
  if (file.size > 0 && file.size <= kWholeFileBytesMax) {
    // A small file is one chunk with the digest of the file, wherever its list was not made by an
    // older version.
    const Result<std::string> chunk = chunks.get(file.digest);
    if (chunk && chunk->size() == file.size) {
      return sink(std::string_view(*chunk).substr(range.offset, range.length));
    }
  }
  PURSER_ASSIGN(const ChunkList list, read_chunk_list(view.rows, file.digest));
  if (list.size != file.size) {
    return Corruption{"chunk list " + to_hex(file.digest), "its size differs from the file's"};
  }
  return read_content(chunks, list, range, sink);
}

Status read_file_verified(const View& view, const ChunkStore& chunks, const FileEntry& file,
                          const ByteRange& range, const ByteSink& sink) {
  HeldBack wanted(range, sink);
  Sha256 whole;
  PURSER_TRY(read_file(view, chunks, file, [&](std::string_view bytes) -> Status {
    whole.update(bytes);
    return wanted.take(bytes);
  }));
  if (whole.finish() != file.digest) {
    return Corruption{"file " + to_hex(file.digest), "its SHA-256 differs"};
  }
  return wanted.release();
}

}  // namespace purser
