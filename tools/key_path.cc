#include "key_path.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace purser::tools {
namespace {

Result<std::string> key_folder() {
  const char* config = std::getenv("XDG_CONFIG_HOME");  // NOLINT(concurrency-mt-unsafe)
  if (config != nullptr && *config == '/') return std::string(config) + "/purser";
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
  if (home != nullptr && *home != '\0') return std::string(home) + "/.config/purser";
  return InvalidArgument{"--key", "there is no home directory to keep it in; name a file"};
}

}  // namespace

Result<std::string> default_key_path(const Ledger& ledger, std::uint64_t epoch) {
  const auto folder = key_folder();
  if (!folder) return folder.error();
  const auto stats = ledger.stats();
  if (!stats) return stats.error();
  return fmt::format("{}/{}-{}.key", *folder, to_hex(stats->ledger_id), epoch);
}

Result<std::string> make_default_key_path(const Ledger& ledger, std::uint64_t epoch) {
  namespace fs = std::filesystem;
  auto path = default_key_path(ledger, epoch);
  if (!path) return path;
  const fs::path folder = fs::path(*path).parent_path();
  std::error_code error;
  if (fs::create_directories(folder, error)) {
    fs::permissions(folder, fs::perms::owner_all, error);
  }
  if (error) return Io{"create", folder.string(), error.message()};
  return path;
}

}  // namespace purser::tools
