#include "scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "scratch_ledger.h"

namespace purser::peers {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void fail_by_errno(std::string_view what) {
  bench::fail(what, std::system_category().message(errno));
}

Scratch::Scratch(const std::string& parent)
    : path_((std::filesystem::absolute(parent) / "purser-peers-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) fail_by_errno("mkdtemp " + path_);
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void settle_disk(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || ::syncfs(fd) != 0) fail_by_errno("syncfs " + directory);
  ::close(fd);
}

void settle_process() {
  constexpr int kLooksMax = 240;
  constexpr double kIdleSeconds = 0.005;
  for (int look = 0; look < kLooksMax; ++look) {
    const double before = cpu_seconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    if (cpu_seconds() - before < kIdleSeconds) return;
  }
}

void copy_directory(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, error);
  if (error) bench::fail("copy " + from, error.message());
}

}  // namespace purser::peers
