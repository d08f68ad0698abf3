// Starting, hearing and killing the writing process.
#include "life.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "check.h"
#include "unique_fd.h"

namespace purser::faults {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kAtMost(60);  // where it never comes to what is waited for
constexpr int kPipeBytes = 1 << 20;          // so that it seldom waits for a listener

struct Pipe {
  UniqueFd out;
  UniqueFd in;
};

Pipe make_pipe() {
  int ends[2] = {-1, -1};
  PURSER_CHECK(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  (void)::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);  // refused: it waits more often
  return pipe;
}

pid_t start(const std::string& program, const ChildTask& task, const Pipe& orders,
            const Pipe& told) {
  std::vector<std::string> words = words_of(task);
  words.insert(words.begin(), {program, "child"});
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  PURSER_CHECK(posix_spawn_file_actions_init(&actions) == 0, "posix_spawn_file_actions_init");
  posix_spawn_file_actions_adddup2(&actions, orders.out.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, told.in.get(), kTellFd);
  pid_t pid = 0;
  const int started =
      posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  PURSER_CHECK(started == 0, "posix_spawn");
  return pid;
}

// Hears until the pipe ends or the moment has come.
class Listener {
 public:
  Listener(int fd, const Plan& plan) : fd_(fd), plan_(plan), until_(Clock::now() + kAtMost) {}

  // Whether the pipe has not ended yet.
  bool hear_until_moment() {
    while (Clock::now() < until_) {
      const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until_ - Clock::now());
      const timespec timeout{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
      pollfd waits{fd_, POLLIN, 0};
      if (left.count() <= 0 || ::ppoll(&waits, 1, &timeout, nullptr) <= 0) continue;
      if (!read_some()) return false;
    }
    return true;
  }
  void hear_all() {
    while (read_some()) continue;
  }
  std::vector<Message> told;

 private:
  bool read_some() {
    Message message;
    const ssize_t got = ::read(fd_, &message, sizeof message);
    if (got < 0 && errno == EINTR) return true;
    if (got == 0) return false;
    PURSER_CHECK(got == sizeof message, "a message came in parts");
    if (message.said == plan_.when) seen_ = true;
    if (seen_ && message.said == Said::acknowledged) ++answers_;
    if (seen_ && answers_ >= plan_.answers && !due_) {
      due_ = true;
      until_ = Clock::now() + plan_.after;
    }
    told.push_back(message);
    return true;
  }

  const int fd_;
  const Plan plan_;
  bool seen_ = false;
  std::uint64_t answers_ = 0;
  bool due_ = false;
  Clock::time_point until_;
};

}  // namespace

Life live(const std::string& program, const ChildTask& task, const std::vector<Message>& retries,
          const Plan& plan) {
  Pipe orders = make_pipe();
  Pipe told = make_pipe();
  const pid_t pid = start(program, task, orders, told);
  orders.out = UniqueFd();
  told.in = UniqueFd();
  for (const Message& message : retries) {
    if (::write(orders.in.get(), &message, sizeof message) != sizeof message) break;  // it died
  }
  orders.in = UniqueFd();
  Listener listener(told.out.get(), plan);
  if (listener.hear_until_moment()) ::kill(pid, SIGKILL);
  int status = 0;
  PURSER_CHECK(::waitpid(pid, &status, 0) == pid, "waitpid");
  listener.hear_all();
  Life life;
  life.told = std::move(listener.told);
  life.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (WIFSIGNALED(status) && !life.killed) {
    life.trouble = "it ended by signal " + std::to_string(WTERMSIG(status));
  } else if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    life.trouble = "it ended with exit code " + std::to_string(WEXITSTATUS(status));
  }
  return life;
}

}  // namespace purser::faults
