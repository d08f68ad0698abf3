#include "tiles.h"

#include <fmt/format.h>

#include "checkpoint_log.h"
#include "event_log.h"
#include "growing_folder.h"
#include "marker.h"
#include "merkle_rows.h"
#include "meter.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kFilesPerCommit = 1000;
constexpr std::size_t kCheckpointBytesMax = std::size_t{1} << 20;
constexpr const char* kCheckpoint = "checkpoint";

Status check_within(const View& view, const Tile& tile) {
  if (tile.width < 1 || tile.width > kTileWidth) {
    return InvalidArgument{"tile width", fmt::format("it is from 1 to {}", kTileWidth)};
  }
  const unsigned level = tile.level.value_or(0);
  const std::uint64_t whole = whole_tiles(view.at.value, level);
  if (tile.index < whole) return {};
  for (const Tile& partial : partial_tiles(view.at.value)) {
    const bool same = partial.level == tile.level && partial.index == tile.index;
    if (same && tile.width <= partial.width) return {};
  }
  return InvalidArgument{"tile",
                         fmt::format("the log of {} events has no such one", view.at.value)};
}

Result<std::string> bundle_bytes(const View& view, const Tile& tile) {
  const Position first{tile.index * kTileWidth + 1};
  const Position last{first.value + tile.width - 1};
  std::string bytes;
  PURSER_TRY(scan_stored_events(view.rows, first, last, Direction::ascending,
                                [&](Position, std::string_view stored) -> Result<bool> {
                                  bytes += static_cast<char>(stored.size() >> 8);
                                  bytes += static_cast<char>(stored.size());
                                  bytes += stored;
                                  return true;
                                }));
  return bytes;
}

// What the folder holds already is the beginning of the same log.
Status check_before(const View& view, const GrowingFolder& folder, const std::string& origin,
                    Position size) {
  PURSER_ASSIGN(const auto note, folder.read(kCheckpoint, kCheckpointBytesMax));
  if (!note) return {};
  const auto before = parse_signed_tree(*note);
  if (!before) return InvalidArgument{"folder", "its file 'checkpoint' is not one"};
  if (before->checkpoint.origin != origin) {
    return InvalidArgument{"folder", fmt::format("it holds the log '{}', and this is '{}'",
                                                 before->checkpoint.origin, origin)};
  }
  const Position before_size{before->checkpoint.size};
  if (before_size > size) return LedgerTruncated{size, before_size};
  PURSER_ASSIGN(const Digest root, tree_root(view, before_size));
  if (root == before->checkpoint.root) return {};
  return Corruption{
      "log", fmt::format("its first {} events are not those in the folder", before_size.value)};
}

class TileFolder {
 public:
  TileFolder(const View& view, GrowingFolder& folder, Meter& meter)
      : view_(view), folder_(folder), meter_(meter) {}

  // Those that never change again.
  Status put_whole(std::uint64_t size) {
    for (std::uint64_t i = 0; i < whole_tiles(size, 0); ++i) {
      PURSER_TRY(put({std::nullopt, i, kTileWidth}));
    }
    for (unsigned level = 0; whole_tiles(size, level) > 0; ++level) {
      for (std::uint64_t i = 0; i < whole_tiles(size, level); ++i) PURSER_TRY(put({level, i}));
    }
    return {};
  }

  // Those of a checkpoint of `size`, as far as they are not whole in the log of `newest`.
  Status put_partial(std::uint64_t size, std::uint64_t newest) {
    for (const Tile& tile : partial_tiles(size)) {
      if (tile.index < whole_tiles(newest, tile.level.value_or(0))) continue;
      PURSER_TRY(put(tile));
    }
    return {};
  }

  Status finish(const std::string& note) {
    PURSER_TRY(folder_.commit());
    PURSER_ASSIGN(const auto before, folder_.read(kCheckpoint, kCheckpointBytesMax));
    if (before == note) return {};
    PURSER_TRY(folder_.add(kCheckpoint, note));
    return folder_.commit();
  }

  [[nodiscard]] const TilesReport& report() const { return report_; }

 private:
  Status put(const Tile& tile) {
    const std::string path = tile.path();
    PURSER_ASSIGN(const bool there, folder_.has(path));
    if (there) return meter_.file();
    PURSER_ASSIGN(const std::string bytes, tile_bytes(view_, tile));
    PURSER_TRY(folder_.add(path, bytes));
    if (folder_.added() >= kFilesPerCommit) PURSER_TRY(folder_.commit());
    ++(tile.level ? report_.new_tiles : report_.new_bundles);
    report_.new_bytes += bytes.size();
    return meter_.file();
  }

  const View& view_;
  GrowingFolder& folder_;
  Meter& meter_;
  TilesReport report_;
};

std::uint64_t files_of(std::uint64_t size) {
  std::uint64_t files = whole_tiles(size, 0) + partial_tiles(size).size();
  for (unsigned level = 0; whole_tiles(size, level) > 0; ++level) files += whole_tiles(size, level);
  return files;
}

}  // namespace

Result<std::string> tile_bytes(const View& view, const Tile& tile) {
  PURSER_TRY(check_within(view, tile));
  if (!tile.level) return bundle_bytes(view, tile);
  PURSER_ASSIGN(const auto hashes, subtree_roots(view, *tile.level * kTileHeight,
                                                 tile.index * kTileWidth, tile.width));
  std::string bytes;
  for (const Digest& hash : hashes) bytes.append(hash.bytes.begin(), hash.bytes.end());
  return bytes;
}

Result<TilesReport> write_tiles(const View& view, const LedgerId& ledger,
                                const std::string& directory, const ProgressCallback& progress) {
  PURSER_ASSIGN(const auto newest, find_checkpoint(view.rows, ledger, {}, view.at));
  if (!newest) return NotFound{{}, "a signed checkpoint (`purser checkpoint` makes one)"};
  PURSER_ASSIGN(const Digest root, tree_root(view, newest->size));
  if (root != newest->root) {
    return Corruption{"Merkle tree", "it does not give the root that was signed"};
  }
  PURSER_ASSIGN(const auto around, ledger_around(directory));
  if (around) return InvalidArgument{"folder", fmt::format("it would lie in ledger '{}'", *around)};
  PURSER_ASSIGN(GrowingFolder folder, GrowingFolder::open(directory));
  PURSER_TRY(check_before(view, folder, origin_of(ledger, newest->epoch), newest->size));
  const std::uint64_t size = newest->size.value;
  Meter meter(progress, files_of(size), 0);
  TileFolder tiles(view, folder, meter);
  PURSER_TRY(tiles.put_whole(size));
  PURSER_TRY(for_each_checkpoint(view.rows, ledger, [&](const SignedCheckpoint& one) -> Status {
    if (one.epoch != newest->epoch || one.size > newest->size) return {};
    return tiles.put_partial(one.size.value, size);
  }));
  PURSER_TRY(tiles.finish(newest->note));
  TilesReport report = tiles.report();
  report.size = newest->size;
  return report;
}

}  // namespace purser
