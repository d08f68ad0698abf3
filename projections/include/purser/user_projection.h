// A projection of your own: rows that a function derives from the events, one event after the
// other, kept in the same atomic write as the events.
//
// The rows of a projection are sorted keys with values, both any bytes, in a space that no other
// projection sees. The function gets each event once, in order, and changes rows; it may know
// nothing but the event and its rows, so that folding the same events again gives the same rows.
// A change of what rows mean needs another version: they are then made anew.
//
// Lifetime. Views that a row gives live until the call that hands them over returns. `FoldRows` and
// `ProjectionRows` live until the function that got them returns.
//
// Threads. The function is called by one thread at a time for the rows of one build, on the thread
// of whoever commits, and maybe at once by another one that makes a new build: it must not keep
// state of its own. It must not call the ledger.
//
// Errors. An error that the function returns, or an exception, stops the projection in front of
// that event; what it did for the event is left out, the commands are not. `Stats` says why.
//
// Limits. A name has 1 to 64 bytes of `a` to `z`, `0` to `9`, `.`, `_` and `-`, and is none of
// Purser's own projections; versions are from 1. A key has 1 to 1,024 bytes; the keys and values
// that one event changes have 65,536 bytes together. Over it: LimitExceeded, and the event is not
// folded, whatever the function returns. 16 projections.
//
// docs/projections.md walks through one; docs/adr/0030 has the reasons.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "purser/event.h"
#include "purser/export.h"
#include "purser/status.h"

namespace purser {

inline constexpr std::size_t kProjectionNameBytesMax = 64;
inline constexpr std::size_t kProjectionKeyBytesMax = 1024;
inline constexpr std::size_t kFoldBytesMax = 65'536;
inline constexpr std::size_t kUserProjectionsMax = 16;

/// Gets one row; false ends the scan.
using ProjectionRowVisitor = std::function<bool(std::string_view key, std::string_view value)>;

/// The rows of one projection, as they are at one position of the log.
class PURSER_EXPORT ProjectionRows {
 public:
  ProjectionRows() = default;
  ProjectionRows(const ProjectionRows&) = delete;
  ProjectionRows& operator=(const ProjectionRows&) = delete;
  virtual ~ProjectionRows();

  /// The last event that the rows speak of.
  [[nodiscard]] virtual Position position() const = 0;
  /// Nothing when there is no such row. Errors: Corruption, Io.
  virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;
  /// Visits the rows from `from` on, up to but not including `to`, in order of the bytes of their
  /// keys; an empty `to` stands for the end. Errors: Corruption, Io.
  virtual Status scan(std::string_view from, std::string_view to,
                      const ProjectionRowVisitor& visit) const = 0;
};

/// Where the keys that begin with `prefix` end, as the `to` of a scan from `prefix` on.
[[nodiscard]] PURSER_EXPORT std::string behind_prefix(std::string_view prefix);

/// The same rows while an event is folded, which sees what it has changed itself. A visitor must
/// not change any.
class PURSER_EXPORT FoldRows : public ProjectionRows {
 public:
  ~FoldRows() override;
  /// Errors: LimitExceeded, InvalidArgument for an empty key, and those of reading.
  virtual Status put(std::string_view key, std::string_view value) = 0;
  virtual Status erase(std::string_view key) = 0;
};

/// Folds one event. `rows` speak of all events before it.
using UserFold = std::function<Status(const Event& event, FoldRows& rows)>;

struct UserProjection {
  std::string name;
  std::uint32_t version = 1;
  UserFold fold;
  /// Passes over events of a kind that this program does not know, instead of stopping there.
  bool skip_unknown = false;
};

/// Looks at rows; its error is that of the call.
using ProjectionLook = std::function<Status(const ProjectionRows& rows)>;

}  // namespace purser
