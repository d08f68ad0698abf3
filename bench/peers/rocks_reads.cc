// The pointer row of an owner, from plain RocksDB by `DB::Get`: the least that a ledger that asks
// its database what is active would have to do. The rows are in a memtable, or in tables whose
// blocks are in the block cache. No snapshot is taken, and nothing is decoded or copied.
#include "clients.h"
#include "scratch_ledger.h"
#include "subjects.h"
#include "walk.h"

namespace purser::peers {
namespace {

constexpr char kPointerTag = 'P';

class RocksReads final : public Subject {
 public:
  RocksReads(const Recording& recording, bool in_tables)
      : recording_(recording), in_tables_(in_tables) {}

  void prepare(const std::string& directory) override {
    database_ = std::make_unique<RocksDatabase>(directory + "/db");
    Walk walk(0, 1);
    for (int i = 0; i < kOwners; ++i) {
      const int deployment = walk.next().deployment;
      for (const RecordedRow& row : recording_.rows(deployment)) {
        check((*database_)->Put({}, database_->family(row.family), row.key, row.value), "put");
        if (row.key.front() == kPointerTag) pointers_.push_back(row);
      }
    }
    if (pointers_.size() != kOwners) bench::fail("recording", "not one pointer row for each owner");
    if (in_tables_) database_->flush();
  }

  Outcome run(int, double seconds) override {
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    rocksdb::PinnableSlice value;
    std::size_t turn = 0;
    return run_reader(seconds, [&] {
      const RecordedRow& row = pointers_[turn];
      value.Reset();
      check((*database_)->Get(options, database_->family(row.family), row.key, &value), row.key);
      turn = turn + 1 == pointers_.size() ? 0 : turn + 1;
    });
  }

 private:
  const Recording& recording_;
  const bool in_tables_;
  std::unique_ptr<RocksDatabase> database_;
  std::vector<RecordedRow> pointers_;
};

}  // namespace

std::unique_ptr<Subject> rocks_reads(const Recording& recording, bool in_tables) {
  return std::make_unique<RocksReads>(recording, in_tables);
}

}  // namespace purser::peers
