// Another program, run without a shell. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "purser/status.h"

namespace purser::tools {

/// Bytes without a name that another program can read, from the beginning; gone with the object.
class HeldBytes {
 public:
  static Result<HeldBytes> hold(std::string_view bytes);
  HeldBytes(HeldBytes&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  HeldBytes& operator=(HeldBytes&&) = delete;
  ~HeldBytes();

  [[nodiscard]] int fd() const { return fd_; }
  /// A path that the other program can open.
  [[nodiscard]] std::string path() const;
  /// All that it holds now.
  [[nodiscard]] Result<std::string> read() const;

 private:
  explicit HeldBytes(int fd) : fd_(fd) {}
  int fd_;
};

struct Child {
  std::vector<std::string> words;        ///< the program, looked for along PATH, and its arguments
  std::vector<std::string> environment;  ///< NAME=VALUE each, beside our own
  int input = -1;                        ///< its standard input; -1: ours
  int output = -1;                       ///< its standard output; -1: ours
};

/// Runs it to its end and gives its exit code, or 128 and the signal that ended it. A signal that
/// asks us to stop is handed on to it as SIGTERM. Errors: Io where it cannot be started.
Result<int> run_child(const Child& child);

/// `line` cut at its blanks. Errors: InvalidArgument for none at all, and for quotes and
/// backslashes, which a shell would read and this does not.
Result<std::vector<std::string>> split_words(std::string_view what, std::string_view line);

}  // namespace purser::tools
