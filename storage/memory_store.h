// A Store in memory: the twin of RocksStore for tests and for `Ledger::in_memory`.
//
// Keeps every version of every row until it is destroyed, so that a snapshot is a number. Not meant
// for ledgers that live long.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "store.h"

namespace purser {

class MemoryStore final : public Store {
 public:
  [[nodiscard]] std::unique_ptr<RowReader> snapshot() const override;
  Status write(const WriteSet& changes) override;
  Status drop(Space space, const KeyRange& range) override;
  Status catch_up() override { return {}; }
  Status close() override { return {}; }

 private:
  class Reader;
  // By ascending sequence number; nothing stands for "erased".
  using Versions = std::map<std::uint64_t, std::optional<std::string>>;
  using Rows = std::map<std::string, Versions, std::less<>>;

  mutable std::shared_mutex mutex_;  // guards all below
  Rows rows_[2];
  std::uint64_t sequence_ = 0;
};

}  // namespace purser
