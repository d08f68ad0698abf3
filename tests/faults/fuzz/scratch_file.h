// One file in a folder of its own, written anew for each input: for what is read from a path.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "check.h"
#include "storage/scratch.h"
#include "unique_fd.h"

namespace purser::fuzz {

class ScratchFile {
 public:
  /// `name`: its path in the folder.
  explicit ScratchFile(const std::string& name) : path_(scratch_ / name) {
    std::filesystem::create_directories(path_.parent_path());
  }

  void write(std::string_view bytes) {
    const UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    PURSER_CHECK(fd.valid(), "open");
    PURSER_CHECK(
        ::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
        "write");
    size_ = bytes.size();
  }
  void remove() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string read() const { return read_file(path_); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string folder() const { return scratch_.path().string(); }

 private:
  Scratch scratch_;
  std::filesystem::path path_;
  std::size_t size_ = 0;
};

}  // namespace purser::fuzz
