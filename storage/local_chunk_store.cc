#include "local_chunk_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <set>

#include "beneath.h"
#include "check.h"
#include "hash.h"
#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr std::string_view kMagic = "PURSCHNK";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kHeaderBytes = 64;  // magic, format, reserved, length, SHA-256, XXH3-64
constexpr char kTemporary[] = "tmp";
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

std::string prefix_of(const Digest& digest) { return to_hex(digest).substr(0, 2); }

struct Header {
  std::uint64_t length = 0;
  Digest digest;
  std::uint64_t checksum = 0;
};

std::string encode_header(const Header& header) {
  std::string out(kMagic);
  WireWriter writer(out);
  writer(kFormat, std::uint32_t{0}, header.length, header.digest, header.checksum);
  return out;
}

// `stored` are the first bytes of the file of the chunk `digest`.
Result<Header> decode_header(std::string_view stored, const Digest& digest,
                             const std::string& where) {
  if (stored.size() != kHeaderBytes) return Corruption{where, "its header is cut short"};
  if (!stored.starts_with(kMagic)) return Corruption{where, "it does not begin like a chunk"};
  WireReader reader(stored.substr(kMagic.size()));
  std::uint32_t format = 0;
  std::uint32_t reserved = 0;
  Header header;
  reader(format, reserved, header.length, header.digest, header.checksum);
  if (format > kFormat) return UnsupportedVersion{where, format, kFormat};
  if (format == 0 || reserved != 0) return Corruption{where, "its format is unknown"};
  if (header.digest != digest) return Corruption{where, "it holds another chunk"};
  if (header.length == 0 || header.length > kStoredChunkBytesMax) {
    return Corruption{where, fmt::format("a length of {} bytes", header.length)};
  }
  return header;
}

// Why a chunk's file could not be opened: damage of the store, or trouble of this process.
Error open_error(const std::string& where, int error) {
  switch (error) {
    case ENOENT: return Corruption{where, "it is missing"};
    case ELOOP:
    case ENOTDIR:
    case ENXIO:
    case EXDEV: return Corruption{where, "it is no regular file"};
    default: return io_error("open", where, error);
  }
}

}  // namespace

class LocalChunkStore::LocalBatch final : public ChunkStore::Batch {
 public:
  LocalBatch(LocalChunkStore& store, UniqueFd watch) : store_(store), watch_(std::move(watch)) {}
  ~LocalBatch() override {
    for (const auto& [digest, staged] : staged_) {
      if (!staged.name.empty()) unlinkat(store_.temporary_.get(), staged.name.c_str(), 0);
    }
  }

  Result<bool> put(const Digest& digest, std::string_view bytes) override;
  Status commit() override;

 private:
  struct Staged {
    std::string name;  // in tmp/; empty once renamed
    UniqueFd fd;       // while there are few
  };
  Result<bool> found(const Digest& digest, std::string_view bytes) const;
  Status write(const std::string& name, int fd, const Header& header, std::string_view bytes);
  Status sync_files();
  Status rename_files();
  Status sync_directories();
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return fmt::format("{}/{}", store_.directory_, name);
  }

  LocalChunkStore& store_;
  // Open since the batch began: a failed write-back of any later write is reported to its syncfs,
  // although other batches may have been told already.
  const UniqueFd watch_;
  std::map<Digest, Staged> staged_;
  std::set<std::string> prefixes_;  // directories of all chunks that were put
};

// Reads what is there: a file that rotted under the chunk's name counts as not found, so that
// storing the same bytes again mends it.
Result<bool> LocalChunkStore::LocalBatch::found(const Digest& digest,
                                                std::string_view bytes) const {
  const Result<std::string> held = store_.get(digest);
  if (held) return *held == bytes;
  if (held.error().is<Corruption>()) return false;
  return held.error();
}

