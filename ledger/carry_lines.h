// The log of a ledger as lines of an export, and such lines as a log again: a first line, one for
// each event, a last line.
//
// Lines are made, and looked at, on all processors. Memory: some MiB. What the lines look like is
// the business of a LineForm (purser/carry.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/merkle.h"
#include "bulk_load.h"
#include "event_order.h"
#include "line_reader.h"
#include "meter.h"
#include "projection.h"
#include "purser/audit.h"
#include "purser/carry.h"

namespace purser {

/// The chains of lines: each binds all that comes before it (docs/import.md).
[[nodiscard]] std::uint64_t chain_of(const ExportHead& head);
[[nodiscard]] std::uint64_t next_chain(std::uint64_t chain, std::string_view stored);
[[nodiscard]] std::uint64_t chain_of(const ExportEnd& end, std::uint64_t chain_before);

/// Writes the whole log of `view`. Each event is a file to `meter`. Errors: LimitExceeded{line N}
/// for a line longer than may be read; Corruption, also where the log does not begin with what
/// `checkpoint` says; Cancelled, Io, those of `sink`.
Result<ExportEnd> write_lines(const View& view, const LedgerId& ledger,
                              const std::optional<SignedCheckpoint>& checkpoint,
                              const LineForm& form, const ByteSink& sink, Meter& meter);

/// What was read: that it has this size and root was seen from the events.
struct ReadLines {
  ExportHead head;
  ExportEnd end;
  std::optional<Position> checkpoint;     ///< what it speaks of
  std::optional<Digest> checkpoint_root;  ///< not looked at
  std::uint64_t last_line = 0;
};

/// Reads a whole export and puts its events into `sink`, which is not finished. Each event is a
/// file to `meter`. Errors: those of `import_ledger` that name a line, Cancelled, Io, those of
/// `source`.
Result<ReadLines> read_lines(const LineForm& form, const ByteSource& source, RowSink& sink,
                             Meter& meter);

/// The line that an event stands on.
[[nodiscard]] inline std::uint64_t line_of(Position position) { return position.value + 1; }

}  // namespace purser
