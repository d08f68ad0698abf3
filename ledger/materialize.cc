#include "materialize.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "chunk_lists.h"
#include "current_link.h"
#include "deployments.h"
#include "file_bytes.h"
#include "files.h"
#include "handfuls.h"
#include "meter.h"
#include "parallel.h"
#include "tree_donor.h"
#include "tree_writer.h"
#include "try.h"

namespace purser {
namespace {

Status check_is_here(const View& view, DeploymentId id) {
  PURSER_ASSIGN(const SharedDeployment deployment, get_deployment(view, id));
  if (!deployment->artifact) return {};
  const auto* external = std::get_if<ExternalArtifact>(&*deployment->artifact);
  if (external == nullptr) return {};
  return InvalidArgument{"id", "the artifact is external, at '" + external->location +
                                   "'; its bytes are not in this ledger"};
}

// Takes the files of one deployment from a donor, or writes them in two steps each: it is created,
// then it gets its bytes.
class Writer {
 public:
  Writer(TreeWriter& tree, const View& view, const ChunkStore& chunks, Meter& meter)
      : tree_(tree), view_(view), chunks_(chunks), meter_(meter) {}

  // Returns those that `donor` does not have.
  Result<std::vector<FileEntry>> share(const TreeDonor& donor, bool reflink,
                                       std::vector<FileEntry> files) {
    const std::vector<Handful> handfuls = handfuls_of(files);
    std::vector<char> is_shared(files.size());
    Workers workers;
    PURSER_TRY(workers.run(workers_for(handfuls.size()), [&](std::size_t) -> Status {
      for (std::size_t i = workers.next(); i < handfuls.size(); i = workers.next()) {
        if (workers.stopped()) return {};
        const auto [begin, end] = handfuls[i];
        const std::span handful(files.data() + begin, end - begin);
        PURSER_TRY(reflink ? clone(donor, handful, &is_shared[begin])
                           : link(donor, handful, &is_shared[begin]));
      }
      return {};
    }));
    std::vector<FileEntry> others;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (is_shared[i] == 0) others.push_back(std::move(files[i]));
    }
    return others;
  }

  Status create(const FileEntry& file, UniqueFd& created) {
    PURSER_ASSIGN(created, tree_.create(file.path, file.executable));
    return {};
  }

  Status write(const FileEntry& file, UniqueFd created) {
    PURSER_TRY(tree_.fill(file.path, std::move(created), [&](const ByteSink& sink) {
      return read_file(view_, chunks_, file, [&](std::string_view bytes) -> Status {
        PURSER_TRY(sink(bytes));
        return meter_.bytes(bytes.size());
      });
    }));
    return meter_.file();
  }

 private:
  Status link(const TreeDonor& donor, std::span<const FileEntry> files, char* is_shared) {
    PURSER_ASSIGN(const std::vector<UniqueFd> found, donor.find_same(files));
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!found[i].valid()) continue;
      PURSER_ASSIGN(is_shared[i], tree_.link(files[i].path, found[i].get()));
      if (is_shared[i] != 0) PURSER_TRY(count(files[i]));
    }
    return {};
  }

  // Hashed is the clone.
  Status clone(const TreeDonor& donor, std::span<const FileEntry> files, char* is_shared) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      const UniqueFd found = donor.find(files[i]);
      if (!found.valid()) continue;
      PURSER_ASSIGN(is_shared[i], tree_.clone(files[i], found.get()));
      if (is_shared[i] != 0) PURSER_TRY(count(files[i]));
    }
    return {};
  }

  Status count(const FileEntry& file) {
    PURSER_TRY(meter_.bytes(file.size));
    return meter_.file();
  }

  TreeWriter& tree_;
  const View& view_;
  const ChunkStore& chunks_;
  Meter& meter_;
};

// Places in `files`, in the order in which their chunks lie: what is unpacked together is then used
// together. Each order is as good as any other, so what cannot be told is no error here.
std::vector<std::size_t> reading_order(const View& view, const ChunkStore& chunks,
                                       const std::vector<FileEntry>& files) {
  std::vector<std::pair<std::uint64_t, std::size_t>> order(files.size());
  Workers workers;
  (void)workers.run(workers_for(files.size()), [&](std::size_t) -> Status {
    for (std::size_t i = workers.next(); i < files.size(); i = workers.next()) {
      order[i] = {0, i};
      const auto list = find_chunk_list(view.rows, files[i].digest);
      if (!list || !*list || (*list)->chunks.empty()) continue;
      const auto place = chunks.reading_order((*list)->chunks.front().digest);
      if (place) order[i].first = *place;
    }
    return {};
  });
  std::sort(order.begin(), order.end());
  std::vector<std::size_t> places;
  places.reserve(files.size());
  for (const auto& [key, place] : order) places.push_back(place);
  return places;
}

Result<std::optional<TreeDonor>> open_donor(const MaterializeOptions& options) {
  if (options.link_from.empty()) {
    if (options.reflink) return InvalidArgument{"reflink", "needs a folder to share blocks with"};
    return std::optional<TreeDonor>();
  }
  PURSER_ASSIGN(TreeDonor donor, TreeDonor::open(options.link_from));
  return std::optional(std::move(donor));
}

std::uint64_t total_bytes(const std::vector<FileEntry>& files) {
  std::uint64_t total = 0;
  for (const FileEntry& file : files) total += file.size;
  return total;
}

}  // namespace

Result<MaterializeReport> materialize_files(const View& view, const ChunkStore& chunks,
                                            DeploymentId id, const std::string& directory,
                                            const MaterializeOptions& options,
                                            const ProgressCallback& progress) {
  PURSER_ASSIGN(std::vector<FileEntry> files, files_of(view, chunks, id));
  const std::size_t files_total = files.size();
  PURSER_TRY(check_is_here(view, id));
  PURSER_ASSIGN(const auto donor, open_donor(options));
  if (!options.current.empty()) PURSER_TRY(check_current_link(options.current));
  Meter meter(progress, files_total, total_bytes(files));
  PURSER_ASSIGN(TreeWriter tree, TreeWriter::begin(directory));
  Writer writer(tree, view, chunks, meter);
  if (donor) {
    PURSER_ASSIGN(files, writer.share(*donor, options.reflink, std::move(files)));
  }
  const std::vector<std::size_t> order = reading_order(view, chunks, files);
  std::vector<UniqueFd> created(files.size());
  TwoSteps steps(
      files.size(), [&](std::size_t i) { return writer.create(files[order[i]], created[i]); },
      [&](std::size_t i) { return writer.write(files[order[i]], std::move(created[i])); });
  PURSER_TRY(steps.run());
  PURSER_TRY(tree.commit());
  if (!options.current.empty()) PURSER_TRY(swing_current_link(options.current, directory));
  return MaterializeReport{files_total, meter.progress().bytes, files_total - files.size()};
}

}  // namespace purser
