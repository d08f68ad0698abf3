#include "chunk_lists.h"

#include <fmt/format.h>

#include "key.h"
#include "try.h"

namespace purser {
namespace {

constexpr char kChunkListTag = 'l';

std::string row_key(const Digest& file) {
  return Key(kChunkListTag)
      .raw({reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()})
      .str();
}

}  // namespace

void put_chunk_list(WriteSet& changes, const Digest& file, const ChunkList& list) {
  changes.put(Space::state, row_key(file), encode_chunk_list(list));
}

Result<bool> has_chunk_list(const RowReader& rows, const Digest& file) {
  PURSER_ASSIGN(const auto stored, rows.get(Space::state, row_key(file)));
  return stored.has_value();
}

Result<ChunkList> read_chunk_list(const RowReader& rows, const Digest& file) {
  const std::string where = "chunk list " + to_hex(file);
  PURSER_ASSIGN(const auto stored, rows.get(Space::state, row_key(file)));
  if (!stored) return Corruption{where, "it is missing"};
  return decode_chunk_list(*stored, where);
}

}  // namespace purser
