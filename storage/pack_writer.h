// Appends blocks to the packs of a directory, filling one after the other.
//
// A pack counts up to its acknowledged end, which the caller keeps (chunk_index.h). What a crash
// left behind that end is cut off before the pack is appended to again; a pack that is shorter than
// its end, or that no row knows, is never touched.
// One thread at a time, but `sync` may run beside `append`. Errors: Io; after one of these two only
// to be destroyed.
// Durability: after `sync` returned ok what it was given is on stable storage.
// On disk: docs/artifact-format.md, "Packs".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chunk_index.h"
#include "posix.h"
#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

inline constexpr std::size_t kPackHeaderBytes = 32;

/// Where packs are in the directory of the chunks.
inline constexpr char kPacksDirectory[] = "packs";

/// The name of a pack's file: 16 hexadecimal digits and `.pack`.
[[nodiscard]] std::string pack_name(PackNumber pack);
/// Nothing for any other name.
[[nodiscard]] std::optional<PackNumber> pack_number(std::string_view name);

[[nodiscard]] std::string encode_pack_header(PackNumber pack);
/// Takes hostile bytes. Errors: Corruption, UnsupportedVersion.
Status check_pack_header(std::string_view stored, PackNumber pack);

/// A file that has the name of a pack.
struct PackFile {
  PackNumber pack;
  std::uint64_t bytes = 0;
};
/// Those in the directory of the chunks, ascending. Errors: Io.
Result<std::vector<PackFile>> list_packs(int root);

class PackWriter {
 public:
  /// Opens `directory`, which must exist. `last`: the acknowledged end of the last pack. A pack
  /// that has reached `pack_bytes_max` is not appended to.
  static Result<PackWriter> open(const std::string& directory, std::optional<PackEnd> last,
                                 std::uint64_t pack_bytes_max, const SyncCalls& sync);

  /// A pack that is appended to, as it is at some moment.
  struct Pack {
    std::shared_ptr<const UniqueFd> fd;
    PackEnd end;
    std::uint64_t started = 0;  ///< up to here the disk was told to write
  };

  Result<BlockPlace> append(std::string_view block);
  /// Those that have no row for all that they hold; the last one still grows.
  [[nodiscard]] const std::vector<Pack>& packs() const { return packs_; }
  /// Makes what `packs` held at that moment durable, and their names.
  Status sync(const std::vector<Pack>& packs);
  /// Those before this one have their rows.
  void forget_before(PackNumber pack);
  /// What comes next goes into a new pack. Only when all have their rows.
  void end_pack() { packs_.clear(); }
  /// Whether it may still be without a row.
  [[nodiscard]] bool is_writing(PackNumber pack) const;

 private:
  PackWriter(std::string directory, std::uint64_t pack_bytes_max, const SyncCalls& sync)
      : directory_(std::move(directory)), pack_bytes_max_(pack_bytes_max), sync_(sync) {}
  Status reopen(const PackEnd& last);
  Status begin_pack();
  static void start_writing(Pack& pack);
  [[nodiscard]] std::string path_of(PackNumber pack) const;

  std::string directory_;
  std::uint64_t pack_bytes_max_;
  SyncCalls sync_;
  UniqueFd root_;
  PackNumber last_number_;  // of any pack that is there
  std::vector<Pack> packs_;
  PackNumber named_;  // up to this one the names are durable; only `sync` knows
};

}  // namespace purser
