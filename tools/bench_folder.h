// The folder of a measurement's scratch ledger: new, and gone afterwards.
#pragma once

#include <string>

#include "purser/status.h"
#include "session.h"

namespace purser::tools {

/// Whether scratch ledgers may be made in `directory`. Errors: NotFound; InvalidArgument where it
/// is a ledger, or lies in one.
Status check_bench_directory(const std::string& directory);

/// Whether what is written there never reaches a disk: a tmpfs or ramfs.
[[nodiscard]] bool is_in_memory(const std::string& directory);

/// Both of these: the error of the first, and a warning of the second. `--ledger` is refused.
Status check_bench_place(Session& session, const std::string& directory);

class BenchFolder {
 public:
  /// Makes `purser-bench-XXXXXX` in `directory`. Errors: Io.
  static Result<BenchFolder> make(const std::string& directory);

  BenchFolder(BenchFolder&& other) noexcept;
  BenchFolder& operator=(BenchFolder&&) = delete;
  /// Removes it; an error of that is lost, so call `remove` where it matters.
  ~BenchFolder();

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Errors: Io.
  Status remove();

 private:
  explicit BenchFolder(std::string path);

  std::string path_;  // empty: nothing to remove
};

}  // namespace purser::tools
