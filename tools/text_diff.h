// The lines in which a text file differs between two deployments, as a unified diff. diff(1) makes
// it, from bytes in memory. Not thread-safe.
#pragma once

#include <optional>
#include <string>

#include "purser/ledger.h"

namespace purser::tools {

/// Longer files are not looked into, in bytes.
inline constexpr std::uint64_t kTextBytesMax = 4ull << 20;

/// UTF-8 without control characters but for the ends of lines and pages, and tabs: safe to show on
/// a terminal.
[[nodiscard]] bool is_text(std::string_view bytes);

class TextDiff {
 public:
  /// The ledger must outlive it.
  TextDiff(const Ledger& ledger, std::optional<DeploymentId> before,
           std::optional<DeploymentId> after)
      : ledger_(ledger), before_(before), after_(after) {}

  /// Nothing where a side is no text, or too long. Errors: those of `retrieve`; Io where there is
  /// no diff(1).
  Result<std::optional<std::string>> of(const FileChange& change) const;

 private:
  Result<std::optional<std::string>> side(std::optional<DeploymentId> id,
                                          const std::optional<FileEntry>& file) const;

  const Ledger& ledger_;
  const std::optional<DeploymentId> before_;
  const std::optional<DeploymentId> after_;
};

}  // namespace purser::tools
