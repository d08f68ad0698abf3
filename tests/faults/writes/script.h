// A short sequence of commands of every kind, some with a request id and some without, in sessions,
// on a disk that may refuse at any call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "faults/writes/answers.h"

namespace purser::faults {

/// A mistake between the ledger and who is told.
enum class Mistake : std::uint8_t { none, hidden_failure, hidden_success, retried_without_id };

/// What the disk says, and what is done to it.
struct DiskCalls {
  std::function<bool()> has_refused;
  std::function<bool()> has_refused_anchor;  ///< without one the ledger takes no commands
  std::function<void()> when_open = [] {};   ///< called when a session has been opened
};

class Script {
 public:
  Script(std::string path, Mistake mistake, DiskCalls disk)
      : path_(std::move(path)), mistake_(mistake), disk_(std::move(disk)) {}

  /// Makes the ledger. False: it could not.
  bool init();
  /// Opens it, gives commands, reads, and closes it. False: it could not be opened.
  bool session();

  [[nodiscard]] Answers& answers() { return answers_; }

 private:
  void first_commands(Ledger& ledger);
  void more_commands(Ledger& ledger);
  void command(Ledger& ledger, Command command, bool has_request_id);
  void together(Ledger& ledger, std::vector<Command> commands);
  void at_once(Ledger& ledger, std::vector<Command> commands);
  void create(Ledger& ledger, bool has_request_id);
  void store(Ledger& ledger, const std::string& path, std::string bytes);
  void remove(Ledger& ledger, const std::string& path);
  template <class R>
  void upkeep(const char* what, const R& result);
  void note(Told told);
  void edited(const std::string& path, Answered answer, std::optional<std::string> after);
  void look(const Ledger& ledger);
  Context next_context(bool has_request_id);

  const std::string path_;
  const Mistake mistake_;
  const DiskCalls disk_;
  Answers answers_;
  int asked_ = 0;
  std::uint64_t stored_ = 0;
  bool poisoned_ = false;  // some command was told that its outcome is unknown
  DeploymentId current_{1};
};

Options small_packs();

}  // namespace purser::faults
