#include "file_check.h"

#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "chunk_lists.h"
#include "deployments.h"
#include "files.h"
#include "hash.h"
#include "manifest.h"
#include "parallel.h"
#include "try.h"

namespace purser {
namespace {

// What every file depends on, looked at once.
class Files {
 public:
  Files(const View& view, const ChunkStore& chunks, bool quick, ChunkFindings& known)
      : view_(view), chunks_(chunks), quick_(quick), known_(known) {
    for (const auto& [file, list] : known.derived_lists) lists_.emplace(file, list);
  }

  // Why a file cannot be served; empty if it can. From any thread.
  Result<std::string> check(const FileEntry& file) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = known_.lost_files.find(file.digest);
      if (found != known_.lost_files.end()) return found->second;
      if (!seen_.insert(file.digest).second) return std::string();
    }
    PURSER_ASSIGN(std::string wrong, check_bytes(file));
    if (!wrong.empty()) {
      const std::lock_guard lock(mutex_);
      known_.lost_files.emplace(file.digest, wrong);
    }
    return wrong;
  }

  // The files of a deployment, also where the list of its manifest is not what it should be.
  Result<std::vector<FileEntry>> files_of(const Deployment& deployment) {
    const auto* stored =
        deployment.artifact ? std::get_if<StoredArtifact>(&*deployment.artifact) : nullptr;
    if (stored != nullptr) {
      PURSER_ASSIGN(const auto list, list_of(stored->digest));
      if (list && lists_.contains(stored->digest)) {
        PURSER_ASSIGN(const std::string text, read_content(chunks_, *list));
        return decode_manifest(text, "manifest " + to_hex(stored->digest));
      }
    }
    return purser::files_of(view_, chunks_, deployment.id);
  }

 private:
  // Of the stored list, or, where there is none that is whole, of what can be derived.
  Result<std::optional<ChunkList>> list_of(const Digest& file) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = lists_.find(file);
      if (found != lists_.end()) return std::optional(found->second);
    }
    PURSER_ASSIGN(auto list, find_chunk_list(view_.rows, file));
    if (list) return list;
    list = derive_list(chunks_, file);
    if (!list) return list;
    const std::lock_guard lock(mutex_);
    if (!lists_.emplace(file, *list).second) return list;
    add_derived_list(known_.derived, file, "nothing");
    known_.derived_lists.emplace_back(file, *list);
    return list;
  }

  // The bytes of chunks were checked; here it is whether they are the file.
  Result<std::string> check_bytes(const FileEntry& file) {
    const auto list = list_of(file.digest);
    if (!list) return list.error().cause();
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
      return read.error().cause();
    }
    return whole.finish() == file.digest ? std::string() : std::string("its SHA-256 differs");
  }

  const View& view_;
  const ChunkStore& chunks_;
  const bool quick_;
  std::mutex mutex_;  // guards what follows
  ChunkFindings& known_;
  std::unordered_map<Digest, ChunkList, DigestHash> lists_;  // those that were derived
  std::unordered_set<Digest, DigestHash> seen_;
};

// One deployment: its manifest and each of its files.
Status check_deployment(const Deployment& deployment, Files& files, Meter& meter,
                        VerifyReport& report) {
  const auto entries = files.files_of(deployment);
  if (!entries) {
    if (entries.error().is<Io>()) return entries.error();
    report.problems.push_back({deployment.id, {}, entries.error().cause()});
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

Status check_files(const View& view, const ChunkStore& chunks, bool quick, Meter& meter,
                   ChunkFindings& known, VerifyReport& report) {
  Files files(view, chunks, quick, known);
  PURSER_TRY(visit_deployments(view, [&](const SharedDeployment& deployment) -> Status {
    if (has_files_here(*deployment)) {
      ++report.deployments;
      PURSER_TRY(check_deployment(*deployment, files, meter, report));
    }
    return meter.file();
  }));
  report.files_checked = true;
  return {};
}

Status mend_files(Store& store, ChunkStore& chunks, const ChunkFindings& known) {
  std::vector<Digest> lost;
  for (const auto& [chunk, what] : known.lost_chunks) lost.push_back(chunk);
  PURSER_TRY(chunks.forget(lost));
  const std::unique_ptr<RowReader> rows = store.snapshot();
  WriteSet changes;
  for (const auto& [file, what] : known.lost_files) {
    PURSER_TRY(erase_chunk_list(changes, *rows, file));
  }
  for (const auto& [file, list] : known.derived_lists) {
    PURSER_TRY(erase_chunk_list(changes, *rows, file));
    put_chunk_list(changes, file, list);
  }
  return changes.empty() ? Status() : store.write(changes);
}

}  // namespace purser
