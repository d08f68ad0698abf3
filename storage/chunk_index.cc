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

KeyRange chunk_place_rows() { return prefix_range(std::string(1, kChunkTag)); }
KeyRange pack_end_rows() { return prefix_range(std::string(1, kPackTag)); }

std::optional<PackNumber> pack_of_place(std::string_view key) {
  if (key.size() != kPlaceKeyBytes) return std::nullopt;
  return PackNumber{descending(PackNumber{trailing_u64(key)})};
}

Result<std::optional<BlockPlace>> find_chunk(const RowReader& rows, const Digest& chunk) {
  PURSER_ASSIGN(const std::optional<Row> row,
                first_row(rows, Space::state, prefix_range(chunk_key(chunk).str())));
  if (!row) return std::optional<BlockPlace>();
  PURSER_ASSIGN(const BlockPlace place, decode_place(chunk, row->key, row->value));
  return std::optional<BlockPlace>(place);
}

namespace {

// True: the scan may go on.
template <class Of, class Sink>
bool hand_over(const Of& of, Error error, const Sink& damaged, Status& outcome) {
  if (const Corruption* damage = error.as<Corruption>(); damage != nullptr && damaged) {
    damaged(of, *damage);
    return true;
  }
  outcome = std::move(error);
  return false;
}

}  // namespace

Status visit_chunk_places(
    const RowReader& rows,
    const std::function<void(const Digest& chunk, const BlockPlace& place)>& visit,
    const DamagedPlaceSink& damaged) {
  Status decoded;
  PURSER_TRY(rows.scan(Space::state, chunk_place_rows(), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         Digest chunk;
                         key.substr(1).copy(reinterpret_cast<char*>(chunk.bytes.data()),
                                            chunk.bytes.size());
                         const Result<BlockPlace> place = decode_place(chunk, key, value);
                         if (!place) return hand_over(chunk, place.error(), damaged, decoded);
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

Result<std::vector<PackEnd>> all_pack_ends(const RowReader& rows, const DamagedEndSink& damaged) {
  std::vector<PackEnd> ends;
  Status decoded;
  PURSER_TRY(rows.scan(Space::state, pack_end_rows(), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         Result<PackEnd> end = decode_pack_end(key, value);
                         const PackNumber pack{trailing_u64(key)};
                         if (!end) return hand_over(pack, end.error(), damaged, decoded);
                         ends.push_back(*end);
                         return true;
                       }));
  PURSER_TRY(std::move(decoded));
  return ends;
}

Result<std::optional<PackEnd>> last_pack_end(const RowReader& rows) {
  PURSER_ASSIGN(const std::optional<Row> row, last_row(rows, Space::state, pack_end_rows()));
  if (!row) return std::optional<PackEnd>();
  PURSER_ASSIGN(const PackEnd end, decode_pack_end(row->key, row->value));
  return std::optional<PackEnd>(end);
}

}  // namespace purser
