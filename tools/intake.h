// Taking files from outside into the draft of a deployment.
#pragma once

#include <optional>
#include <string>

#include "purser/ledger.h"

namespace purser::tools {

/// The most bytes of one file given by itself or by standard input, which is held in memory. Files
/// inside a folder have no such limit.
inline constexpr std::uint64_t kSingleFileBytesMax = 2ull << 30;

enum class SourceKind { folder, file };

/// What stands at `path`. Errors: NotFound; InvalidPath for a symbolic link, which is refused like
/// one inside a folder, and for special files; Io.
Result<SourceKind> inspect_source(const std::string& path);

/// Stores a folder's contents, one file under `name` (by default its own), or standard input (`-`,
/// which needs a `name`). Errors: of `inspect_source`, Ledger::store and Ledger::store_tree;
/// LimitExceeded; Cancelled when interrupted.
Result<StoreReport> take_in(Ledger& ledger, DeploymentId id, const std::string& path,
                            const std::optional<std::string>& name);

}  // namespace purser::tools
