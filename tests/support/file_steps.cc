#include "support/file_steps.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <string>
#include <string_view>

#include "support/file_calls.h"

namespace purser {
namespace {

bool is_pack(int fd) {
  char name[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), name, sizeof name);
  return size > 0 && std::string_view(name, static_cast<std::size_t>(size)).ends_with(".pack");
}

// Goes through with the first half of a write only.
void write_half(FileCall& call, const FileCallHandler::Go& go) {
  call.bytes = call.bytes.substr(0, call.bytes.size() / 2);
  (void)go();
}

class Death final : public FileCallHandler {
 public:
  explicit Death(long step) : fatal_step_(step) {}
  long handle(FileCall& call, const Go& go) override {
    if (call.kind == FileCall::Kind::close || ++steps_ != fatal_step_) return go();
    if (call.kind == FileCall::Kind::write) write_half(call, go);
    return raise(SIGKILL);
  }

 private:
  const long fatal_step_;
  std::atomic<long> steps_{0};
};

class BadDisk final : public FileCallHandler {
 public:
  explicit BadDisk(long write) : failing_write_(write) {}
  long handle(FileCall& call, const Go& go) override {
    const bool counts = call.kind == FileCall::Kind::write && is_pack(call.fd);
    if (!counts || ++writes_ != failing_write_) return go();
    write_half(call, go);
    errno = EIO;
    return -1;
  }

 private:
  const long failing_write_;
  std::atomic<long> writes_{0};
};

}  // namespace

void die_at_file_step(long step) {
  static Death death(step);
  handle_file_calls(&death);
}

void fail_at_pack_write(long write) {
  static BadDisk disk(write);
  handle_file_calls(&disk);
}

}  // namespace purser