Result<bool> LocalChunkStore::LocalBatch::put(const Digest& digest, std::string_view bytes) {
  PURSER_CHECK(!bytes.empty() && bytes.size() <= kStoredChunkBytesMax, "chunk size");
  if (staged_.contains(digest)) return false;
  prefixes_.insert(prefix_of(digest));
  PURSER_ASSIGN(const bool is_found, found(digest, bytes));
  if (is_found) return false;
  const Header header{bytes.size(), digest, xxh3_64(bytes)};

  const std::string name = fmt::format("{:016x}", store_.next_name_.fetch_add(1));
  UniqueFd fd = open_beneath(store_.temporary_.get(), name, O_WRONLY | O_CREAT | O_EXCL, kFileMode);
  if (!fd.valid()) return io_error("create", path_of(name));
  Staged& staged = staged_[digest];
  staged.name = name;
  PURSER_TRY(write(name, fd.get(), header, bytes));
  staged.fd = std::move(fd);
  if (staged_.size() > kSingleSyncsMax) {  // the file system will be synced: no need of files
    for (auto& [other, file] : staged_) {
      if (const int error = file.fd.close(); error != 0) {
        return io_error("close", path_of(file.name), error);
      }
    }
  }
  return true;
}

Status LocalChunkStore::LocalBatch::write(const std::string& name, int fd, const Header& header,
                                          std::string_view bytes) {
  if (fchmod(fd, kFileMode) != 0) return io_error("set mode of", path_of(name));
  PURSER_TRY(write_all(fd, encode_header(header), path_of(name)));
  return write_all(fd, bytes, path_of(name));
}

Status LocalChunkStore::LocalBatch::commit() {
  if (store_.sync_failed_) return store_.sync_failure(store_.directory_);
  PURSER_TRY(sync_files());
  PURSER_TRY(rename_files());
  return sync_directories();
}

Status LocalChunkStore::LocalBatch::sync_files() {
  if (staged_.size() > kSingleSyncsMax) {
    if (store_.sync_.file_system(watch_.get()) != 0) return store_.sync_failure(store_.directory_);
    return {};
  }
  for (const auto& [digest, staged] : staged_) {
    if (store_.sync_.file(staged.fd.get()) != 0) return store_.sync_failure(path_of(staged.name));
  }
  return {};
}

