// What is compared: a store that does one thing over and over, for a while, from so many clients.
//
// A subject is prepared once, run once and destroyed. A call that must succeed ends the program
// when it does not, so that no figure comes from a run that went wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace purser::peers {

struct Outcome {
  std::uint64_t operations = 0;  ///< that were done within `seconds`
  double seconds = 0;
  /// What callers waited, those included whose wait ended later. Empty: not taken.
  std::vector<double> latencies_us;
};

class Subject {
 public:
  virtual ~Subject() = default;  ///< closes what is open; the directory is removed afterwards
  /// Makes what `run` needs in `directory`, an empty one of its own. Not timed.
  virtual void prepare(const std::string& directory) = 0;
  virtual Outcome run(int clients, double seconds) = 0;
};

using MakeSubject = std::function<std::unique_ptr<Subject>()>;

}  // namespace purser::peers
