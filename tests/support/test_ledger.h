// A ledger to test, in memory or in a scratch directory, and short ways to fill it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "purser/ledger.h"
#include "storage/results.h"
#include "storage/scratch.h"

namespace purser {

enum class Where { memory, disk };
inline void PrintTo(Where where, std::ostream* out) {
  *out << (where == Where::memory ? "memory" : "disk");
}

class TestLedger {
 public:
  explicit TestLedger(Where where, const Options& options = {});

  Ledger* operator->() { return &*ledger_; }
  Ledger& operator*() { return *ledger_; }

  [[nodiscard]] bool on_disk() const { return scratch_ != nullptr; }
  /// Only on disk.
  [[nodiscard]] std::string directory() const;
  /// A path outside the ledger, gone with it.
  [[nodiscard]] std::string beside(std::string_view name);

  /// On disk: closes the ledger, which must succeed, and opens it again.
  void reopen();
  void close();
  void open();
  /// Goes without closing, as an embedder's destructor would.
  void drop() { ledger_.reset(); }

 private:
  const Options options_;
  std::unique_ptr<Scratch> scratch_;
  std::unique_ptr<Scratch> beside_;
  std::optional<Ledger> ledger_;
};

/// A suite whose every test runs in memory and on disk.
class BothLedgers : public testing::TestWithParam<Where> {
 protected:
  TestLedger ledger{GetParam()};
};
#define PURSER_ON_BOTH_LEDGERS(suite)                         \
  INSTANTIATE_TEST_SUITE_P(                                   \
      On, suite, testing::Values(Where::memory, Where::disk), \
      [](const auto& each) { return each.param == Where::memory ? "Memory" : "Disk"; })

/// The value of a call that must succeed; ends the program with the message if it did not.
template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(ok(result));
  return std::move(result).value();
}
inline void must(const Status& status) { ASSERT_TRUE(ok(status)); }

/// The fields of the error of a call that must fail with `Detail`.
template <class Detail, class R>
Detail failure_of(const R& result) {
  if (result.has_value()) {
    ADD_FAILURE() << "it succeeded";
    return {};
  }
  if (const Detail* detail = result.error().template as<Detail>()) return *detail;
  ADD_FAILURE() << result.error().name() << ": " << result.error().message();
  return {};
}

DeploymentId create(Ledger& ledger, std::string_view owner = "demo");
/// Ready with an artifact elsewhere: the cheapest that can be promoted.
DeploymentId ready(Ledger& ledger, std::string_view owner = "demo");
/// Ready with one stored file.
DeploymentId sealed(Ledger& ledger, std::string_view owner = "demo",
                    std::string_view path = "index.html", std::string_view bytes = "hello");
DeploymentId failed(Ledger& ledger, std::string_view owner = "demo");
/// Ready, and promoted on the live channel.
DeploymentId promoted(Ledger& ledger, std::string_view owner = "demo");
std::vector<DeploymentId> promoted(Ledger& ledger, int count, std::string_view owner = "demo");

/// What is active on a channel.
std::optional<DeploymentId> active_id(const Ledger& ledger, std::string_view owner = "demo",
                                      std::string_view channel = kLiveChannel);
Position log_size(const Ledger& ledger);
std::vector<Event> all_events(const Ledger& ledger);
Event last_event(const Ledger& ledger);
Context as_request(std::string request_id);
Context dry_run();

/// A clock that stands where a test has put it.
class FakeClock {
 public:
  explicit FakeClock(std::int64_t unix_us = 1'700'000'000'000'000) : now_(unix_us) {}
  void set(std::int64_t unix_us) { now_ = unix_us; }
  void advance(std::int64_t us) { now_ += us; }
  [[nodiscard]] std::int64_t now() const { return now_; }
  /// Options that use it; it must outlive the ledger.
  [[nodiscard]] Options options();

 private:
  std::atomic<std::int64_t> now_;
};

// How tests print values when they fail.
template <class Tag>
void PrintTo(StrongNumber<Tag> number, std::ostream* out) {
  *out << '#' << number.value;
}
inline void PrintTo(Timestamp time, std::ostream* out) { *out << to_rfc3339(time); }
inline void PrintTo(const Skipped& skipped, std::ostream* out) {
  *out << (skipped.deployment ? skipped.deployment->value : 0) << ' ' << to_string(skipped.why);
}
inline void PrintTo(const Referrer& referrer, std::ostream* out) {
  *out << referrer.channel << ' ' << to_string(referrer.role);
}

}  // namespace purser
