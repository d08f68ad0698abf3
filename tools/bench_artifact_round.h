// One round of a measurement of artifacts: folders become deployments of a new ledger, and come
// back. Each step is a process of its own, `purser` as a shell would run it where there is a verb
// for it.
#pragma once

#include <string>
#include <vector>

#include "bench_artifact_report.h"
#include "purser/artifact.h"

namespace purser::tools {

struct ArtifactFolder {
  std::string path;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Counts the files of a folder and reads them once, so that the system has them in memory.
/// Errors: NotFound, InvalidArgument, Io, Cancelled.
Result<ArtifactFolder> read_artifact_folder(const std::string& path);

class ArtifactRound {
 public:
  /// `room`: an empty folder for the ledger and the copies. `versions`, at least one, must outlive
  /// it. `progress` counts versions and steps as files.
  ArtifactRound(const std::vector<ArtifactFolder>& versions, std::string room, bool with_cp,
                const ProgressCallback& progress)
      : versions_(versions), room_(std::move(room)), with_cp_(with_cp), progress_(progress) {}

  /// Errors: Cancelled, Io of a step that failed.
  Result<std::vector<ArtifactStep>> run();

  /// What `run` counts up to.
  static std::uint64_t steps_for(std::size_t versions) { return versions + 3; }

 private:
  Status ingest();
  Status retrieve();
  Status materialize();
  Status verify();
  Result<ArtifactStep> measured(const char* name, const ArtifactFolder& folder,
                                const std::vector<std::string>& words);
  Result<BenchCost> purser(std::vector<std::string> words) const;
  Result<std::optional<double>> copy(const ArtifactFolder& folder);
  Status add(ArtifactStep step);
  Status settle() const;
  Status count();

  const std::vector<ArtifactFolder>& versions_;
  const std::string room_;
  const std::string ledger_ = room_ + "/ledger";
  const bool with_cp_;
  const ProgressCallback& progress_;
  std::uint64_t done_ = 0;
  std::size_t copies_ = 0;
  std::vector<ArtifactStep> steps_;
};

/// Whether `cp` and `sync` are there.
[[nodiscard]] bool has_cp();

}  // namespace purser::tools
