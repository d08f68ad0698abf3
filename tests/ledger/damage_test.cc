// Damaged events and chunks: found when they are read, named, and no reason to doubt the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "event_log.h"
#include "hash.h"
#include "purser/recover.h"
#include "rocks_store.h"
#include "support/ledger_on_disk.h"

namespace purser::damage_test {
namespace {

namespace fs = std::filesystem;

class StoredEvents : public LedgerOnDisk {
 protected:
  // Replaces the stored bytes of an event of the closed ledger.
  void change_event(std::uint64_t position, const std::function<void(std::string&)>& change) {
    const auto store =
        must(RocksStore::open(file("db"), RocksStore::Mode::read_write, std::size_t{1} << 20));
    const std::string key = event_key(Position{position});
    std::string stored = *must(store->snapshot()->get(Space::log, key));
    change(stored);
    WriteSet changes;
    changes.put(Space::log, key, stored);
    must(store->write(changes));
    must(store->close());
  }
  void erase_event(std::uint64_t position) {
    const auto store =
        must(RocksStore::open(file("db"), RocksStore::Mode::read_write, std::size_t{1} << 20));
    WriteSet changes;
    changes.erase(Space::log, event_key(Position{position}));
    must(store->write(changes));
    must(store->close());
  }
};

TEST_F(StoredEvents, AFlippedByteIsCorruptionOfThatEventAlone) {
  for (int i = 0; i < 3; ++i) create(*ledger);
  ledger.close();
  change_event(2, [](std::string& stored) { stored.back() ^= 1; });
  ledger.open();
  const auto damage = failure_of<Corruption>(ledger->read(Position{1}, 3));
  EXPECT_EQ(damage.where, "event 2");
  EXPECT_EQ(must(ledger->read(Position{1}, 1)).size(), 1u);
  EXPECT_EQ(must(ledger->read(Position{3}, 1)).size(), 1u);
  EXPECT_EQ(failure_of<Corruption>(ledger->history()).where, "event 2");
  EXPECT_EQ(failure_of<Corruption>(ledger->rebuild()).where, "event 2");
  EXPECT_EQ(must(ledger->get(DeploymentId{2})).id, DeploymentId{2});  // the old rows serve
}

TEST_F(StoredEvents, AFlippedLastEventRefusesToOpen) {
  create(*ledger);
  ledger.close();
  change_event(1, [](std::string& stored) { stored[50] ^= 1; });
  EXPECT_EQ(refused<Corruption>().where, "event 1");
}

TEST_F(StoredEvents, ANewerLastEventRefusesToOpenAndIsLeftAlone) {
  for (int i = 0; i < 2; ++i) create(*ledger);
  ledger.close();
  change_event(2, [](std::string& stored) { stored[4] = 9; });
  const auto refusal = refused<UnsupportedVersion>();
  EXPECT_EQ(refusal.what, "event 2");
  EXPECT_EQ(refusal.found, 9u);
  EXPECT_EQ(refusal.known, 1u);
}

TEST_F(StoredEvents, ANewerFormatIsUnsupported) {
  for (int i = 0; i < 2; ++i) create(*ledger);
  ledger.close();
  change_event(1, [](std::string& stored) { stored[4] = 2; });
  ledger.open();
  const auto refusal = failure_of<UnsupportedVersion>(ledger->read(Position{1}, 1));
  EXPECT_EQ(refusal.what, "event 1");
  EXPECT_EQ(refusal.found, 2u);
  EXPECT_EQ(refusal.known, 1u);
}

TEST_F(StoredEvents, AHoleInTheLogIsCorruption) {
  for (int i = 0; i < 18; ++i) create(*ledger);
  ledger.close();
  erase_event(2);
  ledger.open();
  EXPECT_EQ(failure_of<Corruption>(ledger->read(Position{1}, 3)).where, "event 2");
  EXPECT_EQ(failure_of<Corruption>(ledger->rebuild()).where, "event 2");
}

// The Merkle tree cannot grow without the leaves of which no row speaks yet.
TEST_F(StoredEvents, AHoleAmongTheLastFewCanBeReadAndNotWrittenTo) {
  for (int i = 0; i < 18; ++i) create(*ledger);
  ledger.close();
  erase_event(17);
  EXPECT_EQ(failure_of<Corruption>(Ledger::open(ledger.directory())).where, "event 17");
  const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  EXPECT_EQ(must(reader.read(Position{16}, 1)).size(), 1u);
  EXPECT_EQ(failure_of<Corruption>(reader.read(Position{16}, 3)).where, "event 17");
}

// RocksDB opens what is left of a MANIFEST as if it were all, and deletes the tables that are not
// in it: the last place where their events may be.
TEST_F(StoredEvents, ACutManifestCostsNoTable) {
  for (int session = 1; session <= 3; ++session) {
    for (int i = 0; i < 20; ++i) create(*ledger);
    ledger.reopen();
  }
  // These stay in the log, with a row of the Merkle tree that covers all of them.
  while (log_size(*ledger) < Position{256}) create(*ledger);
  ledger.close();
  forget_closing();
  const auto whole = directory_contents(ledger.directory());
  const auto manifest = std::find_if(whole.begin(), whole.end(), [](const auto& entry) {
    return entry.first.starts_with("db/MANIFEST");
  });
  ASSERT_NE(manifest, whole.end());
  int refusals = 0;
  for (std::size_t size = manifest->second.size() % 5; size < manifest->second.size(); size += 5) {
    write_file(file(manifest->first), manifest->second.substr(0, size), 0600);
    const auto before = directory_contents(ledger.directory());
    const auto opened = Ledger::open(ledger.directory());
    if (opened) {
      EXPECT_EQ(all_events(*opened).size(), 256u) << size;
      break;  // it has been written to
    }
    ++refusals;
    EXPECT_EQ(opened.error().error_class(), ErrorClass::corrupt) << opened.error().message();
    EXPECT_TRUE(directory_contents(ledger.directory()) == before) << size;
  }
  EXPECT_GT(refusals, 50);
}

// Rows without an event: a draft's, a table's that the MANIFEST does not tell of any more.
TEST_F(StoredEvents, AfterACleanCloseNothingIsLostUnnoticedThatIsNoEvent) {
  const DeploymentId id = create(*ledger);
  ledger.reopen();  // puts the event into a table
  ledger.reopen();  // begins a MANIFEST with that table
  must(ledger->store(id, "a", "1"));
  ledger.close();
  const auto whole = directory_contents(ledger.directory());
  int cuts = 0;
  for (const auto& [name, bytes] : whole) {
    if (!name.starts_with("db/MANIFEST") && !name.ends_with(".log")) continue;
    for (std::size_t size = 0; size < bytes.size(); size += 3, ++cuts) {
      write_file(file(name), bytes.substr(0, size), 0600);
      (void)refused<Corruption>();
      EXPECT_TRUE(fails_with<Corruption>(recover(ledger.directory())));
    }
    write_file(file(name), bytes, 0600);
  }
  EXPECT_GT(cuts, 50);
  EXPECT_TRUE(directory_contents(ledger.directory()) == whole);
  ledger.open();
  EXPECT_EQ(must(ledger->retrieve(id, "a")), "1");
}

using Chunks = LedgerOnDisk;

TEST_F(Chunks, ADamagedOneIsCorruptionOnRetrieveAndItsNeighboursAreServed) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "the first file"));
  must(ledger->store(id, "b", "the second file"));
  must(ledger->mark_ready(id));
  const auto [pack, at] = pack_with("the first file");
  flip(pack, at);
  const auto damage = failure_of<Corruption>(ledger->retrieve(id, "a"));
  EXPECT_NE(damage.where.find(to_hex(sha256("the first file"))), std::string::npos) << damage.where;
  EXPECT_EQ(must(ledger->retrieve(id, "b")), "the second file");
  EXPECT_TRUE(fails_with<Corruption>(ledger->materialize(id, ledger.beside("out"))));
  EXPECT_FALSE(fs::exists(ledger.beside("out")));
}

TEST_F(Chunks, AMissingPackIsCorruptionOnRetrieve) {
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", "the first file"));
  fs::remove(pack_with("the first file").first);
  const auto damage = failure_of<Corruption>(ledger->retrieve(id, "a"));
  EXPECT_NE(damage.where.find(to_hex(sha256("the first file"))), std::string::npos) << damage.where;
  EXPECT_NE(damage.what.find("missing"), std::string::npos) << damage.what;
}

TEST_F(Chunks, AnyFlippedByteIsCorruptionOnRetrieve) {
  const std::string bytes = "some bytes to be flipped";
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", bytes));
  const std::string path = pack_with(bytes).first;
  const std::string whole = read_file(path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    write_file(path, whole, 0600);
    flip(path, i, 0x10);
    const auto read = ledger->retrieve(id, "a");
    ASSERT_FALSE(read.has_value()) << "byte " << i;
    EXPECT_TRUE(read.error().is<Corruption>() || read.error().is<UnsupportedVersion>())
        << "byte " << i << ": " << read.error().message();
  }
  write_file(path, whole, 0600);
  EXPECT_EQ(must(ledger->retrieve(id, "a")), bytes);
}

}  // namespace
}  // namespace purser::damage_test
