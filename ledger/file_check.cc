#include "file_check.h"

#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "chunk_lists.h"
#include "deployments.h"
#include "files.h"
#include "hash.h"
#include "meter.h"
#include "parallel.h"
#include "try.h"

namespace purser {
namespace {

using Damage = std::unordered_map<Digest, std::string, DigestHash>;  // and what is wrong

// What every file depends on, looked at once.
class Files {
 public:
  Files(const View& view, const ChunkStore& chunks, bool quick)
      : view_(view), chunks_(chunks), quick_(quick) {}

  Status check_chunks() {
    return chunks_.check(quick_, [&](const ChunkDamage& damage) {
      lost_chunks_.emplace(damage.chunk, damage.what);
    });
  }

  Status check_lists() {
    Status failed;
    PURSER_TRY(visit_chunk_lists(view_.rows, [&](const Digest& file, const auto& list) {
      if (!failed) return;
      auto wrong = what_is_wrong(list);
      if (!wrong) {
        failed = wrong.error();
      } else if (!wrong->empty()) {
        lost_files_.emplace(file, *std::move(wrong));
      }
    }));
    return failed;
  }

  // Why a file cannot be served; empty if it can. From any thread.
  Result<std::string> check(const FileEntry& file) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = lost_files_.find(file.digest); found != lost_files_.end()) {
        return found->second;
      }
      if (!seen_.insert(file.digest).second) return std::string();
    }
    PURSER_ASSIGN(std::string wrong, check_bytes(file));
    if (!wrong.empty()) {
      const std::lock_guard lock(mutex_);
      lost_files_.emplace(file.digest, wrong);
    }
    return wrong;
  }

  [[nodiscard]] Lost lost() const {
    Lost lost;
    for (const auto& [chunk, what] : lost_chunks_) lost.chunks.push_back(chunk);
    for (const auto& [file, what] : lost_files_) lost.files.push_back(file);
    return lost;
  }

 private:
  Result<std::string> what_is_wrong(const Result<ChunkList>& list) const {
    if (!list) return list.error().message();
    for (const ChunkRef& chunk : list->chunks) {
      const auto lost = lost_chunks_.find(chunk.digest);
      if (lost != lost_chunks_.end()) return "chunk " + to_hex(chunk.digest) + ": " + lost->second;
      PURSER_ASSIGN(const bool held, chunks_.holds(chunk.digest));
      if (!held) return "chunk " + to_hex(chunk.digest) + " is missing";
    }
    return std::string();
  }

  // The bytes of chunks were checked; here it is whether they are the file.
  Result<std::string> check_bytes(const FileEntry& file) const {
    const auto list = find_chunk_list(view_.rows, file.digest);
    if (!list) return list.error().message();
    if (!*list) return std::string("its chunk list is missing");
    if ((*list)->size != file.size) return std::string("its chunk list has another size");
    const bool is_its_chunk =
        (*list)->chunks.size() == 1 && (*list)->chunks[0].digest == file.digest;
    if (quick_ || is_its_chunk) return std::string();
    Sha256 whole;
    const Status read = read_content(chunks_, **list, [&](std::string_view bytes) -> Status {
      whole.update(bytes);
      return {};
    });
    if (!read) {
      if (read.error().is<Io>()) return read.error();
      return read.error().message();
    }
    return whole.finish() == file.digest ? std::string() : std::string("its SHA-256 differs");
  }

  const View& view_;
  const ChunkStore& chunks_;
  const bool quick_;
  Damage lost_chunks_;
  std::mutex mutex_;  // guards what follows
  Damage lost_files_;
  std::unordered_set<Digest, DigestHash> seen_;
};

// One deployment: its manifest and each of its files.
Status verify_deployment(const View& view, const ChunkStore& chunks, const Deployment& deployment,
                         Files& files, Meter& meter, VerifyReport& report) {
  const auto entries = files_of(view, chunks, deployment.id);
  if (!entries) {
    if (entries.error().is<Io>()) return entries.error();
    report.problems.push_back({deployment.id, {}, entries.error().message()});
    return {};
  }
  std::vector<std::string> wrong(entries->size());
  Workers workers;
  PURSER_TRY(workers.run(workers_for(entries->size()), [&](std::size_t) -> Status {
    for (std::size_t i = workers.next(); i < entries->size(); i = workers.next()) {
      if (workers.stopped()) return {};
      PURSER_ASSIGN(wrong[i], files.check((*entries)[i]));
      PURSER_TRY(meter.bytes((*entries)[i].size));
    }
    return {};
  }));
  for (std::size_t i = 0; i < entries->size(); ++i) {
    report.bytes += (*entries)[i].size;
    if (!wrong[i].empty()) {
      report.problems.push_back({deployment.id, (*entries)[i].path, std::move(wrong[i])});
    }
  }
  report.files += entries->size();
  return {};
}

}  // namespace

Result<VerifyReport> verify_files(const View& view, const ChunkStore& chunks, bool quick,
                                  const ProgressCallback& progress, Lost& lost) {
  VerifyReport report;
  Files files(view, chunks, quick);
  PURSER_TRY(files.check_chunks());
  PURSER_TRY(files.check_lists());
  PURSER_ASSIGN(const DeploymentId last, last_deployment(view));
  Meter meter(progress, last.value, 0);
  for (DeploymentId id{1}; id <= last; ++id.value) {
    PURSER_ASSIGN(const SharedDeployment deployment, find_deployment(view, id));
    if (deployment && has_files_here(*deployment)) {
      ++report.deployments;
      PURSER_TRY(verify_deployment(view, chunks, *deployment, files, meter, report));
    }
    PURSER_TRY(meter.file());
  }
  lost = files.lost();
  report.lost_chunks = lost.chunks.size();
  report.lost_files = lost.files.size();
  return report;
}

Status forget_lost(Store& store, ChunkStore& chunks, const Lost& lost) {
  PURSER_TRY(chunks.forget(lost.chunks));
  const std::unique_ptr<RowReader> rows = store.snapshot();
  WriteSet changes;
  for (const Digest& file : lost.files) PURSER_TRY(erase_chunk_list(changes, *rows, file));
  return changes.empty() ? Status() : store.write(changes);
}

}  // namespace purser
