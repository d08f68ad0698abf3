#include "materialize.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "chunk_lists.h"
#include "current_link.h"
#include "deployments.h"
#include "file_bytes.h"
#include "files.h"
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

// Writes the files of one deployment, each in two steps: it is created, then it gets its bytes.
class Writer {
 public:
  Writer(TreeWriter& tree, const View& view, const ChunkStore& chunks,
         const std::optional<TreeDonor>& donor, bool reflink, Meter& meter)
      : tree_(tree),
        view_(view),
        chunks_(chunks),
        donor_(donor),
        reflink_(reflink),
        meter_(meter) {}

  // What may be shared is created in the second step, where that has turned out.
  Status create(const FileEntry& file, UniqueFd& created) {
    if (donor_) return {};
    PURSER_ASSIGN(created, tree_.create(file.path, file.executable));
    return {};
  }

  Status write(const FileEntry& file, UniqueFd created) {
    PURSER_ASSIGN(const bool is_shared, share(file));
    if (is_shared) {
      ++shared_;
      PURSER_TRY(meter_.bytes(file.size));
    } else {
      if (!created.valid()) {
        PURSER_ASSIGN(created, tree_.create(file.path, file.executable));
      }
      PURSER_TRY(write_bytes(file, std::move(created)));
    }
    return meter_.file();
  }

  [[nodiscard]] std::uint64_t shared_files() const { return shared_; }

 private:
  // Takes the file from the donor if that has it.
  Result<bool> share(const FileEntry& file) {
    if (!donor_) return false;
    const UniqueFd found = donor_->find(file);
    if (!found.valid()) return false;
    if (reflink_) return tree_.clone(file, found.get());
    PURSER_ASSIGN(const bool same, has_bytes_of(found.get(), file, file.path));
    if (!same) return false;
    return tree_.link(file.path, found.get());
  }

  Status write_bytes(const FileEntry& file, UniqueFd created) {
    return tree_.fill(file.path, std::move(created), [&](const ByteSink& sink) {
      return read_file(view_, chunks_, file, [&](std::string_view bytes) -> Status {
        PURSER_TRY(sink(bytes));
        return meter_.bytes(bytes.size());
      });
    });
  }

  TreeWriter& tree_;
  const View& view_;
  const ChunkStore& chunks_;
  const std::optional<TreeDonor>& donor_;
  const bool reflink_;
  Meter& meter_;
  std::atomic<std::uint64_t> shared_ = 0;
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
  PURSER_ASSIGN(const std::vector<FileEntry> files, files_of(view, chunks, id));
  PURSER_TRY(check_is_here(view, id));
  PURSER_ASSIGN(const auto donor, open_donor(options));
  if (!options.current.empty()) PURSER_TRY(check_current_link(options.current));
  Meter meter(progress, files.size(), total_bytes(files));
  PURSER_ASSIGN(TreeWriter tree, TreeWriter::begin(directory));
  Writer writer(tree, view, chunks, donor, options.reflink, meter);
  const std::vector<std::size_t> order = reading_order(view, chunks, files);
  std::vector<UniqueFd> created(files.size());
  TwoSteps steps(
      files.size(), [&](std::size_t i) { return writer.create(files[order[i]], created[i]); },
      [&](std::size_t i) { return writer.write(files[order[i]], std::move(created[i])); });
  PURSER_TRY(steps.run());
  PURSER_TRY(tree.commit());
  if (!options.current.empty()) PURSER_TRY(swing_current_link(options.current, directory));
  return MaterializeReport{meter.progress().files, meter.progress().bytes, writer.shared_files()};
}

}  // namespace purser
