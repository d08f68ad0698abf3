#include "seen_files.h"

#include <algorithm>

#include "key.h"
#include "wire.h"

namespace purser {
namespace {

constexpr char kSeenTag = 's';

// What a row holds; owner and path are in its key.
struct SeenRow {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  Digest digest;
};
template <class Archive>
void serialize(Archive& ar, SeenRow& row) {
  ar(row.size, row.modified_ns, row.changed_ns, row.inode, row.device, row.digest);
}

std::string owner_key(std::string_view owner) { return Key(kSeenTag).text(owner).str(); }

std::string seen_key(std::string_view owner, std::string_view path) {
  return Key(kSeenTag).text(owner).raw(path).str();
}

}  // namespace

bool is_settled(const TreeFile& file, std::int64_t now_ns) {
  return std::max(file.modified_ns, file.changed_ns) <= now_ns - kSettledNs;
}

Result<std::optional<Digest>> find_seen_file(const RowReader& rows, std::string_view owner,
                                             const TreeFile& file) {
  auto stored = rows.get(Space::state, seen_key(owner, file.path));
  if (!stored) return std::move(stored).error();
  SeenRow row;
  // One that is not well-formed is no loss: the file is read, and noted anew.
  if (!*stored || !from_wire(**stored, row)) return std::optional<Digest>();
  const bool same = row.size == file.size && row.modified_ns == file.modified_ns &&
                    row.changed_ns == file.changed_ns && row.inode == file.inode &&
                    row.device == file.device;
  return same ? std::optional(row.digest) : std::nullopt;
}

void put_seen_file(WriteSet& changes, std::string_view owner, const TreeFile& file,
                   const Digest& digest) {
  changes.put(Space::state, seen_key(owner, file.path),
              to_wire(SeenRow{file.size, file.modified_ns, file.changed_ns, file.inode, file.device,
                              digest}));
}

Status erase_other_seen_files(WriteSet& changes, const RowReader& rows, std::string_view owner,
                              const std::vector<std::string_view>& kept) {
  const std::string prefix = owner_key(owner);
  auto next = kept.begin();  // rows are sorted by the bytes of the paths as well
  return rows.scan(Space::state, prefix_range(prefix), Direction::ascending,
                   [&](std::string_view key, std::string_view) {
                     const std::string_view path = key.substr(prefix.size());
                     next = std::lower_bound(next, kept.end(), path);
                     if (next == kept.end() || *next != path) {
                       changes.erase(Space::state, std::string(key));
                     }
                     return true;
                   });
}

}  // namespace purser
