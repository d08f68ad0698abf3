// A scratch replay: a second ledger from the first events of one, the same to the byte.
#include <gtest/gtest.h>

#include <filesystem>

#include "event_codec.h"
#include "support/ledger_on_disk.h"
#include "support/test_ledger.h"

namespace purser::replay_into_test {
namespace {

class ReplayInto : public testing::Test {
 protected:
  // Events of every kind but groups: 1 to 13, then a group: 14 and 15.
  void fill() {
    const auto ids = promoted(*ledger, 3);
    must(ledger->mark_bad(ids[0], as_request("k")));
    sealed(*ledger, "other");
    must(ledger->clear("demo"));
    RollbackOptions marking;
    marking.mark_bad = true;
    must(ledger->promote("demo", ids[2]));
    must(ledger->rollback("demo", marking));
  }
  [[nodiscard]] static std::string prefix(const Ledger& of, std::uint64_t size) {
    std::string bytes;
    for (const Event& event : must(of.read(Position{1}, size))) {
      bytes += must(encode_event(event));
    }
    return bytes;
  }

  TestLedger ledger{Where::disk};
};

TEST_F(ReplayInto, OfTheWholeLogIsEqualToTheByteUnderAnIdOfItsOwn) {
  fill();
  const Position size = log_size(*ledger);
  const std::string into = ledger.beside("copy");
  const LedgerId id = must(ledger->replay(size, into));
  EXPECT_NE(id, must(ledger->stats()).ledger_id);
  EXPECT_TRUE(projection_rows(into) == projection_rows(ledger.directory()));
  Ledger copy = must(Ledger::open(into));
  EXPECT_EQ(event_bytes(copy), event_bytes(*ledger));
  const Stats stats = must(copy.stats());
  EXPECT_EQ(stats.ledger_id, id);
  ASSERT_TRUE(stats.origin);
  EXPECT_EQ(stats.origin->kind, OriginKind::replay);
  EXPECT_EQ(stats.origin->ledger_id, must(ledger->stats()).ledger_id);
  EXPECT_EQ(stats.origin->size, size);
  EXPECT_EQ(stats.origin->root, must(ledger->root()));
  EXPECT_EQ(must(copy.root()), must(ledger->root()));
  EXPECT_EQ(must(copy.pointer("demo")), must(ledger->pointer("demo")));
  EXPECT_EQ(must(ledger->stats()).origin, std::nullopt);
}

TEST_F(ReplayInto, OfAPrefixIsWhatTheLedgerWasThen) {
  fill();
  for (std::uint64_t to = 1; to < log_size(*ledger).value - 1; to += 3) {
    const std::string into = ledger.beside("copy" + std::to_string(to));
    must(ledger->replay(Position{to}, into));
    Ledger copy = must(Ledger::open(into));
    EXPECT_EQ(log_size(copy), Position{to});
    EXPECT_EQ(event_bytes(copy), prefix(*ledger, to));
    EXPECT_EQ(must(copy.pointer("demo")),
              must(ledger->pointer_at("demo", kLiveChannel, Position{to})));
  }
}

TEST_F(ReplayInto, TwoReplaysHaveEqualRowsAndGoOnAsLedgers) {
  fill();
  const std::string one = ledger.beside("one");
  const std::string other = ledger.beside("other");
  must(ledger->replay(Position{6}, one));
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  must(reader.replay(Position{6}, other));
  EXPECT_TRUE(projection_rows(one) == projection_rows(other));
  Ledger what_if = must(Ledger::open(one));
  promoted(what_if);
  EXPECT_EQ(log_size(what_if), Position{9});
  must(what_if.rebuild());
  must(what_if.close());
  EXPECT_EQ(must(Ledger::open(one, read_only())).stats().value().log_size, Position{9});
}

TEST_F(ReplayInto, WhatCannotBeReplayedLeavesNothing) {
  fill();
  const std::string into = ledger.beside("copy");
  const std::uint64_t size = log_size(*ledger).value;
  for (const std::uint64_t to : {std::uint64_t{0}, size - 1, size + 1}) {
    (void)failure_of<InvalidArgument>(ledger->replay(Position{to}, into));
    EXPECT_FALSE(std::filesystem::exists(into)) << to;
  }
  write_file(into + "/mine", "kept");
  (void)failure_of<AlreadyExists>(ledger->replay(Position{3}, into));
  EXPECT_EQ(read_file(into + "/mine"), "kept");
  std::filesystem::remove(into + "/mine");
  (void)failure_of<Cancelled>(
      ledger->replay(Position{3}, into, [](const Progress&) { return false; }));
  EXPECT_TRUE(std::filesystem::is_empty(into));
  must(ledger->replay(Position{3}, into));
}

TEST_F(ReplayInto, FilesOfItsDeploymentsAreMissingAndVerifySaysSo) {
  const DeploymentId id = sealed(*ledger);
  const std::string into = ledger.beside("copy");
  must(ledger->replay(Position{2}, into));
  Ledger copy = must(Ledger::open(into));
  EXPECT_EQ(must(copy.get(id)), must(ledger->get(id)));
  (void)failure_of<Corruption>(copy.retrieve(id, "index.html"));
  EXPECT_FALSE(must(copy.verify()).problems.empty());
}

}  // namespace
}  // namespace purser::replay_into_test
