#include "faults/writes/bad_disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace purser::faults {
namespace {

std::string path_of(int fd) {
  char name[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), name, sizeof name);
  return size > 0 ? std::string(name, static_cast<std::size_t>(size)) : std::string();
}

bool is_read_only(int fd) { return (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY; }

bool is_folder(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

std::string_view to_string(Part part) {
  constexpr std::array<std::string_view, 6> kNames{"log",    "tables",  "packs",
                                                   "anchor", "folders", "others"};
  return kNames[static_cast<std::size_t>(part)];
}

std::string describe(const Fault& fault) {
  constexpr std::array<std::string_view, 3> kWhen{"before", "after", "half-way through"};
  return fmt::format("{} {} call {}{}", fault.error == ENOSPC ? "ENOSPC" : "EIO",
                     kWhen[static_cast<std::size_t>(fault.when)], fault.call,
                     !fault.stays       ? ""
                     : fault.everywhere ? " and all that follow"
                                        : " and those that follow for the same part");
}

BadDisk::BadDisk(std::string folder, const Fault& fault)
    : folder_(std::move(folder)), fault_(fault) {
  handle_file_calls(this);
}

BadDisk::~BadDisk() { handle_file_calls(nullptr); }

std::optional<Refused> BadDisk::refused() const {
  return has_refused_ ? std::optional(first_) : std::nullopt;
}

long BadDisk::handle(FileCall& call, const Go& go) {
  const auto part = part_of(call);
  if (!part) return go();
  if (++calls_ == fault_.call) {
    first_ = {*part, call.kind};
    has_refused_ = true;
    return healed_ ? go() : refuse(call, go, *part, true);
  }
  return is_refused(*part) ? refuse(call, go, *part, false) : go();
}

bool BadDisk::is_refused(Part part) const {
  return has_refused_ && !healed_ && fault_.stays && (fault_.everywhere || part == first_.part);
}

// What a descriptor is of which an error is told is closed all the same.
long BadDisk::refuse(FileCall& call, const Go& go, Part part, bool is_first) {
  if (part == Part::anchor) refused_anchor_ = true;
  const When when = is_first ? fault_.when : When::before;
  if (when == When::half_way && call.kind == FileCall::Kind::write && call.bytes.size() > 1) {
    call.bytes = call.bytes.substr(0, call.bytes.size() / 2);
    return go();
  }
  if (when == When::after || call.kind == FileCall::Kind::close) {
    const long done = go();
    if (call.kind == FileCall::Kind::create && done >= 0) ::close(static_cast<int>(done));
  }
  errno = fault_.error;
  return -1;
}

std::optional<Part> BadDisk::part_of(const FileCall& call) const {
  // What was read is not lost with an error of closing.
  if (call.kind == FileCall::Kind::close && is_read_only(call.fd)) return std::nullopt;
  const std::string path = call.path.empty() ? path_of(call.fd) : call.path;
  if (!path.starts_with(folder_)) return std::nullopt;
  if (call.kind == FileCall::Kind::make_folder || call.kind == FileCall::Kind::remove_folder ||
      (call.path.empty() && is_folder(call.fd))) {
    return Part::folders;
  }
  const std::string_view name = std::string_view(path).substr(folder_.size());
  if (name.find(".pack") != name.npos) return Part::packs;
  if (name.find("/anchor") != name.npos) return Part::anchor;
  if (name.find("/db/") == name.npos) return Part::others;
  return name.find(".log") != name.npos ? Part::log : Part::tables;
}

}  // namespace purser::faults
