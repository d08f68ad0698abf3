#include "intake.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "descriptor.h"
#include "interruptible.h"
#include "progress_bar.h"

namespace purser::tools {
namespace {

Error failure(const char* operation, const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) return NotFound{std::nullopt, "'" + path + "'"};
  return Io{operation, path, std::generic_category().message(error)};
}

bool same_state(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// The bytes of a regular file; an error at their end where it changed meanwhile.
ByteSource unchanging(int fd, const std::string& path, const struct stat& before) {
  return [=, source = interruptible(fd, path), total = std::uint64_t{0}](
             char* buffer, std::size_t size) mutable -> Result<std::size_t> {
    const Result<std::size_t> count = source(buffer, size);
    if (!count) return count;
    total += *count;
    if (*count > 0) return count;
    struct stat after {};
    if (::fstat(fd, &after) != 0) return failure("stat", path, errno);
    if (!same_state(before, after) || total != static_cast<std::uint64_t>(before.st_size)) {
      return Io{"read", path, "the file changed while it was read"};
    }
    return count;
  };
}

Result<StoreReport> take_in_file(Ledger& ledger, DeploymentId id, const std::string& path,
                                 const std::string& name) {
  // Without O_NONBLOCK, a FIFO put in the file's place would hold us up for ever.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return failure("open", path, errno);
  struct stat before {};
  if (::fstat(file.get(), &before) != 0) return failure("stat", path, errno);
  if (!S_ISREG(before.st_mode)) return InvalidPath{path, "neither a regular file nor a folder"};
  return ledger.store_stream(id, name, unchanging(file.get(), path, before),
                             {(before.st_mode & S_IXUSR) != 0});
}

Result<StoreReport> take_in_standard_input(Ledger& ledger, DeploymentId id,
                                           const std::optional<std::string>& name) {
  if (!name) return InvalidArgument{"--as", "standard input needs a name; give --as NAME"};
  const InterruptScope interrupts;
  return ledger.store_stream(id, *name, interruptible(STDIN_FILENO, "standard input"));
}

std::string last_segment(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<SourceKind> inspect_source(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return failure("stat", path, errno);
  if (S_ISLNK(info.st_mode)) return InvalidPath{path, "a symbolic link; name what it points at"};
  if (S_ISDIR(info.st_mode)) return SourceKind::folder;
  if (S_ISREG(info.st_mode)) return SourceKind::file;
  return InvalidPath{path, "neither a regular file nor a folder"};
}

Result<StoreReport> take_in(Ledger& ledger, DeploymentId id, const std::string& path,
                            const std::optional<std::string>& name,
                            const StoreTreeOptions& options) {
  const bool is_input = path == "-";
  const auto kind = is_input ? Result<SourceKind>(SourceKind::file) : inspect_source(path);
  if (!kind) return kind.error();
  if (*kind == SourceKind::file && options.trust_mtime) {
    return InvalidArgument{"--trust-mtime", "is for the files of a folder"};
  }
  if (is_input) return take_in_standard_input(ledger, id, name);
  if (*kind == SourceKind::file) {
    const InterruptScope interrupts;
    return take_in_file(ledger, id, path, name.value_or(last_segment(path)));
  }
  if (name) return InvalidArgument{"--as", "names one file, and PATH is a folder"};
  ProgressBar bar("storing");
  return ledger.store_tree(id, path, options, bar.callback());
}

}  // namespace purser::tools
