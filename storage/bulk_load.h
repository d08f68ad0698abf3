// Adding many rows to a Store at once, past its path for writes.
//
// Rows come in order, through one or more sinks that may work beside each other. Nothing of them is
// seen before `finish`, which shows all of them; where it is never reached, or fails, nothing stays
// behind. The keys must be new to the store, and nobody may write them meanwhile.
//
// Threads: one for each sink; all else by one at a time. Must not outlive its Store.
#pragma once

#include <memory>
#include <string_view>

#include "purser/status.h"
#include "unique_fd.h"

namespace purser {

/// Takes rows whose keys ascend strictly.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual Status add(std::string_view key, std::string_view value) = 0;
  /// All rows have come. Only what a finished sink took is part of the load.
  virtual Status finish() = 0;
};

class BulkLoad {
 public:
  virtual ~BulkLoad() = default;

  /// The keys of one sink must all be less, or all be greater, than those of another.
  virtual Result<std::unique_ptr<RowSink>> sink() = 0;

  /// An empty file for rows that are not in order yet. It has no name: its space comes back when it
  /// is closed, however that happens.
  virtual Result<UniqueFd> scratch_file() = 0;

  /// Adds the rows of all sinks, or none. On stable storage when it returns ok; no other write may
  /// run beside it.
  virtual Status finish() = 0;
};

}  // namespace purser
