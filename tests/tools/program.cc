#include "tools/program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

namespace purser::tools {
namespace {

std::vector<char*> pointers(Words& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

bool begins_with_name(const std::string& entry, const std::string& name) {
  return entry.compare(0, name.size(), name) == 0 && entry[name.size()] == '=';
}

Words environment_with(const Words& changes) {
  Words all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool replaced = begins_with_name(*entry, "PURSER_LEDGER");
    for (const std::string& change : changes) {
      replaced = replaced || begins_with_name(*entry, change.substr(0, change.find('=')));
    }
    if (!replaced) all.emplace_back(*entry);
  }
  for (const std::string& change : changes) {
    if (change.find('=') != std::string::npos) all.push_back(change);
  }
  return all;
}

Words command(const Words& words, const std::string& prelude) {
  Words all{"/bin/sh", "-c", prelude + R"(; exec "$0" "$@")", PURSER_PROGRAM};
  if (prelude.empty()) all = {PURSER_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

// Starts the program with these descriptors as its standard streams.
pid_t spawn(Words arguments, const Words& environment, int in, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  Words variables = environment_with(environment);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, arguments[0].c_str(), &actions, nullptr,
                                  pointers(arguments).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(error, 0) << "cannot start " << PURSER_PROGRAM;
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int memory_file(const std::string& bytes = {}) {
  const int fd = ::memfd_create("purser-test", MFD_CLOEXEC);
  EXPECT_GE(fd, 0);
  EXPECT_EQ(::pwrite(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return fd;
}

// All that a file or a terminal still has to give; closes it.
std::string drain(int fd, bool from_start) {
  if (from_start) ::lseek(fd, 0, SEEK_SET);
  std::string bytes;
  char block[4096];
  ssize_t count = 0;
  while ((count = ::read(fd, block, sizeof block)) > 0) {
    bytes.append(block, static_cast<std::size_t>(count));
  }
  ::close(fd);
  return bytes;
}

}  // namespace

Finished run_program(const Words& words, const RunOptions& options) {
  const int in = memory_file(options.input);
  const int err = memory_file();
  const int out = options.stdout_file.empty()
                      ? memory_file()
                      : ::open(options.stdout_file.c_str(), O_WRONLY | O_CLOEXEC);
  EXPECT_GE(out, 0);
  Finished finished;
  finished.exit_code =
      wait_for(spawn(command(words, options.prelude), options.environment, in, out, err));
  ::close(in);
  finished.out = drain(out, true);
  finished.err = drain(err, true);
  return finished;
}

Finished run_on_terminal(const Words& words, const Words& environment) {
  int terminal = -1;
  int program_end = -1;
  EXPECT_EQ(::openpty(&terminal, &program_end, nullptr, nullptr, nullptr), 0);
  ::fcntl(terminal, F_SETFD, FD_CLOEXEC);
  const pid_t pid = spawn(command(words, {}), environment, program_end, program_end, program_end);
  ::close(program_end);
  Finished finished;
  finished.out = drain(terminal, false);
  finished.exit_code = wait_for(pid);
  return finished;
}

Running::Running(const Words& words) : out_(memory_file()), err_(memory_file()) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  input_ = ends[1];
  pid_ = spawn(command(words, {}), {}, ends[0], out_, err_);
  ::close(ends[0]);
}

Running::~Running() {
  if (pid_ <= 0) return;
  signal(SIGKILL);
  finish();
}

void Running::write(const std::string& bytes) const {
  EXPECT_EQ(::write(input_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

void Running::signal(int number) const { EXPECT_EQ(::kill(pid_, number), 0); }

Finished Running::finish() {
  Finished finished;
  finished.exit_code = wait_for(pid_);
  ::close(input_);
  pid_ = -1;
  finished.out = drain(out_, true);
  finished.err = drain(err_, true);
  return finished;
}

Json one_line(const std::string& text) {
  EXPECT_EQ(text.find('\n'), text.size() - 1) << "not one line: " << text;
  Json document = Json::parse(text, nullptr, false);
  EXPECT_FALSE(document.is_discarded()) << "not JSON: " << text;
  return document;
}

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> documents;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) documents.push_back(one_line(line + "\n"));
  return documents;
}

}  // namespace purser::tools
