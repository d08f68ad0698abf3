// A directory in memory: reading, laying out, comparing.
#include "faults/damage/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "check.h"
#include "unique_fd.h"

namespace purser::faults {
namespace {

namespace fs = std::filesystem;

std::string read_bytes(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  PURSER_CHECK(fd.valid() && ::fstat(fd.get(), &info) == 0, "a file cannot be read");
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  PURSER_CHECK(::read(fd.get(), bytes.data(), bytes.size()) == std::ssize(bytes),
               "a file cannot be read to its end");
  return bytes;
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  PURSER_CHECK(fd.valid() && ::write(fd.get(), bytes.data(), bytes.size()) == std::ssize(bytes),
               "a file cannot be written");
}

}  // namespace

std::string scratch_in(const std::string& directory, const std::string& name) {
  const std::string memory = "/dev/shm";
  const bool usable = ::access(memory.c_str(), W_OK) == 0;
  std::string path = (usable ? memory : directory) + "/purser-" + name + "-XXXXXX";
  PURSER_CHECK(::mkdtemp(path.data()) != nullptr, "mkdtemp");
  return path;
}

Folder read_folder(const std::string& directory) {
  Folder folder;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().lexically_relative(directory).string();
    if (entry.is_directory()) folder[name + "/"];
    if (entry.is_regular_file()) folder[name] = read_bytes(entry.path());
  }
  return folder;
}

void lay_folder(const std::string& directory, const Folder& folder) {
  fs::remove_all(directory);
  fs::create_directory(directory);
  for (const auto& entry : folder) {  // a directory comes before what is in it
    const std::string path = directory + "/" + entry.first;
    if (is_directory(entry)) {
      PURSER_CHECK(::mkdir(path.c_str(), 0700) == 0, "a directory cannot be made");
    } else {
      write_bytes(path, entry.second);
    }
  }
}

std::string first_difference(const Folder& a, const Folder& b) {
  const auto counts = [](const std::string& name) { return !name.ends_with("/LOCK"); };
  for (const auto& [name, bytes] : a) {
    const auto other = b.find(name);
    if (counts(name) && (other == b.end() || other->second != bytes)) return name;
  }
  for (const auto& [name, bytes] : b) {
    if (counts(name) && !a.contains(name)) return name;
  }
  return {};
}

}  // namespace purser::faults
