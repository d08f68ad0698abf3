#include "staging.h"

#include <memory>
#include <utility>

#include "artifact_path.h"
#include "chunk_lists.h"
#include "hash.h"
#include "meter.h"
#include "parallel.h"
#include "tree_reader.h"
#include "try.h"

namespace purser {
namespace {

// A file up to this length is read as a whole: if its bytes are known it need not be cut.
constexpr std::uint64_t kWholeReadMax = std::uint64_t{8} << 20;

// What becomes of one file.
struct Staged {
  StoredContent content;
  bool known = false;  // its chunk list is a row already
};

void add_file(StagedFiles& files, FileEntry entry, Staged staged) {
  StoredContent& content = staged.content;
  files.report.files += 1;
  files.report.bytes += content.list.size;
  files.report.new_bytes += content.new_bytes;
  entry.size = content.list.size;
  entry.digest = content.digest;
  StagedFile file{std::move(entry), std::nullopt};
  if (!staged.known) file.chunks = std::move(content.list);
  files.files.push_back(std::move(file));
}

// One thread's share of a tree.
class TreeStager {
 public:
  TreeStager(const TreeReader& tree, const RowReader& rows, ChunkStore::Batch& batch, Meter& meter)
      : tree_(tree), rows_(rows), batch_(batch), meter_(meter) {}

  Result<Staged> stage(const TreeFile& file) {
    auto staged = file.size <= kWholeReadMax ? stage_whole(file) : stage_in_parts(file);
    if (staged) PURSER_TRY(meter_.file());
    return staged;
  }

 private:
  Result<Staged> stage_whole(const TreeFile& file) {
    PURSER_ASSIGN(const std::string_view bytes, tree_.read_whole(file, room_.get()));
    PURSER_TRY(meter_.bytes(bytes.size()));
    const Digest digest = sha256(bytes);
    PURSER_ASSIGN(auto list, find_chunk_list(rows_, digest));
    if (list) return Staged{{digest, *std::move(list), 0}, true};
    PURSER_ASSIGN(StoredContent content, put_content(batch_, digest, bytes));
    return Staged{std::move(content), false};
  }

  Result<Staged> stage_in_parts(const TreeFile& file) {
    ContentWriter content(batch_);
    PURSER_TRY(tree_.read(file, [&](std::string_view part) -> Status {
      PURSER_TRY(content.write(part));
      return meter_.bytes(part.size());
    }));
    PURSER_ASSIGN(StoredContent stored, content.finish());
    return Staged{std::move(stored), false};
  }

  const TreeReader& tree_;
  const RowReader& rows_;
  ChunkStore::Batch& batch_;
  Meter& meter_;
  // For the file at hand. Only as much of it becomes memory as the largest file needs.
  std::unique_ptr<char[]> room_ = std::make_unique_for_overwrite<char[]>(kWholeReadMax);
};

}  // namespace

Result<StagedFiles> stage_bytes(ChunkStore& chunks, std::string_view path, std::string_view bytes,
                                bool executable) {
  PURSER_TRY(check_artifact_path(path));
  PURSER_ASSIGN(const auto batch, chunks.begin());
  PURSER_ASSIGN(StoredContent content, put_content(*batch, sha256(bytes), bytes));
  PURSER_TRY(batch->commit());
  StagedFiles staged;
  add_file(staged, {std::string(path), executable, 0, {}}, {std::move(content), false});
  return staged;
}

Result<StagedFiles> stage_tree(ChunkStore& chunks, const RowReader& rows,
                               const std::string& directory, const ProgressCallback& progress) {
  PURSER_ASSIGN(const TreeReader tree, TreeReader::open(directory));
  const std::vector<TreeFile>& files = tree.files();
  std::uint64_t bytes_total = 0;
  for (const TreeFile& file : files) bytes_total += file.size;
  Meter meter(progress, files.size(), bytes_total);
  std::vector<Staged> contents(files.size());
  Workers workers;
  PURSER_TRY(workers.run(workers_for(files.size()), [&](std::size_t) -> Status {
    PURSER_ASSIGN(const auto batch, chunks.begin());
    TreeStager stager(tree, rows, *batch, meter);
    for (std::size_t i = workers.next(); i < files.size(); i = workers.next()) {
      if (workers.stopped()) return {};
      PURSER_ASSIGN(contents[i], stager.stage(files[i]));
    }
    return batch->commit();
  }));
  StagedFiles staged;
  staged.files.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    add_file(staged, {files[i].path, files[i].executable, 0, {}}, std::move(contents[i]));
  }
  return staged;
}

}  // namespace purser
