// Files and folders below one folder, in memory: what a disk holds at some moment.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace purser::faults {

/// A file or folder, whatever names it has. 0 is the folder that holds all others.
using NodeId = std::uint32_t;
inline constexpr NodeId kRootNode = 0;

struct Node {
  bool is_folder = false;
  std::string bytes{};                      ///< of a file
  std::map<std::string, NodeId> entries{};  ///< of a folder
};

struct Tree {
  std::vector<Node> nodes;

  /// Makes all of it in `folder`, which is there and empty.
  void write_to(const std::string& folder) const;
  /// What `folder` holds. Files with several names are one node for each.
  static Tree read_from(const std::string& folder);

  /// Which of its nodes is which file of `folder`, that it was written to or read from.
  [[nodiscard]] std::unordered_map<ino_t, NodeId> inodes_in(const std::string& folder) const;

  /// Every file with its bytes and every folder, by relative path.
  [[nodiscard]] std::map<std::string, std::string> contents() const;
};

}  // namespace purser::faults
