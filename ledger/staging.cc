#include "staging.h"

#include <memory>
#include <utility>

#include "artifact_path.h"
#include "check.h"
#include "chunk_lists.h"
#include "hash.h"
#include "meter.h"
#include "parallel.h"
#include "seen_files.h"
#include "tree_reader.h"
#include "try.h"

namespace purser {
namespace {

// A file up to this length is read as a whole: if its bytes are known it need not be cut.
constexpr std::uint64_t kWholeReadMax = std::uint64_t{8} << 20;
constexpr std::size_t kStreamBlockBytes = std::size_t{1} << 20;

// What becomes of one file.
struct Staged {
  StoredContent content;
  bool known = false;    // its chunk list is a row already
  bool trusted = false;  // and it was not read
};

void add_file(StagedFiles& files, FileEntry entry, Staged staged) {
  StoredContent& content = staged.content;
  files.report.files += 1;
  files.report.bytes += content.list.size;
  files.report.new_bytes += content.new_bytes;
  if (staged.trusted) files.report.trusted_files += 1;
  entry.size = content.list.size;
  entry.digest = content.digest;
  files.files.push_back({std::move(entry), std::move(content.list), staged.known});
}

// As much of `source` as `block` holds; less only at its end. A pipe gives little at a time.
Result<std::size_t> fill(const ByteSource& source, std::string& block) {
  std::size_t size = 0;
  while (size < block.size()) {
    const std::size_t room = block.size() - size;
    PURSER_ASSIGN(const std::size_t count, source(block.data() + size, room));
    PURSER_CHECK(count <= room, "a source gave more than it was asked for");
    if (count == 0) break;
    size += count;
  }
  return size;
}

// One thread's share of a tree.
class TreeStager {
 public:
  TreeStager(const TreeReader& tree, const RowReader& rows, const std::optional<SeenBefore>& seen,
             ChunkStore::Batch& batch, Meter& meter)
      : tree_(tree), rows_(rows), seen_(seen), batch_(batch), meter_(meter) {}

  Result<Staged> stage(const TreeFile& file) {
    PURSER_ASSIGN(auto staged, find_trusted(file));
    if (!staged) {
      PURSER_ASSIGN(staged, file.size <= kWholeReadMax ? stage_whole(file) : stage_in_parts(file));
    }
    PURSER_TRY(meter_.file());
    return *std::move(staged);
  }

 private:
  Result<std::optional<Staged>> find_trusted(const TreeFile& file) {
    if (!seen_) return std::optional<Staged>();
    PURSER_ASSIGN(const auto digest, find_seen_file(rows_, seen_->owner, file));
    if (!digest) return std::optional<Staged>();
    PURSER_ASSIGN(auto list, find_chunk_list(rows_, *digest));
    if (!list || list->size != file.size) return std::optional<Staged>();
    PURSER_ASSIGN(const bool held, hold_all(*list));
    if (!held) return std::optional<Staged>();
    PURSER_TRY(meter_.bytes(file.size));
    return std::optional(Staged{{*digest, *std::move(list), 0}, true, true});
  }

  Result<Staged> stage_whole(const TreeFile& file) {
    PURSER_ASSIGN(const std::string_view bytes, tree_.read_whole(file, room_.get()));
    PURSER_TRY(meter_.bytes(bytes.size()));
    const Digest digest = sha256(bytes);
    PURSER_ASSIGN(auto list, find_chunk_list(rows_, digest));
    if (list) {
      PURSER_ASSIGN(const bool held, hold_all(*list));
      if (held) return Staged{{digest, *std::move(list), 0}, true};
    }
    PURSER_ASSIGN(StoredContent content, put_content(batch_, digest, bytes));
    return Staged{std::move(content)};
  }

  // False: the file was collected in between.
  Result<bool> hold_all(const ChunkList& list) {
    for (const ChunkRef& chunk : list.chunks) {
      PURSER_ASSIGN(const bool held, batch_.hold(chunk.digest));
      if (!held) return false;
    }
    return true;
  }

  Result<Staged> stage_in_parts(const TreeFile& file) {
    ContentWriter content(batch_);
    PURSER_TRY(tree_.read(file, [&](std::string_view part) -> Status {
      PURSER_TRY(content.write(part));
      return meter_.bytes(part.size());
    }));
    PURSER_ASSIGN(StoredContent stored, content.finish());
    return Staged{std::move(stored)};
  }

