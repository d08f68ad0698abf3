#include "faults/power/tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

namespace purser::faults {
namespace {

namespace fs = std::filesystem;

// Nothing here may fail: a test that cannot look has nothing to say.
void check_done(bool done, const std::string& path) {
  if (done) return;
  fmt::print(stderr, "cannot make '{}'\n", path);
  std::abort();
}

void write_bytes(const std::string& path, const std::string& bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  check_done(fd >= 0, path);
  check_done(::write(fd, bytes.data(), bytes.size()) == std::ssize(bytes), path);
  ::close(fd);
}

void write_folder(const Tree& tree, const Node& folder, const std::string& path,
                  std::unordered_map<NodeId, std::string>& written) {
  for (const auto& [name, id] : folder.entries) {
    const std::string inner = fmt::format("{}/{}", path, name);
    const Node& node = tree.nodes[id];
    if (node.is_folder) {
      check_done(::mkdir(inner.c_str(), 0700) == 0, inner);
      write_folder(tree, node, inner, written);
    } else if (const auto [other, is_new] = written.emplace(id, inner); is_new) {
      write_bytes(inner, node.bytes);
    } else {
      check_done(::link(other->second.c_str(), inner.c_str()) == 0, inner);
    }
  }
}

NodeId read_folder(Tree& tree, const fs::path& path) {
  const auto id = static_cast<NodeId>(tree.nodes.size());
  tree.nodes.push_back({.is_folder = true});
  for (const auto& entry : fs::directory_iterator(path)) {
    NodeId inner = static_cast<NodeId>(tree.nodes.size());
    if (entry.is_directory()) {
      inner = read_folder(tree, entry.path());
    } else {
      std::ifstream file(entry.path(), std::ios::binary);
      tree.nodes.push_back({.bytes = {std::istreambuf_iterator<char>(file), {}}});
    }
    tree.nodes[id].entries[entry.path().filename().string()] = inner;
  }
  return id;
}

using Visit = std::function<void(const std::string& path, NodeId id)>;

void visit_folder(const Tree& tree, const Node& folder, const std::string& path,
                  const Visit& visit) {
  for (const auto& [name, id] : folder.entries) {
    const std::string inner = path.empty() ? name : fmt::format("{}/{}", path, name);
    visit(inner, id);
    if (tree.nodes[id].is_folder) visit_folder(tree, tree.nodes[id], inner, visit);
  }
}

}  // namespace

void Tree::write_to(const std::string& folder) const {
  std::unordered_map<NodeId, std::string> written;
  write_folder(*this, nodes[kRootNode], folder, written);
}

Tree Tree::read_from(const std::string& folder) {
  Tree tree;
  read_folder(tree, folder);
  return tree;
}

std::unordered_map<ino_t, NodeId> Tree::inodes_in(const std::string& folder) const {
  std::unordered_map<ino_t, NodeId> inodes;
  const auto note = [&](const std::string& path, NodeId id) {
    struct stat info {};
    check_done(::lstat(path.c_str(), &info) == 0, path);
    inodes[info.st_ino] = id;
  };
  note(folder, kRootNode);
  visit_folder(*this, nodes[kRootNode], folder, note);
  return inodes;
}

std::map<std::string, std::string> Tree::contents() const {
  std::map<std::string, std::string> found;
  visit_folder(*this, nodes[kRootNode], "", [&](const std::string& path, NodeId id) {
    found[nodes[id].is_folder ? path + "/" : path] = nodes[id].bytes;
  });
  return found;
}

}  // namespace purser::faults
