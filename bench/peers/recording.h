// What a promotion writes, found out by looking: a ledger makes promotions one at a time, and its
// database's write-ahead log is read back. So the stores that are compared by "the same bytes" get
// the bytes of the Purser that is measured, whatever its format and its options are.
#pragma once

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rocks_database.h"
#include "scratch.h"

namespace purser::peers {

struct RecordedRow {
  std::uint32_t family = 0;  ///< id of the column family
  std::string key;
  std::string value;
  // Where in the key the position of the event, or the generation of the pointer, stands.
  std::optional<std::size_t> position_at;
  std::optional<std::size_t> generation_at;
};

class Recording {
 public:
  /// Makes the ledger below `directory`.
  explicit Recording(const std::string& directory);

  /// Puts the rows of the promotion of `deployment` (1 to kDeployments) into `batch`, under the
  /// keys that they have at this position and generation. The rows that Purser writes once in a
  /// group, how far each projection is, are left out, to the advantage of plain RocksDB.
  void put(RocksDatabase& database, int deployment, std::uint64_t position,
           std::uint64_t generation, rocksdb::WriteBatch& batch) const;

  [[nodiscard]] const std::vector<RecordedRow>& rows(int deployment) const {
    return promotions_[static_cast<std::size_t>(deployment - 1)];
  }
  /// What one promotion alone adds to the write-ahead log, framing and all.
  [[nodiscard]] std::size_t log_bytes() const { return log_bytes_; }
  /// After those of the recording.
  [[nodiscard]] std::uint64_t next_position() const { return next_position_; }

 private:
  void read_log();
  bool take(const std::vector<RecordedRow>& batch, std::size_t bytes);

  Scratch scratch_;
  std::vector<std::vector<RecordedRow>> promotions_;  // by deployment, from 1
  std::size_t log_bytes_ = 0;
  std::uint64_t next_position_ = 0;
};

}  // namespace purser::peers
