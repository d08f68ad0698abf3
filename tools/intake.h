// Taking files from outside into the draft of a deployment.
#pragma once

#include <optional>
#include <string>

#include "purser/ledger.h"

namespace purser::tools {

enum class SourceKind { folder, file };

/// What stands at `path`. Errors: NotFound; InvalidPath for a symbolic link, which is refused like
/// one inside a folder, and for special files; Io.
Result<SourceKind> inspect_source(const std::string& path);

/// Stores a folder's contents, one file under `name` (by default its own), or standard input (`-`,
/// which needs a `name`). `options` are for a folder. Errors: of `inspect_source`,
/// Ledger::store_stream and Ledger::store_tree; Cancelled when interrupted.
Result<StoreReport> take_in(Ledger& ledger, DeploymentId id, const std::string& path,
                            const std::optional<std::string>& name,
                            const StoreTreeOptions& options);

}  // namespace purser::tools
