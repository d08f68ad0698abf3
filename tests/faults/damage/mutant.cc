// Changes that fit every checksum below the check that is to be missing.
#include "faults/damage/mutant.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "anchor.h"
#include "check.h"
#include "event_log.h"
#include "hash.h"
#include "rocks_manifest.h"
#include "rocks_store.h"

namespace purser::faults {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChecksumOffset = 32;  // in an event: docs/event-format.md
constexpr std::size_t kPayloadOffset = 40;
constexpr std::uint64_t kManifestBytesCutMax = 400;

std::unique_ptr<RocksStore> open_store(const std::string& directory) {
  return RocksStore::open(directory + "/db", RocksStore::Mode::read_write, std::size_t{1} << 20)
      .value();
}

void put(const std::string& directory, Space space, const std::string& key,
         const std::string& value) {
  const auto store = open_store(directory);
  WriteSet changes;
  changes.put(space, key, value);
  store->write(changes).value();
  store->close().value();
}

// A row that says what became of a deployment or of a pointer.
Row any_row(const std::string& directory, std::mt19937_64& random) {
  std::vector<Row> all;
  const auto store = open_store(directory);
  for (const char* tag : {"D", "P"}) {
    store->snapshot()
        ->scan(Space::state, prefix_range(tag), Direction::ascending,
               [&](std::string_view key, std::string_view value) {
                 all.push_back({std::string(key), std::string(value)});
                 return true;
               })
        .value();
  }
  store->close().value();
  return all.at(random() % all.size());
}

void change_row(const std::string& directory, std::mt19937_64& random) {
  Row row = any_row(directory, random);
  row.value.at(random() % row.value.size()) ^= 1;
  put(directory, Space::state, row.key, row.value);
}

void change_event(const std::string& directory, std::mt19937_64& random) {
  const std::string key = event_key(Position{1 + random() % 20});
  std::string stored;
  {
    const auto store = open_store(directory);
    stored = store->snapshot()->get(Space::log, key).value().value();
    store->close().value();
  }
  stored.at(kPayloadOffset + random() % (stored.size() - kPayloadOffset)) ^= 1;
  const std::string_view bytes = stored;
  const std::uint64_t checksum =
      xxh3_64(bytes.substr(0, kChecksumOffset), bytes.substr(kPayloadOffset));
  std::memcpy(stored.data() + kChecksumOffset, &checksum, sizeof checksum);
  put(directory, Space::log, key, stored);
}

void cut_log(const std::string& directory, std::mt19937_64& random) {
  for (const auto& entry : fs::directory_iterator(directory + "/db")) {
    if (entry.path().extension() != ".log") continue;
    fs::resize_file(entry, random() % (entry.file_size() + 1));
  }
  const AnchorMark mark = Anchor::read(directory).value();
  Anchor anchor = Anchor::open(directory).value();
  anchor.write({mark.ledger_id, Position{0}, mark.time}).value();
}

// By the last few records, that is, or in the middle of one.
void cut_manifest(const std::string& directory, std::mt19937_64& random) {
  const std::string path = directory + "/db/" + current_manifest(directory + "/db").value();
  const std::uint64_t size = fs::file_size(path);
  fs::resize_file(path, size - 1 - random() % std::min(size, kManifestBytesCutMax));
  AnchorMark mark = Anchor::read(directory).value();
  mark.closing.reset();
  Anchor::open(directory).value().write(mark).value();
}

}  // namespace

std::vector<std::string> mutant_names() {
  return {"row-checksum", "envelope-checksum", "no-anchor", "no-closing", "touched", "crash"};
}

Mutant mutant_named(const std::string& name) {
  const std::vector<std::string> names = mutant_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Mutant>(i + 1);
  }
  return Mutant::none;
}

void damage_unseen(Mutant mutant, const std::string& directory, std::mt19937_64& random) {
  switch (mutant) {
    case Mutant::row_checksum: return change_row(directory, random);
    case Mutant::envelope_checksum: return change_event(directory, random);
    case Mutant::no_anchor: return cut_log(directory, random);
    case Mutant::no_closing: return cut_manifest(directory, random);
    default: PURSER_CHECK(false, "this mutant damages nothing");
  }
}

}  // namespace purser::faults
