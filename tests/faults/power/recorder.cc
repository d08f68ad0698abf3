#include "faults/power/recorder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace purser::faults {

std::string_view to_string(Step::Kind kind) {
  constexpr std::array<std::string_view, 9> kNames{"creations", "folders",  "links",
                                                   "renames",   "removals", "writes",
                                                   "cuts",      "syncs",    "syncs of all"};
  return kNames[static_cast<std::size_t>(kind)];
}

Recorder::Recorder(std::string folder, Tree before)
    : folder_(std::move(folder)),
      nodes_(before.inodes_in(folder_)),
      nodes_made_(static_cast<NodeId>(before.nodes.size())) {
  recording_.before = std::move(before);
  handle_file_calls(this);
}

Recorder::~Recorder() { handle_file_calls(nullptr); }

std::size_t Recorder::steps() const {
  const std::lock_guard lock(mutex_);
  return recording_.steps.size();
}

Recording Recorder::end() {
  handle_file_calls(nullptr);
  const std::lock_guard lock(mutex_);
  return std::move(recording_);
}

std::map<Step::Kind, std::uint64_t> Recorder::count(const std::vector<Step>& steps) {
  std::map<Step::Kind, std::uint64_t> counts;
  for (const Step& step : steps) ++counts[step.kind];
  return counts;
}

long Recorder::handle(FileCall& call, const Go& go) {
  if (call.kind == FileCall::Kind::close) return go();
  const std::lock_guard lock(mutex_);
  switch (call.kind) {
    case FileCall::Kind::create: return create(call, go);
    case FileCall::Kind::write: return write(call, go);
    case FileCall::Kind::truncate:
    case FileCall::Kind::allocate: return change_length(call, go);
    case FileCall::Kind::make_folder: return make_folder(call, go);
    case FileCall::Kind::sync:
    case FileCall::Kind::sync_all: {
      const auto node = node_of(call.fd);
      if (!node) return go();
      const bool all = call.kind == FileCall::Kind::sync_all;
      recording_.steps.push_back(
          {.kind = all ? Step::Kind::sync_all : Step::Kind::sync, .node = *node});
      return 0;
    }
    default: return change_name(call, go);
  }
}

long Recorder::create(const FileCall& call, const Go& go) {
  const auto name = name_of(call.path);
  const auto before = node_at(call.path);
  const long fd = go();
  if (fd < 0 || !name) return fd;
  struct stat info {};
  if (::fstat(static_cast<int>(fd), &info) != 0 || !S_ISREG(info.st_mode)) return fd;
  if (!before) {
    recording_.steps.push_back({.kind = Step::Kind::create,
                                .node = add_node(info.st_ino),
                                .folder = name->folder,
                                .name = name->name});
  } else if ((call.flags & O_TRUNC) != 0) {
    recording_.steps.push_back({.kind = Step::Kind::truncate, .node = *before});
  }
  return fd;
}

long Recorder::write(const FileCall& call, const Go& go) {
  const auto node = node_of(call.fd);
  if (!node) return go();
  off_t at = call.at.value_or(0);
  if (!call.at) {
    const bool appends = (::fcntl(call.fd, F_GETFL) & O_APPEND) != 0;
    at = ::lseek(call.fd, 0, appends ? SEEK_END : SEEK_CUR);
  }
  const long written = go();
  if (written > 0) {
    recording_.steps.push_back(
        {.kind = Step::Kind::write,
         .node = *node,
         .at = static_cast<std::uint64_t>(at),
         .bytes = std::string(call.bytes.substr(0, static_cast<std::size_t>(written)))});
  }
  return written;
}

long Recorder::change_length(const FileCall& call, const Go& go) {
  const auto node = node_of(call.fd);
  const long done = go();
  if (done != 0 || !node) return done;
  struct stat info {};
  if (::fstat(call.fd, &info) != 0) return done;
  if (call.kind == FileCall::Kind::allocate && (call.flags & FALLOC_FL_KEEP_SIZE) != 0) return done;
  recording_.steps.push_back({.kind = Step::Kind::truncate,
                              .node = *node,
                              .at = static_cast<std::uint64_t>(info.st_size)});
  return done;
}

long Recorder::make_folder(const FileCall& call, const Go& go) {
  const auto name = name_of(call.path);
  const long done = go();
  struct stat info {};
  if (done != 0 || !name || ::lstat(call.path.c_str(), &info) != 0) return done;
  recording_.steps.push_back({.kind = Step::Kind::make_folder,
                              .node = add_node(info.st_ino),
                              .folder = name->folder,
                              .name = name->name});
  return done;
}

// Rename, link, and both kinds of removal.
long Recorder::change_name(const FileCall& call, const Go& go) {
  const auto name = name_of(call.path);
  const auto node = node_at(call.path);
  const auto to = call.to.empty() ? std::nullopt : name_of(call.to);
  const bool exchanges = call.kind == FileCall::Kind::rename &&
                         (static_cast<unsigned>(call.flags) & RENAME_EXCHANGE) != 0;
  const auto exchanged = exchanges ? node_at(call.to) : std::nullopt;
  const long done = go();
  if (done != 0 || !name || !node) return done;
  if (call.kind == FileCall::Kind::rename && to) {
    recording_.steps.push_back({.kind = Step::Kind::rename,
                                .node = *node,
                                .folder = name->folder,
                                .name = name->name,
                                .to_folder = to->folder,
                                .to_name = to->name,
                                .exchanged = exchanged});
  } else if (call.kind == FileCall::Kind::link && to) {
    recording_.steps.push_back(
        {.kind = Step::Kind::link, .node = *node, .folder = to->folder, .name = to->name});
  } else {
    recording_.steps.push_back(
        {.kind = Step::Kind::remove, .folder = name->folder, .name = name->name});
  }
  return done;
}

// The name that `path` stands for, if its folder is one of ours.
std::optional<Recorder::Name> Recorder::name_of(const std::string& path) const {
  if (!path.starts_with(folder_)) return std::nullopt;
  const std::size_t slash = path.rfind('/');
  const auto folder = node_at(path.substr(0, slash));
  if (!folder) return std::nullopt;
  return Name{*folder, path.substr(slash + 1)};
}

std::optional<NodeId> Recorder::node_at(const std::string& path) const {
  struct stat info {};
  if (!path.starts_with(folder_) || ::lstat(path.c_str(), &info) != 0) return std::nullopt;
  const auto found = nodes_.find(info.st_ino);
  return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<NodeId> Recorder::node_of(int fd) const {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return std::nullopt;
  const auto found = nodes_.find(info.st_ino);
  return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

// Of a file that is new, whatever had its inode before.
NodeId Recorder::add_node(ino_t inode) { return nodes_[inode] = nodes_made_++; }

}  // namespace purser::faults
