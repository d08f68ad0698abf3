// Standard output, buffered, with every write checked. Not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "json.h"
#include "purser/status.h"

namespace purser::tools {

class Output {
 public:
  /// Appends bytes as they are. After a failed write, nothing more is written.
  void write(std::string_view bytes);
  /// One line of text; the caller has escaped what others wrote.
  void line(std::string_view text);
  /// One JSON document on one line.
  void json(const Json& value);

  /// Writes out what is buffered. Errors: Io, also of earlier writes.
  Status flush();
  [[nodiscard]] bool failed() const { return error_ != 0; }

 private:
  void write_out(std::string_view bytes);

  std::string buffer_;
  int error_ = 0;  // errno of the first failed write
};

/// Writes all of `bytes` to a file descriptor; gives errno, or 0.
int write_fully(int fd, std::string_view bytes);

}  // namespace purser::tools