  const TreeReader& tree_;
  const RowReader& rows_;
  const std::optional<SeenBefore>& seen_;
  ChunkStore::Batch& batch_;
  Meter& meter_;
  // For the file at hand. Only as much of it becomes memory as the largest file needs.
  std::unique_ptr<char[]> room_ = std::make_unique_for_overwrite<char[]>(kWholeReadMax);
};

// What is to be remembered of `files`, which had `contents`.
Result<WriteSet> note_seen(const RowReader& rows, const SeenBefore& seen,
                           const std::vector<TreeFile>& files,
                           const std::vector<Staged>& contents) {
  WriteSet changes;
  std::vector<std::string_view> kept;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!is_settled(files[i], seen.begun.unix_us * 1000)) continue;
    kept.push_back(files[i].path);
    if (contents[i].trusted) continue;  // noted as it is
    put_seen_file(changes, seen.owner, files[i], contents[i].content.digest);
  }
  PURSER_TRY(erase_other_seen_files(changes, rows, seen.owner, kept));
  return changes;
}

}  // namespace

Result<StagedFiles> stage_bytes(ChunkStore& chunks, std::string_view path, std::string_view bytes,
                                bool executable) {
  PURSER_TRY(check_artifact_path(path));
  PURSER_ASSIGN(auto batch, chunks.begin());
  PURSER_ASSIGN(StoredContent content, put_content(*batch, sha256(bytes), bytes));
  PURSER_TRY(batch->commit());
  StagedFiles staged;
  staged.batches.push_back(std::move(batch));
  add_file(staged, {std::string(path), executable, 0, {}}, {std::move(content)});
  return staged;
}

Result<StagedFiles> stage_stream(ChunkStore& chunks, std::string_view path,
                                 const ByteSource& source, bool executable) {
  PURSER_TRY(check_artifact_path(path));
  PURSER_ASSIGN(auto batch, chunks.begin());
  ContentWriter writer(*batch);
  std::string block(kStreamBlockBytes, '\0');
  std::size_t size = 0;
  do {
    PURSER_ASSIGN(size, fill(source, block));
    PURSER_TRY(writer.write(std::string_view(block).substr(0, size)));
  } while (size == block.size());
  PURSER_ASSIGN(StoredContent content, writer.finish());
  PURSER_TRY(batch->commit());
  StagedFiles staged;
  staged.batches.push_back(std::move(batch));
  add_file(staged, {std::string(path), executable, 0, {}}, {std::move(content)});
  return staged;
}

// Batches begin before the rows are looked at: what is known by those is held from then on.
Result<StagedFiles> stage_tree(ChunkStore& chunks, const Store& store, const FileNotes& notes,
                               const std::string& directory, const std::optional<SeenBefore>& seen,
                               const ProgressCallback& progress) {
  PURSER_ASSIGN(const TreeReader tree, TreeReader::open(directory));
  const std::vector<TreeFile>& files = tree.files();
  std::uint64_t bytes_total = 0;
  for (const TreeFile& file : files) bytes_total += file.size;
  Meter meter(progress, files.size(), bytes_total);
  std::vector<Staged> contents(files.size());
  StagedFiles staged;
  staged.erasures = notes.erasures();
  for (std::size_t i = 0; i < workers_for(files.size()); ++i) {
    PURSER_ASSIGN(auto batch, chunks.begin());
    staged.batches.push_back(std::move(batch));
  }
  const std::unique_ptr<RowReader> rows = store.snapshot();
  Workers workers;
  PURSER_TRY(workers.run(staged.batches.size(), [&](std::size_t worker) -> Status {
    ChunkStore::Batch& batch = *staged.batches[worker];
    TreeStager stager(tree, *rows, seen, batch, meter);
    for (std::size_t i = workers.next(); i < files.size(); i = workers.next()) {
      if (workers.stopped()) return {};
      PURSER_ASSIGN(contents[i], stager.stage(files[i]));
    }
    return batch.commit();
  }));
  if (seen) {
    PURSER_ASSIGN(staged.seen, note_seen(*rows, *seen, files, contents));
  }
  staged.files.reserve(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    add_file(staged, {files[i].path, files[i].executable, 0, {}}, std::move(contents[i]));
  }
  return staged;
}

}  // namespace purser
