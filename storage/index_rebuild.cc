#include "index_rebuild.h"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "chunk_index.h"
#include "key.h"
#include "pack_walk.h"
#include "pack_writer.h"
#include "parallel.h"
#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr std::size_t kRowsOfOneGroup = 400'000;
constexpr std::size_t kRowsOfOneWrite = 4096;

// Writes in pieces of bounded size.
class Changes {
 public:
  explicit Changes(Store& store) : store_(store) {}
  Status put(const std::string& key, const std::string& value) {
    changes_.put(Space::state, key, value);
    return changes_.size() < kRowsOfOneWrite ? Status() : flush();
  }
  Status erase(std::string_view key) {
    changes_.erase(Space::state, std::string(key));
    return changes_.size() < kRowsOfOneWrite ? Status() : flush();
  }
  Status flush() {
    if (changes_.empty()) return {};
    PURSER_TRY(store_.write(changes_));
    changes_.clear();
    return {};
  }

 private:
  Store& store_;
  WriteSet changes_;
};

class IndexRebuild {
 public:
  IndexRebuild(Store& store, int root, std::vector<PackNumber> packs)
      : store_(store), root_(root), packs_(std::move(packs)), changes_(store) {}

  Status run() {
    PackNumber from;
    do {
      PURSER_TRY(walk_group());
      // Before places: wherever this ends, no place is in a pack that does not count that far.
      PURSER_TRY(write_ends(false));
      const PackNumber last{std::numeric_limits<std::uint64_t>::max()};
      const PackNumber to = next_ < packs_.size() ? packs_[next_] : last;
      PURSER_TRY(write_places(from, to));
      from = to;
    } while (next_ < packs_.size());
    return write_ends(true);
  }

  [[nodiscard]] RebuiltIndex report() const { return report_; }

 private:
  // Gathers the rows of the next packs.
  Status walk_group() {
    places_.clear();
    std::mutex mutex;
    Workers workers;
    PURSER_TRY(workers.run(workers_for(packs_.size() - next_), [&](std::size_t) -> Status {
      while (!workers.stopped()) {
        PackNumber pack;
        {
          const std::lock_guard lock(mutex);
          if (next_ == packs_.size() || places_.size() >= kRowsOfOneGroup) return {};
          pack = packs_[next_++];
        }
        PURSER_TRY(walk(pack, mutex));
      }
      return {};
    }));
    std::sort(places_.begin(), places_.end(),
              [](const Row& one, const Row& other) { return one.key < other.key; });
    return {};
  }

  Status walk(PackNumber pack, std::mutex& mutex) {
    // A chunk that a pack has twice is where it was put last.
    WriteSet rows;
    std::uint64_t blocks = 0;
    const auto walked =
        walk_pack(root_, pack, true, [&](const BlockPlace& place, const Block& block) -> Status {
          ++blocks;
          for (const Block::Entry& entry : block.entries()) {
            put_chunk_place(rows, entry.digest, place);
          }
          return {};
        });
    const std::lock_guard lock(mutex);
    if (!walked) {
      if (!walked.error().is<Corruption>()) return walked.error();
      ++report_.unreadable_packs;
      return {};
    }
    ++report_.packs;
    report_.blocks += blocks;
    report_.damaged_bytes += walked->damaged_bytes;
    walked_.emplace(pack, *walked);
    for (const WriteSet::Change* row : rows.within(Space::state, chunk_place_rows())) {
      places_.push_back({row->key, *row->value});
    }
    return {};
  }

  // Makes the stored rows of packs `from` up to, but not including, `to` what was gathered.
  Status write_places(PackNumber from, PackNumber to) {
    report_.chunks += places_.size();
    auto next = places_.begin();
    Status status;
    const auto put_up_to = [&](std::string_view key) -> Status {
      for (; next != places_.end() && next->key < key; ++next) PURSER_TRY(put(*next));
      return {};
    };
    const auto meet = [&](std::string_view key, std::string_view value) -> Status {
      const auto pack = pack_of_place(key);
      if (pack ? *pack < from || *pack >= to : from.value > 0) return {};
      PURSER_TRY(put_up_to(key));
      if (next == places_.end() || next->key != key) {
        ++report_.rows_erased;
        return changes_.erase(key);
      }
      const Row& row = *next++;
      return row.value == value ? Status() : put(row);
    };
    PURSER_TRY(store_.snapshot()->scan(Space::state, chunk_place_rows(), Direction::ascending,
                                       [&](std::string_view key, std::string_view value) {
                                         status = meet(key, value);
                                         return status.has_value();
                                       }));
    PURSER_TRY(std::move(status));
    for (; next != places_.end(); ++next) PURSER_TRY(put(*next));
    return changes_.flush();
  }

  // Of the packs that were walked, and, if those are `all`, what is said of others.
  Status write_ends(bool all) {
    WriteSet rows;
    for (const auto& [pack, walked] : walked_) put_pack_end(rows, pack, walked.end);
    std::map<std::string, Row> right;  // by key
    for (const auto& change : rows.changes()) {
      right.emplace(change.key, Row{change.key, *change.value});
    }
    Status status;
    PURSER_TRY(store_.snapshot()->scan(Space::state, pack_end_rows(), Direction::ascending,
                                       [&](std::string_view key, std::string_view value) {
                                         status = meet_end(key, value, right, all);
                                         return status.has_value();
                                       }));
    PURSER_TRY(std::move(status));
    for (const auto& [key, row] : right) PURSER_TRY(put(row));
    return changes_.flush();
  }

  // Takes the row out of `right` where the stored one stays. The row of a pack that is not there
  // says so, and that its number is not given out again.
  Status meet_end(std::string_view key, std::string_view value, std::map<std::string, Row>& right,
                  bool all) {
    const PackNumber pack{trailing_u64(key)};
    WriteSet gone;
    put_pack_end(gone, pack, 0);
    const auto found = right.find(std::string(key));
    if (found == right.end() && !all) return {};
    if (gone.changes().front().key != key) {
      ++report_.rows_erased;
      return changes_.erase(key);
    }
    if (found == right.end()) {
      const std::string& none = *gone.changes().front().value;
      return value == none ? Status() : put({std::string(key), none});
    }
    const WalkedPack& walked = walked_.at(pack);
    std::uint64_t end = 0;
    if (from_wire(value, end) && end >= walked.end && end <= walked.file_bytes) right.erase(found);
    return {};
  }

  Status put(const Row& row) {
    ++report_.rows_put;
    return changes_.put(row.key, row.value);
  }

  Store& store_;
  const int root_;
  const std::vector<PackNumber> packs_;
  std::size_t next_ = 0;                     // in `packs_`
  std::vector<Row> places_;                  // of one group
  std::map<PackNumber, WalkedPack> walked_;  // of all
  Changes changes_;
  RebuiltIndex report_;
};

}  // namespace

Result<RebuiltIndex> rebuild_index_rows(Store& store, int root) {
  PURSER_ASSIGN(const std::vector<PackFile> files, list_packs(root));
  std::vector<PackNumber> packs;
  for (const PackFile& file : files) packs.push_back(file.pack);
  IndexRebuild rebuild(store, root, std::move(packs));
  PURSER_TRY(rebuild.run());
  return rebuild.report();
}

}  // namespace purser
