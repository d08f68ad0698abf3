// Power cuts under a recorded run: each leaves a directory, which is opened and looked at; then the
// power goes again, during that open or soon after.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "faults/folder.h"
#include "faults/power/disk.h"
#include "faults/power/workload.h"
#include "faults/run.h"

namespace purser::faults {

struct Counts {
  std::uint64_t again = 0;                     ///< cuts of a recovery, or of what came after it
  std::uint64_t without = 0;                   ///< no ledger yet: `init` had not returned
  std::uint64_t mended = 0;                    ///< by `recover`, before they could be opened
  std::uint64_t events = 0;                    ///< looked at
  std::uint64_t in_drafts = 0;                 ///< files of drafts and deployments looked at
  std::map<Step::Kind, std::uint64_t> before;  ///< cuts before a step of each kind
};

class Cuts {
 public:
  /// Directories are made in `folder`.
  Cuts(const Folder& folder, const Honesty& honesty, Found& found, Counts& counts)
      : folder_(folder), honesty_(honesty), found_(found), counts_(counts) {}

  /// A cut before each step that `moments` name, ascending, of `work`. `seed`: how it was made.
  void put(const Work& work, const std::vector<Moment>& moments, std::mt19937_64& random,
           const std::string& seed);

 private:
  void put_twice(const Tree& left, const History& history, Moment moment, std::mt19937_64& random,
                 const std::string& where);
  std::optional<Ledger> open(const std::string& path, const History& history, Moment moment,
                             std::string& wrong);
  std::string open_and_look(const std::string& path, const History& history, Moment moment,
                            Shown& shown, const std::function<void(Ledger&)>& then);
  void put_again(const Recording& recovery, const History& after, std::mt19937_64& random,
                 const std::string& where);
  void note(const std::string& where, const std::string& wrong);

  const Folder& folder_;
  const Honesty honesty_;
  Found& found_;
  Counts& counts_;
};

}  // namespace purser::faults
