#include "child.h"

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "interrupt.h"
#include "output.h"

namespace purser::tools {
namespace {

constexpr int kPollMs = 100;

Error io(std::string operation, std::string path, int error) {
  return Io{std::move(operation), std::move(path), std::generic_category().message(error)};
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// Ours, but for the names that the child gets anew.
std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> all = added;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string_view entry = *one;
    const std::string_view name = entry.substr(0, entry.find('=') + 1);
    const bool replaced = std::any_of(added.begin(), added.end(), [&](const std::string& other) {
      return other.starts_with(name);
    });
    if (!replaced) all.emplace_back(entry);
  }
  return all;
}

Result<pid_t> start(const Child& child) {
  std::vector<std::string> words = child.words;
  std::vector<std::string> environment = environment_with(child.environment);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (child.input >= 0) posix_spawn_file_actions_adddup2(&actions, child.input, STDIN_FILENO);
  if (child.output >= 0) posix_spawn_file_actions_adddup2(&actions, child.output, STDOUT_FILENO);
  // We ignore SIGPIPE, which it would inherit.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, words.front().c_str(), &actions, &attributes,
                                 pointers(words).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return io("run", child.words.front(), error);
  return pid;
}

// Until it has ended or a signal asks us to stop; that is looked for now and then, because one that
// comes between two looks interrupts no call.
void await(pid_t pid) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return;  // then waiting for it takes as long as it takes
  pollfd ended{fd, POLLIN, 0};
  bool told = false;
  while (::poll(&ended, 1, kPollMs) <= 0) {
    if (!interrupted() || told) continue;
    ::kill(pid, SIGTERM);
    told = true;
  }
  ::close(fd);
}

}  // namespace

Result<HeldBytes> HeldBytes::hold(std::string_view bytes) {
  // Not closed in the child, which opens it by its number.
  const int fd = ::memfd_create("purser", 0);
  if (fd < 0) return io("create", "a file in memory", errno);
  HeldBytes held(fd);
  if (const int error = write_fully(fd, bytes); error != 0) {
    return io("write", "a file in memory", error);
  }
  if (::lseek(fd, 0, SEEK_SET) != 0) return io("seek", "a file in memory", errno);
  return held;
}

HeldBytes::~HeldBytes() {
  if (fd_ >= 0) ::close(fd_);
}

std::string HeldBytes::path() const { return fmt::format("/dev/fd/{}", fd_); }

Result<std::string> HeldBytes::read() const {
  std::string bytes;
  char buffer[16384];
  while (true) {
    const ssize_t got = ::pread(fd_, buffer, sizeof buffer, static_cast<off_t>(bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io("read", "a file in memory", errno);
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
}

Result<int> run_child(const Child& child) {
  auto pid = start(child);
  if (!pid) return pid.error();
  await(*pid);
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return io("wait for", child.words.front(), errno);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<std::vector<std::string>> split_words(std::string_view what, std::string_view line) {
  if (line.find_first_of("'\"\\") != std::string_view::npos) {
    return InvalidArgument{std::string(what),
                           "no shell reads it, so quotes and backslashes have no meaning; put the "
                           "command into a script"};
  }
  std::vector<std::string> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\n"), line.size()));
    if (line.empty()) break;
    const std::size_t end = std::min(line.find_first_of(" \t\n"), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  if (words.empty()) return InvalidArgument{std::string(what), "names no program"};
  return words;
}

}  // namespace purser::tools
