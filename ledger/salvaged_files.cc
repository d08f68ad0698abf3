#include "salvaged_files.h"

#include <optional>
#include <utility>

#include "chunk_check.h"
#include "chunk_lists.h"
#include "manifest.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kListsOfOneWrite = 1024;
constexpr std::uint64_t kBytesOfOneWrite = std::uint64_t{64} << 20;

}  // namespace

Result<std::string> SalvagedFiles::copy(const FileEntry& file) {
  if (copied_.contains(file.digest)) return std::string();
  if (const auto lost = lost_.find(file.digest); lost != lost_.end()) return lost->second;
  Status copied = try_to_copy(file);
  if (copied) return std::string();
  if (!copied.error().is<Corruption>()) return std::move(copied).error();
  return lost_.emplace(file.digest, copied.error().cause()).first->second;
}

Result<SalvagedFiles::Manifest> SalvagedFiles::copy_manifest(const Digest& digest) {
  const std::string where = "manifest " + to_hex(digest);
  const auto read = [&]() -> Result<std::pair<FileEntry, std::vector<FileEntry>>> {
    PURSER_ASSIGN(const ChunkList list, list_of(digest));
    PURSER_TRY(check_held(list));
    PURSER_ASSIGN(const std::string text, read_content(source_, list));
    if (sha256(text) != digest) return Corruption{where, "its SHA-256 differs"};
    PURSER_ASSIGN(auto files, decode_manifest(text, where));
    return std::pair(FileEntry{{}, false, text.size(), digest}, std::move(files));
  };
  auto found = read();
  if (!found) {
    const bool is_damage = found.error().is<Corruption>() || found.error().is<LimitExceeded>();
    if (!is_damage) return std::move(found).error();
    return Manifest{{}, found.error().cause()};
  }
  PURSER_ASSIGN(std::string wrong, copy(found->first));
  return Manifest{std::move(found->second), std::move(wrong)};
}

Status SalvagedFiles::flush() {
  if (batch_) PURSER_TRY(batch_->commit());
  if (!changes_.empty()) PURSER_TRY(rows_.write(changes_));
  changes_.clear();
  batch_.reset();
  batch_bytes_ = 0;
  return {};
}

// As the rows have it; or, where none is whole, as the file's one chunk says it.
Result<ChunkList> SalvagedFiles::list_of(const Digest& file) const {
  Result<ChunkList> list = read_chunk_list(lists_, file);
  if (list || !list.error().is<Corruption>()) return list;
  if (auto derived = derive_list(source_, file)) return *std::move(derived);
  return list;
}

// So that chunks are not copied of a file that is not all there.
Status SalvagedFiles::check_held(const ChunkList& list) const {
  for (const ChunkRef& chunk : list.chunks) {
    PURSER_ASSIGN(const bool held, source_.holds(chunk.digest));
    if (!held) return Corruption{"chunk " + to_hex(chunk.digest), "it is in no pack"};
  }
  return {};
}

Status SalvagedFiles::try_to_copy(const FileEntry& file) {
  PURSER_ASSIGN(const ChunkList list, list_of(file.digest));
  if (list.size != file.size) {
    return Corruption{"chunk list " + to_hex(file.digest), "its size differs from the file's"};
  }
  PURSER_TRY(check_held(list));
  PURSER_TRY(copy_chunks(file.digest, list));
  put_chunk_list(changes_, file.digest, list);
  copied_.insert(file.digest);
  ++files_;
  bytes_ += file.size;
  const bool is_full = changes_.size() >= kListsOfOneWrite || batch_bytes_ >= kBytesOfOneWrite;
  return is_full ? flush() : Status();
}

Status SalvagedFiles::copy_chunks(const Digest& file, const ChunkList& list) {
  if (!batch_) {
    PURSER_ASSIGN(batch_, target_.begin());
  }
  Sha256 whole;
  for (const ChunkRef& ref : list.chunks) {
    PURSER_ASSIGN(const std::string chunk, source_.get(ref.digest));
    if (chunk.size() != ref.length || sha256(chunk) != ref.digest) {
      return Corruption{"chunk " + to_hex(ref.digest), "it is not what it is named after"};
    }
    whole.update(chunk);
    PURSER_TRY(batch_->put(ref.digest, chunk));
    batch_bytes_ += chunk.size();
  }
  if (whole.finish() == file) return {};
  return Corruption{"file " + to_hex(file), "its SHA-256 differs"};
}

}  // namespace purser
