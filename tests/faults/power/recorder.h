// Every change below one folder, in order, as whoever makes it asks for it.
//
// It stands in front of the C library (support/file_calls.h) from its construction to its
// destruction. Changes are made one at a time, so their order is that of the record. Syncs are
// noted and not made: what they would keep is for the model of a disk to say (disk.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "faults/power/tree.h"
#include "support/file_calls.h"

namespace purser::faults {

/// One change, or one sync.
struct Step {
  enum class Kind : std::uint8_t {
    create,  ///< an empty file
    make_folder,
    link,  ///< one more name
    rename,
    remove,  ///< of a name
    write,
    truncate,  ///< or made longer
    sync,
    sync_all,
  };
  Kind kind;
  NodeId node = 0;    ///< all but remove and sync_all
  NodeId folder = 0;  ///< where the name stands: all but write, truncate and syncs
  std::string name{};
  NodeId to_folder = 0;  ///< rename
  std::string to_name{};
  std::optional<NodeId> exchanged{};  ///< rename: what stood there and now stands here
  std::uint64_t at = 0;               ///< write: the offset; truncate: the new length
  std::string bytes{};                ///< write
};

[[nodiscard]] std::string_view to_string(Step::Kind kind);

struct Recording {
  Tree before;  ///< all of it durable
  std::vector<Step> steps;
};

class Recorder final : public FileCallHandler {
 public:
  /// `before` is what `folder` holds.
  Recorder(std::string folder, Tree before);
  ~Recorder() override;

  long handle(FileCall& call, const Go& go) override;

  /// How many steps there were until now.
  [[nodiscard]] std::size_t steps() const;
  /// Ends it: what comes now is not seen.
  Recording end();
  /// How often each kind of step was.
  [[nodiscard]] static std::map<Step::Kind, std::uint64_t> count(const std::vector<Step>& steps);

 private:
  struct Name {
    NodeId folder;
    std::string name;
  };
  long create(const FileCall& call, const Go& go);
  long write(const FileCall& call, const Go& go);
  long change_name(const FileCall& call, const Go& go);
  long change_length(const FileCall& call, const Go& go);
  long make_folder(const FileCall& call, const Go& go);
  [[nodiscard]] std::optional<Name> name_of(const std::string& path) const;
  [[nodiscard]] std::optional<NodeId> node_at(const std::string& path) const;
  [[nodiscard]] std::optional<NodeId> node_of(int fd) const;
  NodeId add_node(ino_t inode);

  const std::string folder_;
  mutable std::mutex mutex_;  // guards what follows, and the making of changes
  Recording recording_;
  std::unordered_map<ino_t, NodeId> nodes_;
  NodeId nodes_made_;
};

}  // namespace purser::faults
