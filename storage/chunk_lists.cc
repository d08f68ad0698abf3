#include "chunk_lists.h"

#include <algorithm>
#include <utility>

#include "key.h"
#include "try.h"

namespace purser {
namespace {

constexpr char kChunkListTag = 'l';
constexpr std::size_t kPartChunksMax = 1024;

Key list_key(const Digest& file) {
  return Key(kChunkListTag)
      .raw({reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()});
}

// The first part has the digest alone for its key, as whole lists once had.
std::string part_key(const Digest& file, std::uint32_t part) {
  return part == 0 ? list_key(file).str() : list_key(file).u32(part).str();
}

std::string where_of(const Digest& file) { return "chunk list " + to_hex(file); }

// Appends the parts behind the first one.
Status add_parts(const RowReader& rows, const Digest& file, ChunkList& list) {
  Status decoded;
  std::uint32_t expected = 1;
  const KeyRange behind{part_key(file, 1), prefix_range(list_key(file).str()).to};
  PURSER_TRY(rows.scan(Space::state, behind, Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         if (key != part_key(file, expected++)) {
                           decoded = Corruption{where_of(file), "a part of it is missing"};
                           return false;
                         }
                         Result<ChunkList> part = decode_chunk_list(value, where_of(file));
                         if (!part) return decoded = part.error(), false;
                         list.size += part->size;
                         list.chunks.insert(list.chunks.end(), part->chunks.begin(),
                                            part->chunks.end());
                         return true;
                       }));
  return decoded;
}

}  // namespace

void put_chunk_list(WriteSet& changes, const Digest& file, const ChunkList& list) {
  std::size_t at = 0;
  std::uint32_t number = 0;
  do {
    ChunkList part;
    const std::size_t end = std::min(list.chunks.size(), at + kPartChunksMax);
    part.chunks.assign(list.chunks.begin() + static_cast<std::ptrdiff_t>(at),
                       list.chunks.begin() + static_cast<std::ptrdiff_t>(end));
    for (const ChunkRef& chunk : part.chunks) part.size += chunk.length;
    changes.put(Space::state, part_key(file, number++), encode_chunk_list(part));
    at = end;
  } while (at < list.chunks.size());
}

Result<std::optional<ChunkList>> find_chunk_list(const RowReader& rows, const Digest& file) {
  PURSER_ASSIGN(const auto stored, rows.get(Space::state, part_key(file, 0)));
  if (!stored) return std::optional<ChunkList>();
  PURSER_ASSIGN(ChunkList list, decode_chunk_list(*stored, where_of(file)));
  if (list.chunks.size() >= kPartChunksMax) PURSER_TRY(add_parts(rows, file, list));
  return std::optional<ChunkList>(std::move(list));
}

Result<ChunkList> read_chunk_list(const RowReader& rows, const Digest& file) {
  PURSER_ASSIGN(auto list, find_chunk_list(rows, file));
  if (!list) return Corruption{where_of(file), "it is missing"};
  return *std::move(list);
}

Status visit_listed_files(const RowReader& rows,
                          const std::function<void(const Digest& file)>& visit) {
  constexpr std::size_t kFirstPartKeyBytes = 1 + sizeof(Digest);
  return rows.scan(Space::state, prefix_range(std::string(1, kChunkListTag)), Direction::ascending,
                   [&](std::string_view key, std::string_view) {
                     if (key.size() != kFirstPartKeyBytes) return true;
                     Digest file;
                     key.substr(1).copy(reinterpret_cast<char*>(file.bytes.data()),
                                        file.bytes.size());
                     visit(file);
                     return true;
                   });
}

Status visit_chunk_lists(
    const RowReader& rows,
    const std::function<void(const Digest& file, const Result<ChunkList>& list)>& visit) {
  return visit_listed_files(rows,
                            [&](const Digest& file) { visit(file, read_chunk_list(rows, file)); });
}

Status erase_chunk_list(WriteSet& changes, const RowReader& rows, const Digest& file) {
  return rows.scan(Space::state, prefix_range(list_key(file).str()), Direction::ascending,
                   [&](std::string_view key, std::string_view) {
                     changes.erase(Space::state, std::string(key));
                     return true;
                   });
}

}  // namespace purser
