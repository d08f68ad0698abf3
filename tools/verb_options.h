// Options that several verbs share.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "purser/commands.h"

namespace purser::tools {

/// A text option. An empty text counts as given, which CLI11's own optional values do not do.
CLI::Option* add_text_option(CLI::App& verb, const std::string& name,
                             std::optional<std::string>& target, const std::string& type_name,
                             const std::string& description);

/// A required positional argument.
CLI::Option* add_argument(CLI::App& verb, const std::string& name, std::string& target,
                          const std::string& description);

/// `--label KEY=VALUE`, any number of times, one value each.
CLI::Option* add_label_option(CLI::App& verb, std::vector<std::string>& target,
                              const std::string& description);

/// `--channel`, `live` unless given.
CLI::Option* add_channel_option(CLI::App& verb, std::string& target);

/// `--at MOMENT`: a position or a time.
CLI::Option* add_at_option(CLI::App& verb, std::optional<std::string>& target);

/// `--trust-mtime`.
CLI::Option* add_trust_option(CLI::App& verb, StoreTreeOptions& target);

/// `--expect GENERATION`.
CLI::Option* add_expect_option(CLI::App& verb, std::optional<std::string>& target);

}  // namespace purser::tools
