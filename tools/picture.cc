#include "picture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "gnuplot.h"

namespace purser::tools {
namespace {

constexpr const char* kSvg =
    "set terminal svg size 820,760 background '#ffffff' font 'sans-serif,14'\n";
constexpr const char* kPng = "set terminal pngcairo size 1230,1140 font 'sans-serif,16' lw 1.5\n";

Io picture_trouble(const char* operation, const std::string& path) {
  return Io{operation, path, std::generic_category().message(errno)};
}

// Opens `path` for writing and closes it; gives errno from either, or what `use` gives.
template <class Use>
Status with_new_file(const std::string& path, int flags, Use use) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (fd < 0) return picture_trouble("create", path);
  Status used = use(fd);
  if (::close(fd) != 0 && used) return picture_trouble("write", path);
  return used;
}

}  // namespace

std::string picture_head(const std::string& file) {
  return fmt::format("set encoding utf8\n{}", file.ends_with(".svg") ? kSvg : kPng);
}

Result<Picture> Picture::begin(const std::string& option, const std::string& file) {
  if (!file.ends_with(".svg") && !file.ends_with(".png")) {
    return InvalidArgument{option, fmt::format("'{}' ends neither in .svg nor in .png", file)};
  }
  Picture picture(file);
  const Status usable = with_new_file(picture.unfinished_, O_CREAT | O_EXCL,
                                      [](int fd) { return run_gnuplot("exit\n", fd); });
  if (!usable) return usable.error();
  return picture;
}

Picture::Picture(std::string file)
    : file_(std::move(file)), unfinished_(fmt::format("{}.{}.part", file_, ::getpid())) {}

Picture::Picture(Picture&& other) noexcept
    : file_(std::move(other.file_)), unfinished_(std::exchange(other.unfinished_, {})) {}

Picture::~Picture() {
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

Status Picture::draw(const std::string& script) {
  Status drawn = with_new_file(
      unfinished_, O_TRUNC, [&](int fd) { return run_gnuplot(picture_head(file_) + script, fd); });
  if (!drawn) return drawn;
  if (::rename(unfinished_.c_str(), file_.c_str()) != 0) return picture_trouble("create", file_);
  unfinished_.clear();
  return {};
}

}  // namespace purser::tools
