// Projection `requests`: where a request id was answered, under the request id. Kept for ever.
#pragma once

#include <optional>
#include <string_view>

#include "projection.h"

namespace purser {

Status fold_requests(const FoldInput& input, std::uint32_t build, WriteSet& changes);

/// The (first) event of the command that had this request id.
Result<std::optional<Position>> find_request(const View& view, std::string_view request_id);

}  // namespace purser
