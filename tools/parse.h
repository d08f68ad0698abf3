// Words of the command line as values. Errors are InvalidArgument and name the word.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "purser/ledger.h"

namespace purser::tools {

/// Decimal digits only. `what` names the option or argument in the error.
Result<std::uint64_t> parse_number(std::string_view what, std::string_view text,
                                   std::uint64_t min = 0, std::uint64_t max = UINT64_MAX);

[[nodiscard]] bool is_digits(std::string_view text);

/// Digits only are an id, which need not exist; anything else is looked up as an identifier or a
/// prefix of one. Errors: also NotFound.
Result<DeploymentId> parse_id(const Ledger& ledger, std::string_view text);

/// `KEY=VALUE` each; a key may come once.
Result<Labels> parse_labels(const std::vector<std::string>& words);

/// A time or a date (`parse_time`), or a time ago: a number with s, m, h, d or w.
Result<Timestamp> parse_moment(std::string_view what, std::string_view text);

/// `--at` and its like: digits only are a position, anything else is a moment.
Result<AsOf> parse_as_of(std::string_view what, std::string_view text);

/// `--expect`: nothing if it was not given.
Result<std::optional<Generation>> parse_expect(const std::optional<std::string>& text);

}  // namespace purser::tools
