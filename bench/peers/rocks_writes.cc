// Plain RocksDB: the rows that a promotion of Purser writes, and nothing decided, encoded or
// checked before. Threads call `DB::Write` with `sync=true` at once, and RocksDB groups them as it
// does by itself. Two column families, and the options of Purser's own database.
//
// Keys are new in every write, as Purser's are; values repeat, so that tables compress a little
// better here than there.
#include <rocksdb/write_batch.h>

#include <atomic>

#include "clients.h"
#include "subjects.h"
#include "walk.h"

namespace purser::peers {
namespace {

class RocksWrites final : public Subject {
 public:
  RocksWrites(const Recording& recording, int batch) : recording_(recording), batch_(batch) {}

  void prepare(const std::string& directory) override {
    database_ = std::make_unique<RocksDatabase>(directory + "/db");
    next_position_ = recording_.next_position();
  }

  Outcome run(int clients, double seconds) override {
    const auto make = [&](int client) -> Call {
      const auto batch = std::make_shared<rocksdb::WriteBatch>(0, 0, kProtectionBytesPerKey, 0);
      return [this, batch, walk = Walk(client, clients)]() mutable { write(walk, *batch); };
    };
    return run_clients(clients, seconds, make, static_cast<std::uint64_t>(batch_));
  }

 private:
  void write(Walk& walk, rocksdb::WriteBatch& batch) {
    batch.Clear();
    for (int i = 0; i < batch_; ++i) {
      const Walk::Step step = walk.next();
      recording_.put(*database_, step.deployment, next_position_++, step.generation, batch);
    }
    rocksdb::WriteOptions options;
    options.sync = true;
    check((*database_)->Write(options, &batch), "write");
  }

  const Recording& recording_;
  const int batch_;
  std::unique_ptr<RocksDatabase> database_;
  std::atomic<std::uint64_t> next_position_{0};
};

}  // namespace

std::unique_ptr<Subject> rocks_writes(const Recording& recording, int batch) {
  return std::make_unique<RocksWrites>(recording, batch);
}

}  // namespace purser::peers
