// Runs the program as a shell would and keeps what it printed.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "json.h"

namespace purser::tools {

using Words = std::vector<std::string>;

struct Finished {
  int exit_code = 0;  // 128 + the signal, if one ended it
  std::string out;
  std::string err;
};

struct RunOptions {
  std::string input = {};  // standard input
  Words environment = {};  // NAME=VALUE each, added to that of the test; NAME alone takes one away
  std::string prelude = {};      // shell commands that run before it, in the same process
  std::string stdout_file = {};  // standard output goes there instead
};

/// Runs `purser words…` to its end.
Finished run_program(const Words& words, const RunOptions& options = {});

/// Runs it with a terminal as its three standard streams; `out` has all that it wrote there.
Finished run_on_terminal(const Words& words, const Words& environment = {});

/// A run that has not ended, with a pipe as standard input.
class Running {
 public:
  explicit Running(const Words& words);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  /// Returns when the program's end of the pipe has taken all of it.
  void write(const std::string& bytes) const;
  void signal(int number) const;
  /// Waits for the end; the pipe stays open until then.
  Finished finish();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int out_ = -1;
  int err_ = -1;
};

/// The one JSON document on the one line of `text`; a failed expectation if it is not so.
Json one_line(const std::string& text);
/// One document for each line.
std::vector<Json> lines_of(const std::string& text);

}  // namespace purser::tools
