// The Merkle tree over the log: roots and proofs of every size, and what keeps them true.
#include "audit/merkle.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include "anchor.h"
#include "build.h"
#include "event_codec.h"
#include "event_log.h"
#include "key.h"
#include "merkle_rows.h"
#include "support/ledger_on_disk.h"

namespace purser::ledger_merkle_test {
namespace {

// The leaves of the events that stand there now.
std::vector<Digest> leaves_of(const Ledger& ledger) {
  std::vector<Digest> leaves;
  for (std::uint64_t at = 1; at <= log_size(ledger).value; ++at) {
    leaves.push_back(merkle_leaf(must(ledger.stored_event(Position{at}))));
  }
  return leaves;
}

std::vector<Digest> roots_of(const std::vector<Digest>& leaves) {
  CompactRange range;
  std::vector<Digest> roots{range.root()};
  for (const Digest& leaf : leaves) {
    range.append(leaf);
    roots.push_back(range.root());
  }
  return roots;
}

void expect_true_roots(const Ledger& ledger) {
  const std::vector<Digest> roots = roots_of(leaves_of(ledger));
  for (std::size_t size = 0; size < roots.size(); ++size) {
    EXPECT_EQ(must(ledger.root(Position{size})), roots[size]) << size;
  }
  EXPECT_EQ(must(ledger.root()), roots.back());
}

class Tree : public BothLedgers {};
PURSER_ON_BOTH_LEDGERS(Tree);

TEST_P(Tree, HasTheRootOfEverySizeThatTheLogEverHad) {
  EXPECT_EQ(to_hex(must(ledger->root())),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  (void)promoted(*ledger, 12);
  std::vector<Command> several(35, Create{"demo", {}});
  must(ledger->apply(several));
  expect_true_roots(*ledger);
}

TEST_P(Tree, ProvesEveryEventAndEveryPairOfSizes) {
  (void)promoted(*ledger, 14);
  const std::vector<Digest> leaves = leaves_of(*ledger);
  const std::vector<Digest> roots = roots_of(leaves);
  for (std::size_t newer = 0; newer < roots.size(); ++newer) {
    for (std::size_t older = 0; older <= newer; ++older) {
      EXPECT_TRUE(ok(check_consistency(
          older, newer, must(ledger->prove_consistency(Position{older}, Position{newer})),
          roots[older], roots[newer])));
      if (older == 0) continue;
      EXPECT_TRUE(ok(check_inclusion(
          leaves[older - 1], older - 1, newer,
          must(ledger->prove_inclusion(Position{older}, Position{newer})), roots[newer])));
    }
  }
}

TEST_P(Tree, RefusesPositionsThatTheLogDoesNotHave) {
  create(*ledger);
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->root(Position{2})));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->prove_inclusion(Position{0})));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->prove_inclusion(Position{2})));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->prove_inclusion(Position{1}, Position{0})));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->prove_consistency(Position{1}, Position{2})));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->prove_consistency(Position{1}, Position{0})));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->stored_event(Position{2})));
}

TEST_P(Tree, HoldsNothingOfWhatWasRefusedOrOnlyTried) {
  const DeploymentId id = create(*ledger);
  const Digest before = must(ledger->root());
  must(ledger->create("demo", {}, dry_run()));
  EXPECT_FALSE(ledger->promote("demo", id));
  EXPECT_FALSE(ledger->apply({Create{"demo", {}}, Promote{"demo", id, {}}}));
  EXPECT_EQ(must(ledger->root()), before);
  create(*ledger);
  expect_true_roots(*ledger);
}

class TreeOnDisk : public LedgerOnDisk {
 protected:
  void damage_rows() {
    change([](const RowReader& stored, WriteSet& changes) {
      must(stored.scan(Space::state, prefix_range("M"), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         changes.put(Space::state, std::string(key),
                                     std::string(value.size(), 'x'));
                         return true;
                       }));
    });
  }
};

TEST_F(TreeOnDisk, GoesOnAfterEveryOpening) {
  for (int i = 0; i < 6; ++i) {
    (void)promoted(*ledger, 2);
    ledger.reopen();
  }
  expect_true_roots(*ledger);
}

TEST_F(TreeOnDisk, IsTheSameForAnotherProcessThatReads) {
  (void)promoted(*ledger, 12);
  const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  EXPECT_EQ(must(reader.root()), must(ledger->root()));
  expect_true_roots(reader);
}

TEST_F(TreeOnDisk, GoesOnAfterARebuild) {
  (void)promoted(*ledger, 12);
  must(ledger->rebuild());
  expect_true_roots(*ledger);
  (void)promoted(*ledger, 12);
  expect_true_roots(*ledger);
}

TEST_F(TreeOnDisk, IsMadeAnewFromTheEventsWhereItsRowsAreNotWhatWasAnchored) {
  (void)promoted(*ledger, 12);
  const Digest root = must(ledger->root());
  ledger.close();
  damage_rows();
  ledger.open();
  EXPECT_EQ(must(ledger->root()), root);
  expect_true_roots(*ledger);
}

