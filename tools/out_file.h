// A file that is written from its beginning to its end and then takes the place of whatever stood
// there: nobody ever finds a part of it.
#pragma once

#include <string>

#include "purser/status.h"

namespace purser::tools {

/// `-` is standard output. What is no regular file, such as a FIFO, is written as it stands.
class OutFile {
 public:
  static Result<OutFile> open(const std::string& path);
  OutFile(OutFile&& other) noexcept;
  OutFile& operator=(OutFile&&) = delete;
  /// What was not committed goes.
  ~OutFile();

  [[nodiscard]] int fd() const { return fd_; }
  /// What errors call it.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Once, at the end: makes it durable, and then it appears, 0600.
  Status commit();

 private:
  OutFile() = default;
  [[nodiscard]] Error failed(const char* operation) const;

  int fd_ = -1;
  std::string name_;
  std::string part_;  // where it is until it is committed; empty: nowhere else
};

}  // namespace purser::tools
