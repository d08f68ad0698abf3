#include "pack_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <utility>

#include "beneath.h"
#include "pack_writer.h"
#include "posix.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kOpenPacksMax = 128;

std::string where_of(const BlockPlace& place) {
  return fmt::format("block at {} of pack {}", place.offset, pack_name(place.pack));
}

}  // namespace

Result<std::shared_ptr<const UniqueFd>> PackReader::open_pack(PackNumber pack) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = packs_.find(pack); found != packs_.end()) return found->second;
  }
  UniqueFd fd = open_beneath(root_, std::string(kPacksDirectory) + "/" + pack_name(pack),
                             O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd.valid()) return own_file_error("pack " + pack_name(pack), errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("stat", "pack " + pack_name(pack));
  if (!S_ISREG(info.st_mode)) {
    return Corruption{"pack " + pack_name(pack), "it is no regular file"};
  }
  char header[kPackHeaderBytes];
  PURSER_ASSIGN(const std::size_t size,
                read_up_to(fd.get(), header, sizeof header, pack_name(pack)));
  PURSER_TRY(check_pack_header({header, size}, pack));
  auto shared = std::make_shared<const UniqueFd>(std::move(fd));
  const std::lock_guard lock(mutex_);
  if (packs_.size() >= kOpenPacksMax) packs_.clear();  // those in use stay open
  if (!gone_.contains(pack)) packs_.emplace(pack, shared);
  return shared;
}

Result<std::uint32_t> PackReader::plain_bytes(const BlockPlace& place) const {
  const std::string where = where_of(place);
  PURSER_ASSIGN(const auto fd, open_pack(place.pack));
  char stored[kBlockHeaderBytes];
  PURSER_ASSIGN(const std::size_t size,
                read_up_to_at(fd->get(), stored, sizeof stored, place.offset, where));
  PURSER_ASSIGN(const BlockHeader header, decode_block_header({stored, size}, where));
  return header.plain_bytes;
}

Result<std::uint64_t> PackReader::pack_bytes(PackNumber pack) const {
  PURSER_ASSIGN(const auto fd, open_pack(pack));
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return io_error("stat", "pack " + pack_name(pack));
  return static_cast<std::uint64_t>(info.st_size);
}

Result<Block> PackReader::read(const BlockPlace& place) const {
  const std::string where = where_of(place);
  if (place.bytes > kBlockBytesMax) return Corruption{where, "its index says it is too long"};
  PURSER_ASSIGN(const auto fd, open_pack(place.pack));
  thread_local std::string room;  // grows once, and not again for each block
  if (room.size() < place.bytes) room.resize(place.bytes);
  PURSER_ASSIGN(const std::size_t size,
                read_up_to_at(fd->get(), room.data(), place.bytes, place.offset, where));
  if (size != place.bytes) return Corruption{where, "its pack is cut short"};
  return Block::decode(std::string_view(room).substr(0, size), where);
}

Result<std::shared_ptr<const Block>> PackReader::block(const BlockPlace& place) const {
  const PlaceKey key{place.pack, place.offset};
  if (auto block = kept_or_mine_to_read(key)) return block;
  Result<Block> loaded = read(place);
  const std::lock_guard lock(mutex_);
  reading_.erase(key);
  has_read_.notify_all();
  if (!loaded) return std::move(loaded).error();
  auto block = std::make_shared<const Block>(*std::move(loaded));
  keep(key, block);
  return std::shared_ptr<const Block>(std::move(block));
}

// Null: it is up to the caller to read the block.
std::shared_ptr<const Block> PackReader::kept_or_mine_to_read(const PlaceKey& key) const {
  std::unique_lock lock(mutex_);
  while (true) {
    if (auto block = kept(key)) return block;
    if (reading_.insert(key).second) return nullptr;
    has_read_.wait(lock);
  }
}

// With mutex_ held.
std::shared_ptr<const Block> PackReader::kept(const PlaceKey& key) const {
  const auto found = by_place_.find(key);
  if (found == by_place_.end()) return nullptr;
  blocks_.splice(blocks_.begin(), blocks_, found->second);
  return found->second->block;
}

// With mutex_ held.
void PackReader::keep(const PlaceKey& key, const std::shared_ptr<const Block>& block) const {
  if (gone_.contains(key.first)) return;
  blocks_.push_front({key, block});
  by_place_[key] = blocks_.begin();
  for (const Block::Entry& entry : block->entries()) {
    by_chunk_[entry.digest] = {blocks_.begin(), &entry};
  }
  kept_bytes_ += block->plain_bytes();
  while (kept_bytes_ > cache_bytes_ && blocks_.size() > 1) drop(std::prev(blocks_.end()));
}

// With mutex_ held.
void PackReader::drop(std::list<Kept>::iterator kept) const {
  for (const Block::Entry& entry : kept->block->entries()) {
    const auto found = by_chunk_.find(entry.digest);
    if (found != by_chunk_.end() && found->second.block == kept) by_chunk_.erase(found);
  }
  kept_bytes_ -= kept->block->plain_bytes();
  by_place_.erase(kept->key);
  blocks_.erase(kept);
}

void PackReader::forget(PackNumber pack) {
  const std::lock_guard lock(mutex_);
  gone_.insert(pack);
  packs_.erase(pack);
  for (auto kept = by_place_.lower_bound({pack, 0});
       kept != by_place_.end() && kept->first.first == pack;
       kept = by_place_.lower_bound({pack, 0})) {
    drop(kept->second);
  }
}

std::optional<std::string> PackReader::kept_chunk(const Digest& digest) const {
  std::shared_ptr<const Block> block;
  const Block::Entry* entry = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_chunk_.find(digest);
    if (found == by_chunk_.end()) return std::nullopt;
    blocks_.splice(blocks_.begin(), blocks_, found->second.block);
    block = found->second.block->block;
    entry = found->second.entry;
  }
  return std::string(block->bytes(*entry));
}

}  // namespace purser
