// Tiles of the Merkle tree and bundles of events, one by one and as a folder.
#include <gtest/gtest.h>

#include "audit/merkle.h"
#include "key.h"
#include "support/ledger_on_disk.h"

namespace purser::tiles_test {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const Digest& digest) { return {digest.bytes.begin(), digest.bytes.end()}; }

class Tiles : public LedgerOnDisk {
 protected:
  void grow(std::uint64_t size) {
    while (log_size(*ledger).value < size) {
      const auto more = std::min<std::uint64_t>(size - log_size(*ledger).value, 1000);
      must(ledger->apply(std::vector<Command>(more, Create{"demo", {}})));
    }
  }
  void make_key() { must(ledger->make_key(ledger.beside("key"))); }
  void sign() { must(ledger->checkpoint(ledger.beside("key"))); }
  std::string folder() { return ledger.beside("tiles"); }
  std::map<std::string, std::string> written() { return directory_contents(folder()); }

  // By the definition in the text, from the events alone.
  std::string hashes(unsigned level, std::uint64_t index, unsigned width) {
    std::string bytes;
    const std::uint64_t leaves = std::uint64_t{1} << 8 * level;
    for (std::uint64_t i = index * 256; i < index * 256 + width; ++i) {
      CompactRange range;
      for (std::uint64_t at = i * leaves + 1; at <= (i + 1) * leaves; ++at) {
        range.append(merkle_leaf(must(ledger->stored_event(Position{at}))));
      }
      bytes += bytes_of(range.root());
    }
    return bytes;
  }
  std::string entries(std::uint64_t index, unsigned width) {
    std::string bytes;
    for (std::uint64_t at = index * 256 + 1; at <= index * 256 + width; ++at) {
      const std::string event = must(ledger->stored_event(Position{at}));
      bytes += static_cast<char>(event.size() / 256);
      bytes += static_cast<char>(event.size() % 256);
      bytes += event;
    }
    return bytes;
  }
};

TEST_F(Tiles, HoldTheHashesAndEventsOfTheText) {
  grow(600);
  EXPECT_EQ(must(ledger->tile(0, 0)), hashes(0, 0, 256));
  EXPECT_EQ(must(ledger->tile(0, 1)), hashes(0, 1, 256));
  EXPECT_EQ(must(ledger->tile(0, 2, 88)), hashes(0, 2, 88));
  EXPECT_EQ(must(ledger->tile(0, 2, 17)), hashes(0, 2, 17));
  EXPECT_EQ(must(ledger->tile(1, 0, 2)), hashes(1, 0, 2));
  EXPECT_EQ(must(ledger->entry_bundle(0)), entries(0, 256));
  EXPECT_EQ(must(ledger->entry_bundle(2, 88)), entries(2, 88));
}

TEST_F(Tiles, OfALevelAboveAreMadeOfWholeTilesOnly) {
  grow(255);
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(1, 0, 1)));
  grow(256);
  EXPECT_EQ(must(ledger->tile(1, 0, 1)), hashes(1, 0, 1));
}

TEST_F(Tiles, ThatTheLogDoesNotHaveAreRefused) {
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(0, 0, 1)));
  grow(300);
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(0, 1)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(0, 1, 45)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(0, 0, 0)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(0, 0, 257)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(2, 0, 1)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(8, 0, 1)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(63, 0, 1)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(1000, 0, 1)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->tile(0, ~std::uint64_t{0}, 1)));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->entry_bundle(1, 45)));
}

TEST_F(Tiles, OfAnEarlierLogAreTheSameForAReader) {
  grow(300);
  const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  grow(600);
  EXPECT_EQ(must(reader.tile(1, 0, 1)), must(ledger->tile(1, 0, 1)));
  EXPECT_TRUE(fails_with<InvalidArgument>(reader.tile(1, 0, 2)));
}

TEST_F(Tiles, AsAFolderAreThoseOfTheNewestCheckpointAndLaterOnlyWhatIsNew) {
  make_key();
  grow(300);
  sign();
  grow(310);  // not signed
  TilesReport report = must(ledger->write_tiles(folder()));
  EXPECT_EQ(report.size, Position{300});
  EXPECT_EQ(report.new_tiles, 3u);
  EXPECT_EQ(report.new_bundles, 2u);
  const auto first = written();
  std::vector<std::string> names;
  for (const auto& [name, bytes] : first) {
    if (fs::is_regular_file(folder() + "/" + name)) names.push_back(name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"checkpoint", "tile/0/000", "tile/0/001.p/44",
                                             "tile/1/000.p/1", "tile/entries/000",
                                             "tile/entries/001.p/44"}));
  EXPECT_EQ(first.at("checkpoint"), must(ledger->signed_checkpoint()).note);
  EXPECT_EQ(first.at("tile/0/001.p/44"), hashes(0, 1, 44));
  EXPECT_EQ(first.at("tile/entries/001.p/44"), entries(1, 44));

  report = must(ledger->write_tiles(folder()));
  EXPECT_EQ(report.new_tiles + report.new_bundles + report.new_bytes, 0u);
  EXPECT_TRUE(written() == first);

  grow(520);
  sign();
  report = must(ledger->write_tiles(folder()));
  EXPECT_EQ(report.size, Position{520});
  EXPECT_EQ(report.new_tiles, 3u);
  const auto second = written();
  for (const auto& [name, bytes] : first) {
    if (name == "checkpoint") continue;
    EXPECT_EQ(second.at(name), bytes) << name;
  }
  EXPECT_EQ(second.at("tile/0/001"), hashes(0, 1, 256));
  EXPECT_EQ(second.at("tile/0/002.p/8"), hashes(0, 2, 8));
  EXPECT_EQ(second.at("tile/1/000.p/2"), hashes(1, 0, 2));
}

