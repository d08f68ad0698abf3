#include "gnuplot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "bench_child.h"
#include "descriptor.h"
#include "output.h"

namespace purser::tools {
namespace {

Io gnuplot_trouble(int error) {
  if (error == ENOENT) {
    return Io{"start", "gnuplot", "it is not installed; Debian has it in the package gnuplot-nox"};
  }
  return Io{"start", "gnuplot", std::generic_category().message(error)};
}

// Gives errno, or 0 and the process.
int spawn_gnuplot(int input, int output, int complaints, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t ours;  // SIGPIPE is ignored here
  sigemptyset(&ours);
  sigaddset(&ours, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &ours);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::string words[] = {"gnuplot", "--default-settings", "-"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  const int error =
      ::posix_spawnp(&child, words[0].c_str(), &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

bool ended_well(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Status run_gnuplot(std::string_view script, int output) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return gnuplot_trouble(errno);
  Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  const Descriptor complaints(::memfd_create("gnuplot", MFD_CLOEXEC));
  if (complaints.get() < 0) return gnuplot_trouble(errno);
  pid_t child = -1;
  const int error = spawn_gnuplot(read_end.get(), output, complaints.get(), child);
  if (error != 0) return gnuplot_trouble(error);
  read_end.close();
  // If it goes away instead of reading all, its exit code tells.
  static_cast<void>(write_fully(write_end.get(), script));
  write_end.close();
  if (!ended_well(child)) return Io{"run", "gnuplot", read_complaint(complaints.get())};
  return {};
}

}  // namespace purser::tools
