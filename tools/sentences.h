// Answers as text for people. Sentences are escaped and end with a newline; what describes a part
// of one is neither.
#pragma once

#include <string>
#include <string_view>

#include "session.h"

namespace purser::tools {

/// `deployment 3 (5f0c…) of project:demo is ready`, with `what` in the place of `is ready`.
[[nodiscard]] std::string sentence(const Session& session, const DeploymentAnswer& answer,
                                   std::string_view what);

/// `live of project:demo: 3 is active, 2 was (generation 5)`.
[[nodiscard]] std::string sentence(const Session& session, const PointerAnswer& answer);

/// `live of project:demo: frozen by ann …`.
[[nodiscard]] std::string sentence(const Session& session, const FreezeAnswer& answer);

/// `live`, or `all channels` for nothing.
[[nodiscard]] std::string scope_text(const std::optional<std::string>& channel);

/// `by ann since 2026-…: release week (all channels; rollbacks too)`.
[[nodiscard]] std::string describe(const ChannelFreeze& freeze);

/// `12 files, 3.4 MiB (1.0 MiB new)`.
[[nodiscard]] std::string sentence(const StoreReport& report);

/// All that is known of a deployment, one field a line.
[[nodiscard]] std::string describe(const Session& session, const Deployment& deployment);

/// `ready`, `failed`, `building`, with `deleted`, `pinned` or `bad` where that is so.
[[nodiscard]] Cell status_cell(const Deployment& deployment);

/// `3`, or `-` for nothing.
[[nodiscard]] std::string id_text(const std::optional<DeploymentId>& id);

}  // namespace purser::tools
