// Rows of files that were seen: one that is not well-formed is no loss, and one that is says the
// digest of exactly the file that it was noted for.
#include "seen_files.h"

#include "faults/fuzz/harness.h"
#include "memory_store.h"

namespace purser::fuzz {
namespace {

constexpr std::string_view kOwner = "o";
constexpr std::size_t kDigestAt = 40;
constexpr std::size_t kRowBytes = kDigestAt + sizeof(Digest);

std::string seen_key(std::string_view path) {
  return std::string("s").append(kOwner).append(1, '\0').append(path);
}

// The file that a row of the right length was noted for.
TreeFile noted_file(std::string_view row) {
  Input input(row);
  TreeFile file;
  file.path = "p";
  file.size = input.number<std::uint64_t>();
  file.modified_ns = input.number<std::int64_t>();
  file.changed_ns = input.number<std::int64_t>();
  file.inode = input.number<std::uint64_t>();
  file.device = input.number<std::uint64_t>();
  return file;
}

}  // namespace

void look(std::string_view input) {
  const std::string row(input);
  MemoryStore store;
  WriteSet changes;
  changes.put(Space::state, seen_key("p"), row);
  require(store.write(changes).has_value(), "memory takes every row");
  const std::unique_ptr<RowReader> rows = store.snapshot();
  TreeFile file = noted_file(row);
  const auto seen = find_seen_file(*rows, kOwner, file);
  require(seen.has_value(), "a row that is not well-formed is no error");
  const bool taken = seen->has_value() || (mutant("any-length") && row.size() > kRowBytes);
  require(taken == (row.size() == kRowBytes), "a row is taken exactly if it is one");
  if (!seen->has_value()) return;
  require(std::memcmp(&**seen, row.data() + kDigestAt, sizeof(Digest)) == 0,
          "a file has the digest that was noted");
  file.changed_ns ^= 1;
  require(!find_seen_file(*rows, kOwner, file).value(), "a file that has changed is not taken");
  file.changed_ns ^= 1;
  WriteSet again;
  put_seen_file(again, kOwner, file, **seen);
  require(again.changes()[0].key == seen_key("p") && again.changes()[0].value == row,
          "a row has one encoding");
}

}  // namespace purser::fuzz
