// A ledger on the disk to be measured, and ways to fill it.
//
// It lies in a new directory under $PURSER_BENCH_DIR, or else under the current directory, and goes
// with its owner; what an interrupted run leaves is called `purser-bench-XXXXXX`. A call that must
// succeed ends the program when it does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "purser/ledger.h"

namespace purser::bench {

/// Whether PURSER_BENCH_TINY is set: the least work that runs every line.
[[nodiscard]] bool tiny();

/// PURSER_BENCH_EVENTS, a million unless given: for what is measured at a long log.
[[nodiscard]] std::uint64_t events_of_long_log();

/// Prints what failed and ends the program.
[[noreturn]] void fail(std::string_view what, std::string_view why);

/// The value of a call that must succeed.
template <class T>
T must(Result<T> result) {
  if (!result) fail(result.error().name(), result.error().message());
  return std::move(result).value();
}
inline void must(const Status& status) {
  if (!status) fail(status.error().name(), status.error().message());
}

class ScratchLedger {
 public:
  /// `options.actor` and `options.read_only` are its own.
  explicit ScratchLedger(Options options = {});
  ~ScratchLedger();
  ScratchLedger(const ScratchLedger&) = delete;
  ScratchLedger& operator=(const ScratchLedger&) = delete;

  Ledger& operator*() { return *ledger_; }
  Ledger* operator->() { return &*ledger_; }
  [[nodiscard]] std::string path() const { return directory_ + "/ledger"; }

  void open(bool read_only = false);
  void close();

 private:
  std::string directory_;
  Options options_;
  std::optional<Ledger> ledger_;
};

/// A new deployment that can be promoted; two events.
DeploymentId ready_deployment(Ledger& ledger, std::string_view owner);

/// Brings the log to at least `events` events: deployments of `project:0` to `project:9`, each made
/// ready and promoted. Many threads write, so that one sync serves many commands.
void fill(Ledger& ledger, std::uint64_t events);

/// The same of one thread, in batches: three times as fast, where it does not matter that events
/// belong to groups. Of a ledger that nothing but these two have filled.
void fill_in_batches(Ledger& ledger, std::uint64_t events);

/// The one that `fill` made active for `project:0`.
inline constexpr std::string_view kFilledOwner = "project:0";

/// `size` bytes that no ledger holds yet, different on every call.
std::string new_bytes(std::size_t size);

}  // namespace purser::bench
