// The limits on what callers may pass, checked before anything else. purser/commands.h lists them.
//
// Free functions, safe from any thread. Errors: LimitExceeded{what, limit, actual} for a size,
// InvalidArgument{what, why} for the rest.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "purser/commands.h"
#include "purser/options.h"
#include "purser/status.h"

namespace purser {

Status check_owner(std::string_view owner);
Status check_channel(std::string_view channel);
Status check_pointer(std::string_view owner, std::string_view channel);
/// `channel`: nothing stands for all channels.
Status check_scope(std::string_view owner, const std::optional<std::string>& channel);
Status check_context(const Context& context);
/// The same of what an event says.
Status check_header(const EventHeader& header);
Status check_create(const std::optional<std::string>& source_ref, const Labels& labels);
Status check_failure(std::string_view code, std::string_view message);
Status check_location(std::string_view location);
Status check_page(const PageRequest& page);
Status check_options(const Options& options);

/// The number that a page's cursor stands for. Errors: InvalidArgument.
Result<std::uint64_t> parse_cursor(std::string_view cursor);

}  // namespace purser
