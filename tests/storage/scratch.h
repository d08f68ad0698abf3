// Directories and files for tests.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "check.h"

namespace purser {

/// A directory of its own, removed with all that is in it. Any user may pass through it.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "purser-test-XXXXXX").string();
    PURSER_CHECK(mkdtemp(name.data()) != nullptr, "mkdtemp");
    PURSER_CHECK(chmod(name.c_str(), 0755) == 0, "chmod");
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::filesystem::path path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  PURSER_CHECK(in.good(), "read_file");
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Makes the directories above as well.
inline void write_file(const std::filesystem::path& path, std::string_view bytes,
                       mode_t mode = 0644) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes << std::flush;
  PURSER_CHECK(out.good() && chmod(path.c_str(), mode) == 0, "write_file");
}

inline mode_t mode_of(const std::filesystem::path& path) {
  struct stat info {};
  PURSER_CHECK(lstat(path.c_str(), &info) == 0, "lstat");
  return info.st_mode & 07777;
}

}  // namespace purser
