// A process that writes to a ledger, and what it has acknowledged.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include "purser/types.h"

namespace purser {

/// One line of the writer: a command that it was told is durable.
struct Acknowledged {
  Position position;
  std::string kind;
  DeploymentId id;
};

/// The program writer_process on a ledger; killed at the end of its life.
class Writer {
 public:
  /// `mode`: its second argument; empty: none.
  explicit Writer(const std::string& directory, std::string mode = {}) {
    int in[2];
    int out[2];
    EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::string program = PURSER_WRITER_PROCESS;
    std::string argument = directory;
    char* arguments[] = {program.data(), argument.data(), mode.empty() ? nullptr : mode.data(),
                         nullptr};
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    stdin_ = in[1];
    stdout_ = out[0];
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    kill_it();
    ::close(stdin_);
    ::close(stdout_);
  }

  /// All that it has acknowledged and was not read before; waits for at least one.
  std::vector<Acknowledged> read_some() {
    char buffer[1 << 14];
    const ssize_t size = ::read(stdout_, buffer, sizeof buffer);
    if (size > 0) text_.append(buffer, static_cast<std::size_t>(size));
    ended_ = size <= 0;
    std::vector<Acknowledged> lines;
    for (std::size_t end = text_.find('\n'); end != text_.npos; end = text_.find('\n')) {
      Acknowledged line;
      std::istringstream(text_.substr(0, end)) >> line.position.value >> line.kind >> line.id.value;
      lines.push_back(line);
      text_.erase(0, end + 1);
    }
    return lines;
  }
  std::vector<Acknowledged> read_to_the_end() {
    std::vector<Acknowledged> lines;
    while (!ended_) {
      const auto some = read_some();
      lines.insert(lines.end(), some.begin(), some.end());
    }
    return lines;
  }
  void kill_it() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself";
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
  int stdin_ = -1;
  int stdout_ = -1;
  std::string text_;
  bool ended_ = false;
};

}  // namespace purser
