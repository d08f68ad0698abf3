#include "support/rows.h"

#include <filesystem>

#include "build.h"
#include "event_codec.h"
#include "rocks_store.h"
#include "support/test_ledger.h"

namespace purser {
namespace {

std::unique_ptr<RocksStore> open_beside(const std::string& directory) {
  return must(RocksStore::open(directory + "/db", RocksStore::Mode::read_only, 1 << 20));
}

}  // namespace

Rows all_rows(const Store& store) {
  Rows rows;
  const auto snapshot = store.snapshot();
  const KeyRange everything{std::string(), std::string(64, '\xff')};
  for (const Space space : {Space::log, Space::state}) {
    must(snapshot->scan(
        space, everything, Direction::ascending, [&](std::string_view key, std::string_view value) {
          rows.emplace(std::to_string(static_cast<int>(space)) + std::string(key), value);
          return true;
        }));
  }
  return rows;
}

Rows all_rows(const std::string& directory) { return all_rows(*open_beside(directory)); }

Rows rows_but_of_chunks(const std::string& directory) {
  Rows rows = all_rows(directory);
  std::erase_if(rows, [](const auto& row) { return row.first[1] == 'k' || row.first[1] == 'p'; });
  return rows;
}

Rows projection_rows(const Store& store) {
  Rows rows;
  const auto snapshot = store.snapshot();
  const Builds builds = builds_in_use(must(read_builds(*snapshot)));
  for (const Projection& projection : all_projections()) {
    const std::string prefix =
        build_key(projection.id, builds[static_cast<std::size_t>(projection.id)]).str();
    must(snapshot->scan(Space::state, prefix_range(prefix), Direction::ascending,
                        [&](std::string_view key, std::string_view value) {
                          rows.emplace(projection.tag + std::string(key.substr(prefix.size())),
                                       value);
                          return true;
                        }));
  }
  return rows;
}

Rows projection_rows(const std::string& directory) {
  return projection_rows(*open_beside(directory));
}

std::map<std::string, std::string> directory_contents(const std::string& directory) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = std::filesystem::relative(entry.path(), directory).string();
    if (name == "LOCK") continue;
    contents[name] = entry.is_regular_file() ? read_file(entry.path()) : "folder";
  }
  return contents;
}

std::string event_bytes(const Ledger& ledger) {
  std::string bytes;
  for (const Event& event : all_events(ledger)) bytes += must(encode_event(event));
  return bytes;
}

}  // namespace purser