// Version 1 had all roots that end at a multiple of 16 in one row.
TEST_F(TreeOnDisk, OfAnEarlierVersionIsMadeAnewByTheFirstOpeningForWriting) {
  (void)promoted(*ledger, 12);
  const Digest root = must(ledger->root());
  ledger.close();
  change([](const RowReader& stored, WriteSet& changes) {
    must(stored.scan(Space::state, prefix_range("M"), Direction::ascending,
                     [&](std::string_view key, std::string_view) {
                       changes.erase(Space::state, std::string(key));
                       return true;
                     }));
    changes.put(Space::state, build_key(ProjectionId::merkle, 1).u64(16).str(),
                std::string(32, 'x'));
    changes.put(Space::state, build_key(ProjectionId::merkle, 1).u64(32).str(),
                std::string(64, 'x'));
    const std::string announcement = Key('b').raw("M").u32(1).str();
    std::string row = *must(stored.get(Space::state, announcement));
    row[0] = 1;
    changes.put(Space::state, announcement, row);
  });
  const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  EXPECT_TRUE(fails_with<UnsupportedVersion>(reader.root(), "merkle"));
  EXPECT_TRUE(ok(reader.history()));
  EXPECT_TRUE(must(reader.verify()).is_whole());
  ledger.open();
  EXPECT_EQ(must(ledger->root()), root);
  expect_true_roots(*ledger);
  EXPECT_EQ(must(ledger->stats()).projections.back().build, 2u);
  (void)promoted(*ledger, 12);
  ledger.reopen();
  expect_true_roots(*ledger);
  EXPECT_TRUE(must(ledger->verify()).is_whole());
  for (const auto& [key, value] : all_rows(ledger.directory())) {
    EXPECT_FALSE(key.starts_with("1" + build_key(ProjectionId::merkle, 1).str()));
  }
}

// A crash before the first clean close leaves an anchor without the root of what came since.
TEST_F(TreeOnDisk, IsMadeAnewFromTheEventsWhereItsRowsSayNothing) {
  (void)promoted(*ledger, 12);
  ledger.close();
  must(must(Anchor::open(ledger.directory()))
           .write(AnchorMark{must(Anchor::read(ledger.directory())).ledger_id, Position{36}, {}}));
  change([](const RowReader&, WriteSet& changes) {
    changes.put(Space::state, build_key(ProjectionId::merkle, 1).u8(4).u64(1).str(), "rubbish");
  });
  ledger.open();
  expect_true_roots(*ledger);
}

TEST_F(TreeOnDisk, OfAnotherLogThanWasAnchoredCanBeReadAndNotWritten) {
  (void)promoted(*ledger, 12);
  ledger.close();
  change([](const RowReader& stored, WriteSet& changes) {
    Event event = must(read_event(stored, Position{35}));
    event.header.reason = "another";
    changes.put(Space::log, event_key(event.position), must(encode_event(event)));
  });
  const auto before = directory_contents(ledger.directory());
  EXPECT_EQ(failure_of<Corruption>(Ledger::open(ledger.directory())).where, "log");
  EXPECT_TRUE(directory_contents(ledger.directory()) == before);
  EXPECT_TRUE(ok(must(Ledger::open(ledger.directory(), read_only())).history()));
}

class LedgerOfTheWholeProcess : public testing::Test {
 protected:
  // A fork would lack RocksDB's threads.
  LedgerOfTheWholeProcess() { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }
};

// What belongs to the thread is gone by then.
TEST_F(LedgerOfTheWholeProcess, IsClosedAsTheProcessEnds) {
  EXPECT_EXIT(
      {
        (void)merkle_leaf("first use");
        static TestLedger kept(Where::disk);
        create(*kept);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

// A static object that was there before RocksDB has made its own goes after them. Its log is long
// enough to be written into tables when it is closed.
TEST_F(LedgerOfTheWholeProcess, IsLeftAsByACrashAfterRocksDBHasEnded) {
  EXPECT_EXIT(
      {
        static const struct Looks {
          Scratch scratch;
          [[nodiscard]] std::string path() const { return (scratch / "ledger").string(); }
          ~Looks() {
            const auto anchor = Anchor::read(path());
            std::_Exit(anchor->log_size == Position{30} && !anchor->closing ? 0 : 1);
          }
        } kLooks;
        static std::optional<Ledger> kept;
        (void)must(Ledger::init(kLooks.path()));
        kept = must(Ledger::open(kLooks.path()));
        CreateOptions large;
        for (int i = 0; i < 50; ++i) large.labels[std::to_string(i)] = std::string(1000, 'x');
        for (int i = 0; i < 30; ++i) must(kept->create("demo", large));
        std::exit(2);
      },
      testing::ExitedWithCode(0), "");
}

// As a static object is destroyed that was made before libcrypto was first used: nothing can be
// hashed any more, and the anchor is written without a root.
TEST_F(LedgerOfTheWholeProcess, IsClosedAfterLibcryptoHasShutDown) {
  EXPECT_EXIT(
      {
        const auto is_closed = [] {
          TestLedger kept(Where::disk);
          create(*kept);
          OPENSSL_cleanup();
          if (!kept->close()) return false;
          const auto anchor = Anchor::read(kept.directory());
          return anchor->log_size == Position{1} && !anchor->root;
        }();
        std::_Exit(is_closed ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace purser::ledger_merkle_test
