// How the files of two deployments differ. Plain values.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "purser/artifact.h"

namespace purser {

/// One path at which the two differ, in bytes or in mode. At least one side has a file there: both,
/// it was changed; only `after`, it was added; only `before`, it was removed.
struct FileChange {
  std::optional<FileEntry> before;
  std::optional<FileEntry> after;

  [[nodiscard]] const std::string& path() const { return (after ? after : before)->path; }
  friend bool operator==(const FileChange&, const FileChange&) = default;
};

/// Gets one change; false ends the comparison.
using FileChangeSink = std::function<bool(const FileChange& change)>;

}  // namespace purser
