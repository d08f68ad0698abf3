// Preview URLs: one host per deployment below a domain that the operator chose.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "purser/export.h"

namespace purser {

struct DeploymentConfig {
  /// Nothing: no preview URLs.
  std::optional<std::string> preview_domain;

  /// Reads `DEPLOYMENT_PREVIEW_DOMAIN`; unset or empty means none. Not to be called while another
  /// thread changes the environment.
  [[nodiscard]] PURSER_EXPORT static DeploymentConfig from_env();
};

/// `https://{identifier}.{domain}/`, or nothing without a domain.
[[nodiscard]] PURSER_EXPORT std::optional<std::string> preview_url(const DeploymentConfig& config,
                                                                   std::string_view identifier);

}  // namespace purser
