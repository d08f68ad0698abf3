// A disk that refuses one call, or that call and all that follow, below one folder.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/file_calls.h"

namespace purser::faults {

/// What of a ledger a call is for.
enum class Part : std::uint8_t { log, tables, packs, anchor, folders, others };
[[nodiscard]] std::string_view to_string(Part part);

/// When the call is refused: before anything is done, when all is, or, of a write, when half of it
/// is: then it returns how much, and only what follows is refused.
enum class When : std::uint8_t { before, after, half_way };

struct Fault {
  long call = 0;            ///< which one, from 1
  int error = 0;            ///< errno
  bool stays = false;       ///< all that follow are refused too
  bool everywhere = false;  ///< with `stays`: whatever they are for; else those for the same part
  When when = When::before;
};
[[nodiscard]] std::string describe(const Fault& fault);

/// What was refused first.
struct Refused {
  Part part = Part::others;
  FileCall::Kind kind = FileCall::Kind::write;
};

class BadDisk final : public FileCallHandler {
 public:
  BadDisk(std::string folder, const Fault& fault);
  ~BadDisk() override;

  long handle(FileCall& call, const Go& go) override;

  /// From now on nothing is refused.
  void heal() { healed_ = true; }
  /// Whether it has refused something.
  [[nodiscard]] std::optional<Refused> refused() const;
  /// Whether it has refused a call for the anchor: without one the ledger takes no commands.
  [[nodiscard]] bool refused_anchor() const { return refused_anchor_; }
  [[nodiscard]] long calls() const { return calls_; }

 private:
  [[nodiscard]] std::optional<Part> part_of(const FileCall& call) const;
  [[nodiscard]] bool is_refused(Part part) const;
  long refuse(FileCall& call, const Go& go, Part part, bool is_first);

  const std::string folder_;
  const Fault fault_;
  std::atomic<long> calls_{0};
  std::atomic<bool> has_refused_{false};
  std::atomic<bool> refused_anchor_{false};
  std::atomic<bool> healed_{false};
  Refused first_;  // once it has
};

}  // namespace purser::faults
