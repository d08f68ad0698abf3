#include "chunk_index.h"

#include "key.h"
#include "try.h"
#include "wire.h"

namespace purser {

template <class Archive>
void serialize(Archive& ar, BlockPlace& place) {
  ar(place.offset, place.bytes);  // the pack is in the key
}

namespace {

constexpr char kChunkTag = 'k';
constexpr char kPackTag = 'p';
constexpr std::size_t kPlaceKeyBytes = 1 + 32 + 8;
constexpr std::uint64_t kPackBytesMax = std::uint64_t{1} << 62;

Key chunk_key(const Digest& chunk) {
  return Key(kChunkTag).raw(
      {reinterpret_cast<const char*>(chunk.bytes.data()), chunk.bytes.size()});
}

// The latest pack comes first: a search forward is the cheaper one.
constexpr std::uint64_t descending(PackNumber pack) { return ~pack.value; }

Result<BlockPlace> decode_place(const Digest& chunk, std::string_view key, std::string_view value) {
  BlockPlace place{PackNumber{descending(PackNumber{trailing_u64(key)})}, 0, 0};
  if (key.size() != kPlaceKeyBytes || !from_wire(value, place) ||
      place.offset > kPackBytesMax) {  // where no file reaches
    return Corruption{"chunk " + to_hex(chunk), "its row is not well-formed"};
  }
  return place;
}

Result<PackEnd> decode_pack_end(std::string_view key, std::string_view value) {
  PackEnd end{PackNumber{trailing_u64(key)}, 0};
  if (!from_wire(value, end.bytes) || end.bytes > kPackBytesMax) {
    return Corruption{"pack " + std::to_string(end.pack.value), "its row is not well-formed"};
  }
  return end;
}

}  // namespace

void put_chunk_place(WriteSet& changes, const Digest& chunk, const BlockPlace& place) {
  changes.put(Space::state, chunk_key(chunk).u64(descending(place.pack)).str(), to_wire(place));
}

Result<std::optional<BlockPlace>> find_chunk(const RowReader& rows, const Digest& chunk) {
  PURSER_ASSIGN(const std::optional<Row> row,
                first_row(rows, Space::state, prefix_range(chunk_key(chunk).str())));
  if (!row) return std::optional<BlockPlace>();
  PURSER_ASSIGN(const BlockPlace place, decode_place(chunk, row->key, row->value));
  return std::optional<BlockPlace>(place);
}

Status visit_chunk_places(
    const RowReader& rows,
    const std::function<void(const Digest& chunk, const BlockPlace& place)>& visit) {
  Status decoded;
  PURSER_TRY(rows.scan(Space::state, prefix_range(std::string(1, kChunkTag)), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         Digest chunk;
                         key.substr(1).copy(reinterpret_cast<char*>(chunk.bytes.data()),
                                            chunk.bytes.size());
                         const Result<BlockPlace> place = decode_place(chunk, key, value);
                         if (!place) return decoded = place.error(), false;
                         visit(chunk, *place);
                         return true;
                       }));
  return decoded;
}

Status erase_chunk(WriteSet& changes, const RowReader& rows, const Digest& chunk) {
  return rows.scan(Space::state, prefix_range(chunk_key(chunk).str()), Direction::ascending,
                   [&](std::string_view key, std::string_view) {
                     changes.erase(Space::state, std::string(key));
                     return true;
                   });
}

void erase_chunk_place(WriteSet& changes, const Digest& chunk, PackNumber pack) {
  changes.erase(Space::state, chunk_key(chunk).u64(descending(pack)).str());
}

void put_pack_end(WriteSet& changes, PackNumber pack, std::uint64_t bytes) {
  changes.put(Space::state, Key(kPackTag).number(pack).str(), to_wire(bytes));
}

void erase_pack_end(WriteSet& changes, PackNumber pack) {
  changes.erase(Space::state, Key(kPackTag).number(pack).str());
}

Result<std::vector<PackEnd>> all_pack_ends(const RowReader& rows) {
  std::vector<PackEnd> ends;
  Status decoded;
  PURSER_TRY(rows.scan(Space::state, prefix_range(std::string(1, kPackTag)), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         Result<PackEnd> end = decode_pack_end(key, value);
                         if (!end) return decoded = end.error(), false;
                         ends.push_back(*end);
                         return true;
                       }));
  PURSER_TRY(std::move(decoded));
  return ends;
}

Result<std::optional<PackEnd>> last_pack_end(const RowReader& rows) {
  PURSER_ASSIGN(const std::optional<Row> row,
                last_row(rows, Space::state, prefix_range(std::string(1, kPackTag))));
  if (!row) return std::optional<PackEnd>();
  PURSER_ASSIGN(const PackEnd end, decode_pack_end(row->key, row->value));
  return std::optional<PackEnd>(end);
}

}  // namespace purser
