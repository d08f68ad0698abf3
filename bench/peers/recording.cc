#include "recording.h"

#include <rocksdb/transaction_log.h>

#include <memory>

#include "event_codec.h"
#include "key.h"
#include "ledgers.h"
#include "scratch_ledger.h"
#include "walk.h"

namespace purser::peers {
namespace {

constexpr char kEventTag = 'e';
constexpr char kCursorTag = 'c';
constexpr std::size_t kRecordHeaderBytes = 7;  // of a record in RocksDB's write-ahead log
constexpr int kPasses = 3;  // the first activations of a pointer name no previous deployment

std::string big_endian(std::uint64_t value) { return Key('\0').u64(value).str().substr(1); }

void overwrite(std::string& key, std::optional<std::size_t> at, std::uint64_t value) {
  if (!at) return;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    key[*at + i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)));
  }
}

// The rows that one WriteBatch puts.
class Rows final : public rocksdb::WriteBatch::Handler {
 public:
  rocksdb::Status PutCF(std::uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    rows.push_back({family, key.ToString(), value.ToString(), {}, {}});
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override {
    erases = true;
    return rocksdb::Status::OK();
  }
  rocksdb::Status SingleDeleteCF(std::uint32_t family, const rocksdb::Slice& key) override {
    return DeleteCF(family, key);
  }

  std::vector<RecordedRow> rows;
  bool erases = false;
};

const RecordedRow* event_row(const std::vector<RecordedRow>& rows) {
  for (const RecordedRow& row : rows) {
    if (row.family == kLogFamily && row.key.front() == kEventTag) return &row;
  }
  return nullptr;
}

}  // namespace

Recording::Recording(const std::string& directory)
    : scratch_(directory), promotions_(kDeployments) {
  Ledger ledger = promotable_ledger(scratch_.path() + "/ledger");
  const std::vector<std::string> owners = owner_names();
  Walk walk(0, 1);
  for (int i = 0; i < kPasses * kOwners; ++i) {
    const int id = walk.next().deployment;
    promote(ledger, owners[static_cast<std::size_t>(owner_of(id))],
            DeploymentId{static_cast<std::uint64_t>(id)});
  }
  // While it is open: closing or opening it might turn the log into tables.
  copy_directory(scratch_.path() + "/ledger/db", scratch_.path() + "/copy");
  bench::must(ledger.close());
  read_log();
}

void Recording::read_log() {
  RocksDatabase copy(scratch_.path() + "/copy", true);
  rocksdb::VectorLogPtr logs;
  check(copy->GetSortedWalFiles(logs), "list write-ahead logs");
  if (logs.empty()) bench::fail("recording", "there is no write-ahead log");
  std::unique_ptr<rocksdb::TransactionLogIterator> batches;
  check(copy->GetUpdatesSince(logs.front()->StartSequence(), &batches), "read write-ahead logs");
  for (; batches->Valid(); batches->Next()) {
    const rocksdb::BatchResult batch = batches->GetBatch();
    Rows rows;
    check(batch.writeBatchPtr->Iterate(&rows), "read a batch");
    const bool taken = take(rows.rows, batch.writeBatchPtr->GetDataSize());
    if (taken && rows.erases)
      bench::fail("recording", "a promotion that erases is not provided for");
  }
  check(batches->status(), "read write-ahead logs");
  for (const std::vector<RecordedRow>& rows : promotions_) {
    if (rows.empty()) bench::fail("recording", "a promotion is not in the write-ahead log");
  }
}

// One batch of the log: remembers it when it is a promotion, and says so.
bool Recording::take(const std::vector<RecordedRow>& batch, std::size_t bytes) {
  const RecordedRow* stored = event_row(batch);
  if (stored == nullptr) return false;
  const Position position{trailing_u64(stored->key)};
  const Event event = bench::must(decode_event(stored->value, position));
  next_position_ = position.value + 1;
  const auto* moved = std::get_if<Activated>(&event.payload);
  if (moved == nullptr || !moved->deployment) return false;
  log_bytes_ = kRecordHeaderBytes + bytes;
  std::vector<RecordedRow>& rows = promotions_[moved->deployment->value - 1];
  rows.clear();
  for (RecordedRow row : batch) {
    if (row.family == kStateFamily && row.key.front() == kCursorTag) continue;
    const std::size_t at = row.key.size() - sizeof position.value;
    if (row.key.ends_with(big_endian(position.value))) row.position_at = at;
    if (row.key.ends_with(big_endian(moved->generation.value))) row.generation_at = at;
    rows.push_back(std::move(row));
  }
  return true;
}

void Recording::put(RocksDatabase& database, int deployment, std::uint64_t position,
                    std::uint64_t generation, rocksdb::WriteBatch& batch) const {
  thread_local std::string key;
  for (const RecordedRow& row : rows(deployment)) {
    key = row.key;
    overwrite(key, row.position_at, position);
    overwrite(key, row.generation_at, generation);
    check(batch.Put(database.family(row.family), key, row.value), "put");
  }
}

}  // namespace purser::peers