Status LocalChunkStore::LocalBatch::rename_files() {
  for (auto& [digest, staged] : staged_) {
    const std::string prefix = prefix_of(digest);
    if (mkdirat(store_.root_.get(), prefix.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
      return io_error("create", path_of(prefix));
    }
    const UniqueFd directory = open_beneath(store_.root_.get(), prefix, O_RDONLY | O_DIRECTORY);
    if (!directory.valid()) return io_error("open", path_of(prefix));
    const std::string name = to_hex(digest);
    if (renameat(store_.temporary_.get(), staged.name.c_str(), directory.get(), name.c_str()) !=
        0) {
      return io_error("rename to", path_of(fmt::format("{}/{}", prefix, name)));
    }
    staged.name.clear();
  }
  return {};
}

// Also for chunks that were found: who renamed them may not have come to this point, or have died.
Status LocalChunkStore::LocalBatch::sync_directories() {
  if (prefixes_.empty()) return {};
  if (!store_.parent_synced_) {
    const UniqueFd parent(openat(store_.root_.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.valid()) return io_error("open", path_of(".."));
    if (store_.sync_.file(parent.get()) != 0) return store_.sync_failure(path_of(".."));
    store_.parent_synced_ = true;
  }
  if (prefixes_.size() > kSingleSyncsMax) {
    if (store_.sync_.file_system(watch_.get()) != 0) return store_.sync_failure(store_.directory_);
    return {};
  }
  for (const std::string& prefix : prefixes_) {
    const UniqueFd directory = open_beneath(store_.root_.get(), prefix, O_RDONLY | O_DIRECTORY);
    if (!directory.valid()) return io_error("open", path_of(prefix));
    if (store_.sync_.file(directory.get()) != 0) return store_.sync_failure(path_of(prefix));
  }
  if (store_.sync_.file(store_.root_.get()) != 0) return store_.sync_failure(store_.directory_);
  return {};
}

Result<std::unique_ptr<LocalChunkStore>> LocalChunkStore::open(const std::string& directory,
                                                               bool writable,
                                                               const SyncCalls& sync) {
  std::unique_ptr<LocalChunkStore> store(new LocalChunkStore(directory, writable, sync));
  if (writable && mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return io_error("create", directory);
  }
  store->root_ =
      UniqueFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!store->root_.valid()) return open_error(directory, errno);
  if (writable) PURSER_TRY(store->prepare_writing());
  return store;
}

Status LocalChunkStore::prepare_writing() {
  const std::string path = fmt::format("{}/{}", directory_, kTemporary);
  if (mkdirat(root_.get(), kTemporary, kDirectoryMode) != 0 && errno != EEXIST) {
    return io_error("create", path);
  }
  temporary_ = open_beneath(root_.get(), kTemporary, O_RDONLY | O_DIRECTORY);
  if (!temporary_.valid()) return io_error("open", path);
  PURSER_ASSIGN(const std::vector<std::string> stale, list_names(temporary_.get(), path));
  for (const std::string& name : stale) PURSER_TRY(remove_beneath(temporary_.get(), name));
  return {};
}

Result<std::unique_ptr<ChunkStore::Batch>> LocalChunkStore::begin() {
  if (!writable_) return ReadOnly{ReadOnlyReason::opened_read_only};
  if (sync_failed_) return sync_failure(directory_);
  UniqueFd watch = open_beneath(root_.get(), kTemporary, O_RDONLY | O_DIRECTORY);
  if (!watch.valid()) return io_error("open", directory_);
  return std::unique_ptr<Batch>(std::make_unique<LocalBatch>(*this, std::move(watch)));
}

Result<LocalChunkStore::OpenChunk> LocalChunkStore::open_chunk(const Digest& digest) const {
  const std::string where = "chunk " + to_hex(digest);
  OpenChunk chunk;
  chunk.fd = open_beneath(root_.get(), prefix_of(digest) + "/" + to_hex(digest),
                          O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!chunk.fd.valid()) return open_error(where, errno);
  struct stat info {};
  if (fstat(chunk.fd.get(), &info) != 0) return io_error("stat", where);
  if (!S_ISREG(info.st_mode)) return Corruption{where, "it is no regular file"};

  char buffer[kHeaderBytes];
  PURSER_ASSIGN(const std::size_t size, read_up_to(chunk.fd.get(), buffer, sizeof buffer, where));
  PURSER_ASSIGN(const Header header, decode_header({buffer, size}, digest, where));
  const auto expected = static_cast<off_t>(kHeaderBytes + header.length);
  if (info.st_size != expected) {
    return Corruption{where, fmt::format("its file has {} bytes, not {}", info.st_size, expected)};
  }
  chunk.length = header.length;
  chunk.checksum = header.checksum;
  return chunk;
}

Result<std::string> LocalChunkStore::get(const Digest& digest) const {
  PURSER_ASSIGN(const OpenChunk chunk, open_chunk(digest));
  const std::string where = "chunk " + to_hex(digest);
  std::string bytes(chunk.length, '\0');
  PURSER_ASSIGN(const std::size_t size,
                read_up_to(chunk.fd.get(), bytes.data(), bytes.size(), where));
  if (size != bytes.size()) return Corruption{where, "it is cut short"};
  if (xxh3_64(bytes) != chunk.checksum) return Corruption{where, "its checksum is wrong"};
  return bytes;
}

Error LocalChunkStore::sync_failure(std::string_view path) {
  const int error = std::exchange(errno, 0);
  if (sync_failed_.exchange(true)) {
    return Io{"write", std::string(path), "an earlier sync failed; open the ledger again"};
  }
  return io_error("sync", path, error);
}

}  // namespace purser
