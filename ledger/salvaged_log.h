// Events that were found in whatever order, any of them several times, made a log again: the
// longest beginning without a gap that a ledger can have written.
//
// One thread at a time. First every event that was found, then `copy`.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anchor.h"
#include "audit/merkle.h"
#include "bulk_load.h"
#include "position_ranges.h"
#include "purser/event.h"
#include "purser/status.h"
#include "row_sorter.h"

namespace purser {

/// The events of one command are held back until the last of them has come: so many bytes at most.
inline constexpr std::size_t kHeldBackBytesMax = std::size_t{256} << 20;

class SalvagedLog {
 public:
  /// Puts events into `load`, which must outlive this. `anchor`: what is known of the log.
  SalvagedLog(BulkLoad& load, std::size_t memory_bytes, std::optional<AnchorMark> anchor);

  /// What was found under an event's key. What is no whole event counts as not found.
  /// Errors: UnsupportedVersion, Io.
  Status add(std::string_view key, std::string_view stored);

  /// Adds the beginning of the log to the load; its sink is finished, the load is not. Errors:
  /// Corruption where it comes as far as the anchor and has another root; Io.
  Status copy();

  [[nodiscard]] Position copied() const { return Position{tree_.size()}; }
  [[nodiscard]] Digest root() const { return tree_.root(); }
  /// How far the log had come, as far as anything tells.
  [[nodiscard]] Position expected() const { return expected_; }
  [[nodiscard]] const PositionRanges& missing() const { return missing_; }
  [[nodiscard]] const PositionRanges& beyond() const { return beyond_; }

 private:
  struct Found {
    Position position;
    std::string stored;
    bool doubtful = false;  ///< there is another one, just as whole
  };
  struct Held {
    Position position;
    std::string stored;
  };

  Status visit(const Found& found);
  [[nodiscard]] bool continues_log(const Event& event, std::size_t bytes) const;
  Status release();
  void stop();

  const std::optional<AnchorMark> anchor_;
  BulkLoad& load_;
  std::atomic<bool> stopped_{false};
  RowSorter sorter_;
  std::unique_ptr<RowSink> sink_;
  Event event_;
  CompactRange tree_;  // of what was copied
  // The events of one command as far as they have come.
  std::vector<Held> held_;
  std::size_t held_bytes_ = 0;
  std::optional<EventGroup> group_;
  std::optional<Timestamp> last_time_;
  bool ended_ = false;   // what comes now is beyond
  Position last_found_;  // whole, and only one of it
  Position expected_;
  PositionRanges missing_;
  PositionRanges beyond_;
};

}  // namespace purser
