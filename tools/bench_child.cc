#include "bench_child.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>

#include "interrupt.h"

namespace purser::tools {
namespace {

constexpr std::size_t kComplaintBytes = 400;  // as much of it as is told
constexpr int kNotStarted = 127;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

[[noreturn]] void be_child(int complaints, const std::function<int()>& work) {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(complaints, STDERR_FILENO);
  ::_exit(work());
}

// Waits for the end. Whoever stops the measurement stops the step as well.
Result<rusage> wait_for(pid_t child, const std::string& name, int complaints) {
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return Io{"wait for", name, std::generic_category().message(errno)};
    if (interrupted()) ::kill(child, SIGTERM);
  }
  if (interrupted()) return Cancelled{};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return usage;
  return Io{"run", name, read_complaint(complaints)};
}

}  // namespace

std::string read_complaint(int fd) {
  std::string text(kComplaintBytes, '\0');
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t begin = text.find_first_not_of(" \n");
  const std::size_t end = text.find_last_not_of(" \n");
  return begin == std::string::npos ? "it ended without a word"
                                    : text.substr(begin, end + 1 - begin);
}

Result<BenchCost> run_child(const std::string& name, const std::function<int()>& work) {
  if (interrupted()) return Cancelled{};
  const int complaints = ::memfd_create("complaints", MFD_CLOEXEC);
  if (complaints < 0) return Io{"run", name, std::generic_category().message(errno)};
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) be_child(complaints, work);
  const int error = errno;
  const Result<rusage> usage = child > 0 ? wait_for(child, name, complaints)
                                         : Io{"run", name, std::generic_category().message(error)};
  const auto end = std::chrono::steady_clock::now();
  ::close(complaints);
  if (!usage) return usage.error();
  return BenchCost{std::chrono::duration<double>(end - start).count(),
                   seconds_of(usage->ru_utime) + seconds_of(usage->ru_stime),
                   static_cast<std::uint64_t>(usage->ru_maxrss) << 10};
}

Result<BenchCost> run_words(const std::string& name, std::vector<std::string> words) {
  return run_child(name, [&words] {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    return kNotStarted;
  });
}

}  // namespace purser::tools
