// Carrying a ledger elsewhere: its log as lines of text, and what the files of its deployments are
// made of as records. It is not a backup: what comes out of an import is another ledger, with an id
// of its own and the same events to the byte.
//
// `Ledger::write_export` writes both, `import_ledger` reads them. What the lines look like is told
// by a `LineForm`, and where records are kept by the caller: the program writes JSON Lines and a
// tar. All that is imported is taken as hostile: each line must be exactly what its event means,
// each record what it is named after, and where anything is wrong nothing is imported.
// docs/import.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "purser/artifact.h"
#include "purser/event.h"
#include "purser/export.h"
#include "purser/options.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

/// No line of an export is longer, in bytes and without its newline.
inline constexpr std::size_t kExportLineBytesMax = std::size_t{2} << 20;

/// The first line: which ledger the lines are of, how many events come, and what they are.
struct ExportHead {
  LedgerId ledger_id;
  Position size;
  Digest root;              ///< of the Merkle tree over all events
  std::uint64_t chain = 0;  ///< XXH3-64 of size (8 bytes, little-endian) and root
};

/// The last line: the same once more, now that all have come.
struct ExportEnd {
  LedgerId ledger_id;
  Position size;
  Digest root;
  /// The newest checkpoint that was signed, a note; nothing where none was.
  std::optional<std::string> checkpoint;
  /// Of the chain of the line before, ledger id, size, root and the note.
  std::uint64_t chain = 0;
};

/// What the line of an event says besides what can be told from its stored bytes.
struct EventLine {
  std::string_view raw;     ///< the stored bytes in base 64 (RFC 4648, section 4)
  std::uint64_t chain = 0;  ///< XXH3-64 of the chain of the line before and the stored bytes
};

/// How an export is written as lines, without their newlines, and read again. A line counts only if
/// it is, byte for byte, what the first three make of what was read from it; so what reads it need
/// not look at the rest. Called by several threads at once.
class PURSER_EXPORT LineForm {
 public:
  LineForm() = default;
  LineForm(const LineForm&) = delete;
  LineForm& operator=(const LineForm&) = delete;
  virtual ~LineForm();

  [[nodiscard]] virtual std::string head(const ExportHead& head) const = 0;
  [[nodiscard]] virtual std::string event(const Event& event, const EventLine& line) const = 0;
  [[nodiscard]] virtual std::string end(const ExportEnd& end) const = 0;

  /// Errors: UnsupportedVersion; nothing for what is no such line, here and below.
  [[nodiscard]] virtual Result<std::optional<ExportHead>> read_head(
      std::string_view line) const = 0;
  [[nodiscard]] virtual bool is_end(std::string_view line) const = 0;
  [[nodiscard]] virtual std::optional<EventLine> read_event(std::string_view line) const = 0;
  [[nodiscard]] virtual std::optional<ExportEnd> read_end(std::string_view line) const = 0;
};

/// In the order in which records come; those of one kind by digest or id, ascending.
enum class RecordKind : std::uint8_t {
  chunk,     ///< bytes of files
  draft,     ///< files of a deployment without artifact, as a manifest
  file,      ///< the chunks of a file, as a chunk list (docs/artifact-format.md)
  manifest,  ///< the files of an artifact
};
[[nodiscard]] PURSER_EXPORT std::string_view to_string(RecordKind kind);

/// No record is longer, and all drafts are not longer together.
inline constexpr std::uint64_t kChunkRecordBytesMax = std::uint64_t{16} << 20;
inline constexpr std::uint64_t kRecordBytesMax = std::uint64_t{256} << 20;

struct CarriedRecord {
  RecordKind kind = RecordKind::chunk;
  Digest digest;    ///< SHA-256 of the chunk, the file or the manifest
  DeploymentId id;  ///< of a draft
  std::string bytes;
};
/// Takes the next record. An error ends the export.
using RecordSink = std::function<Status(const CarriedRecord& record)>;
/// Gives the next record; nothing where there are no more.
using RecordSource = std::function<Result<std::optional<CarriedRecord>>()>;

/// What was carried.
struct CarryReport {
  LedgerId ledger_id;  ///< of the ledger that was exported, or was made
  LedgerId source_id;  ///< of the ledger that was exported
  Position size;
  Digest root;
  std::optional<Position> checkpoint;  ///< the size that the checkpoint speaks of
  bool with_artifacts = false;         ///< if not, all below is 0
  std::uint64_t manifests = 0;         ///< different ones
  std::uint64_t drafts = 0;            ///< with at least one file
  std::uint64_t files = 0;             ///< different ones
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;  ///< of all chunks
};

/// Makes a ledger in `into`, which must be absent, an empty folder, or a ledger without events,
/// from what `Ledger::write_export` wrote. It has an id of its own, and `Stats::origin` says where
/// it comes from. Without `artifacts` no files come along. `progress` counts events as files, each
/// twice, and the bytes of chunks. Memory: some MiB and Options::rebuild_memory_bytes; with
/// `artifacts` a record, the drafts, and some 100 bytes for each different chunk and file.
/// Errors: Corruption{"line N"}, LimitExceeded{"line N"} and UnsupportedVersion{"line N: ..."} for
/// the first line that is wrong, from 1; Corruption for a record that is wrong or missing;
/// AlreadyExists, Busy, InvalidArgument, NoSpace, Io, Cancelled, and those of `lines` and
/// `artifacts`. `into` is then as it was; after a crash it is no ledger.
[[nodiscard]] PURSER_EXPORT Result<CarryReport> import_ledger(
    const std::string& into, const LineForm& form, const ByteSource& lines,
    const RecordSource& artifacts = {}, const Options& options = {},
    const ProgressCallback& progress = {});

}  // namespace purser
