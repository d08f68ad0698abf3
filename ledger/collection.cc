#include "collection.h"

#include <algorithm>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chunk_lists.h"
#include "deployments.h"
#include "files.h"
#include "hash.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kErasedAtOnce = 256;  // lists; commits wait meanwhile

// What is like what: files of one owner that end alike and are called alike, whichever folder they
// are in, and those of one path in the order of their deployments.
std::string likeness(const std::string& owner, std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  const std::string_view ending = dot == name.npos ? std::string_view() : name.substr(dot);
  std::string key = owner;
  for (const std::string_view part : {ending, name, path}) key.append(1, '\0').append(part);
  return key;
}

class Collection {
 public:
  Collection(Store& store, const ChunkStore& chunks, FileNotes& notes, const View& view,
             const Exclusively& exclusively)
      : store_(store), chunks_(chunks), notes_(notes), view_(view), exclusively_(exclusively) {}

  Status mark(ChunkStore::Sweep& sweep, CollectReport& report) {
    PURSER_ASSIGN(const DeploymentId last, last_deployment(view_));
    for (DeploymentId id{1}; id <= last; ++id.value) {
      PURSER_ASSIGN(const SharedDeployment deployment, find_deployment(view_, id));
      if (deployment && has_files_here(*deployment)) PURSER_TRY(mark_files(*deployment));
    }
    const std::vector<const Files::value_type*> files = in_order();
    for (auto begin = files.begin(); begin != files.end();) {
      const auto end = std::find_if(begin, files.end(), [&](const auto* file) {
        return file->second.likeness != (*begin)->second.likeness;
      });
      PURSER_TRY(keep_chunks({begin, end}, sweep, report));
      begin = end;
    }
    return {};
  }

  Status erase_lists(bool dry_run, CollectReport& report) {
    std::vector<Digest> dead;
    PURSER_TRY(visit_listed_files(view_.rows, [&](const Digest& file) {
      if (!files_.contains(file)) dead.push_back(file);
    }));
    report.files_removed += dead.size();
    if (dry_run) return {};
    for (std::size_t at = 0; at < dead.size(); at += kErasedAtOnce) {
      const std::span some(dead.data() + at, std::min(kErasedAtOnce, dead.size() - at));
      PURSER_TRY(exclusively_([&] { return erase_unless_noted(some, report); }));
    }
    return {};
  }

 private:
  struct Marked {
    std::string likeness;
    DeploymentId first;
  };
  using Files = std::unordered_map<Digest, Marked, DigestHash>;

  // Manifests come before all files of their owner.
  Status mark_files(const Deployment& deployment) {
    PURSER_ASSIGN(const std::vector<FileEntry> files, files_of(view_, chunks_, deployment.id));
    for (const FileEntry& file : files) {
      if (files_.contains(file.digest)) continue;
      files_.emplace(file.digest, Marked{likeness(deployment.owner_key, file.path), deployment.id});
    }
    if (deployment.artifact) {
      const auto& stored = std::get<StoredArtifact>(*deployment.artifact);
      files_.try_emplace(stored.digest, Marked{deployment.owner_key, deployment.id});
    }
    return {};
  }

  // Of files that are alike, what stands at the same place in each comes together: it is the most
  // alike, and whoever reads one of them goes through the whole in one direction.
  Status keep_chunks(std::span<const Files::value_type* const> files, ChunkStore::Sweep& sweep,
                     CollectReport& report) const {
    std::vector<std::pair<std::uint64_t, ChunkRef>> chunks;  // and where they stand
    for (const auto* file : files) {
      PURSER_ASSIGN(const auto list, find_chunk_list(view_.rows, file->first));
      if (!list) {
        ++report.chunks_missing;  // whatever it was cut into
        continue;
      }
      std::uint64_t place = 0;
      for (const ChunkRef& chunk : list->chunks) {
        chunks.emplace_back(place, chunk);
        place += chunk.length;
      }
    }
    std::ranges::stable_sort(chunks, {}, [](const auto& chunk) { return chunk.first; });
    for (const auto& [place, chunk] : chunks) sweep.keep(chunk.digest, chunk.length);
    return {};
  }

  [[nodiscard]] std::vector<const Files::value_type*> in_order() const {
    std::vector<const Files::value_type*> sorted;
    sorted.reserve(files_.size());
    for (const auto& file : files_) sorted.push_back(&file);
    std::ranges::sort(sorted, {}, [](const auto* file) {
      return std::tuple<const std::string&, DeploymentId, const Digest&>(
          file->second.likeness, file->second.first, file->first);
    });
    return sorted;
  }

  Status erase_unless_noted(std::span<const Digest> files, CollectReport& report) {
    const std::unique_ptr<RowReader> rows = store_.snapshot();
    WriteSet changes;
    for (const Digest& file : files) {
      if (notes_.contains(file)) {
        --report.files_removed;
      } else {
        PURSER_TRY(erase_chunk_list(changes, *rows, file));
      }
    }
    if (changes.empty()) return {};
    Status erased = store_.write(changes);
    notes_.count_erasure();  // after it: who has read this number looks at rows without the lists
    return erased;
  }

  Store& store_;
  const ChunkStore& chunks_;
  FileNotes& notes_;
  const View& view_;
  const Exclusively& exclusively_;
  Files files_;  // that some deployment has
};

}  // namespace

// Lists go before chunks: a list whose chunks are gone would make a file look stored.
Result<CollectReport> collect(Store& store, ChunkStore::Sweep& sweep, const ChunkStore& chunks,
                              FileNotes& notes, const View& view, const Exclusively& exclusively,
                              const CollectOptions& options, const ProgressCallback& progress) {
  CollectReport report;
  {
    Collection collection(store, chunks, notes, view, exclusively);
    PURSER_TRY(collection.mark(sweep, report));
    PURSER_TRY(collection.erase_lists(options.dry_run, report));
  }
  PURSER_TRY(sweep.run(options, progress, report));
  if (options.dry_run) return report;
  PURSER_TRY(sweep_drafts(store, view));
  if (report.files_removed + report.chunks_removed + report.chunks_moved > 0) {
    PURSER_TRY(store.compact());
  }
  return report;
}

}  // namespace purser