// Whoever got one of the checkpoints finds what it speaks of, or something whole in its place.
TEST_F(Tiles, AsAFolderAreThereForEveryCheckpoint) {
  make_key();
  for (const std::uint64_t size : {10u, 20u, 256u, 270u, 280u}) {
    grow(size);
    sign();
  }
  must(ledger->write_tiles(folder()));
  const auto files = written();
  EXPECT_FALSE(files.contains("tile/0/000.p/10")) << "it is whole by now";
  EXPECT_EQ(files.at("tile/0/001.p/14"), hashes(0, 1, 14));
  EXPECT_EQ(files.at("tile/entries/001.p/14"), entries(1, 14));
  EXPECT_EQ(files.at("tile/0/001.p/24"), hashes(0, 1, 24));
}

TEST_F(Tiles, AsAFolderGoOnAfterACallThatWasCancelled) {
  make_key();
  grow(1000);
  sign();
  const auto stop = [](const Progress& progress) { return progress.files < 3; };
  EXPECT_TRUE(fails_with<Cancelled>(ledger->write_tiles(folder(), stop)));
  EXPECT_FALSE(written().contains("checkpoint"));
  must(ledger->write_tiles(folder()));
  EXPECT_EQ(written().at("tile/0/002"), hashes(0, 2, 256));
  EXPECT_TRUE(written().contains("checkpoint"));
}

TEST_F(Tiles, AsAFolderNeedACheckpoint) {
  grow(10);
  EXPECT_TRUE(fails_with<NotFound>(ledger->write_tiles(folder()), "purser checkpoint"));
  EXPECT_FALSE(fs::exists(folder()));
}

TEST_F(Tiles, AreNotPutIntoAFolderOfAnotherLogNorIntoALedger) {
  make_key();
  grow(10);
  sign();
  for (const char* inside : {"", "/", "/chunks", "/none/none"}) {
    EXPECT_TRUE(fails_with<InvalidArgument>(ledger->write_tiles(ledger.directory() + inside),
                                            "would lie in ledger"));
  }
  fs::create_directory(folder());
  write_file(folder() + "/checkpoint", "rubbish", 0600);
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->write_tiles(folder())));
  fs::remove(folder() + "/checkpoint");
  must(ledger->write_tiles(folder()));
  TestLedger other(Where::disk);
  create(*other);
  must(other->make_key(ledger.beside("other key")));
  must(other->checkpoint(ledger.beside("other key")));
  const auto before = written();
  EXPECT_TRUE(fails_with<InvalidArgument>(other->write_tiles(folder()), "holds the log"));
  EXPECT_TRUE(written() == before);
}

// A copy of the ledger from before what was handed out.
TEST_F(Tiles, OfALogThatWentBackAreNotPutOverThoseHandedOut) {
  make_key();
  grow(10);
  sign();
  ledger.close();
  fs::copy(ledger.directory(), ledger.beside("copy"), fs::copy_options::recursive);
  fs::permissions(ledger.beside("copy"), fs::perms::owner_all);
  ledger.open();
  grow(20);
  sign();
  must(ledger->write_tiles(folder()));
  const auto before = written();
  const Ledger copy = must(Ledger::open(ledger.beside("copy")));
  EXPECT_EQ(failure_of<LedgerTruncated>(copy.write_tiles(folder())).expected, Position{20});
  EXPECT_TRUE(written() == before);
}

TEST_F(Tiles, AreNotWrittenFromRowsThatDoNotGiveWhatWasSigned) {
  make_key();
  grow(300);
  sign();
  ledger.close();
  change([](const RowReader& rows, WriteSet& changes) {
    Row row = must(last_row(rows, Space::state, prefix_range("M"))).value_or(Row{});
    row.value[0] = static_cast<char>(row.value[0] ^ 1);
    changes.put(Space::state, row.key, row.value);
  });
  const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  EXPECT_TRUE(fails_with<Corruption>(reader.write_tiles(folder()), "signed"));
  EXPECT_FALSE(fs::exists(folder()));
}

}  // namespace
}  // namespace purser::tiles_test
