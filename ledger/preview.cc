#include "purser/preview.h"

#include <cstdlib>

namespace purser {

DeploymentConfig DeploymentConfig::from_env() {
  DeploymentConfig config;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): as documented
  const char* domain = std::getenv("DEPLOYMENT_PREVIEW_DOMAIN");
  if (domain != nullptr && *domain != '\0') config.preview_domain = domain;
  return config;
}

std::optional<std::string> preview_url(const DeploymentConfig& config,
                                       std::string_view identifier) {
  if (!config.preview_domain) return std::nullopt;
  return "https://" + std::string(identifier) + "." + *config.preview_domain + "/";
}

}  // namespace purser
