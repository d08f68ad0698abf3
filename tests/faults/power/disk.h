// A disk beneath a recording: what of it is durable, and what a power cut may leave.
//
// Durable is what was synced: the bytes and the length of a file by a sync of the file, a name by a
// sync of its folder. Of the rest anything may be there in any combination: of a file nothing, all,
// a part cut at any byte, pages that are old, new, zero or garbage; of names each may be done or
// not, or, as with a journal, the first of them. Bytes that were durable stay, also beside such
// that are written and not synced: docs/recovery.md, "What Purser assumes of the medium".
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "faults/power/recorder.h"
#include "faults/power/tree.h"

namespace purser::faults {

/// Which syncs the disk does as it is told. One that does not lies.
struct Honesty {
  bool logs = true;   ///< syncs of write-ahead logs
  bool files = true;  ///< of all files
  bool folders = true;
};

class Disk {
 public:
  Disk(Tree before, const Honesty& honesty);

  /// The next step; it must outlive the disk.
  void take(const Step& step);

  /// What a power cut now may leave.
  [[nodiscard]] Tree after_cut(std::mt19937_64& random) const;
  /// What a process finds.
  [[nodiscard]] Tree now() const;

 private:
  struct State {
    Node durable;
    bool is_log = false;
    std::vector<const Step*> pending;  // changes that no sync has covered
  };
  // Whether a change of a name is done, and what a file holds.
  using Choose = std::function<bool(const Step&)>;
  using Fill = std::function<std::string(const State&)>;
  [[nodiscard]] Tree image(const Choose& is_done, const Fill& fill) const;
  [[nodiscard]] std::map<std::string, NodeId> entries(NodeId folder, const Choose& is_done) const;
  [[nodiscard]] Choose choose_names(std::mt19937_64& random) const;
  void sync(NodeId node);

  const Honesty honesty_;
  std::vector<State> states_;
};

}  // namespace purser::faults
