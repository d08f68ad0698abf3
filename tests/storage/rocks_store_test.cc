// What only a Store on disk does. What every Store does is in store_test.cc.
#include "rocks_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <regex>
#include <thread>

#include "storage/results.h"
#include "storage/scratch.h"

// After so many more, no MANIFEST reaches stable storage; below zero means never.
static std::atomic<int> manifest_syncs_left = -1;

// Stands before the one of the C library, for RocksDB too.
extern "C" __attribute__((visibility("default"))) int fdatasync(int fd) {
  std::error_code ignored;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored);
  if (manifest_syncs_left >= 0 && path.filename().string().starts_with("MANIFEST")) {
    if (manifest_syncs_left == 0) return errno = EIO, -1;
    --manifest_syncs_left;
  }
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

namespace purser::rocks_store_test {
namespace {

namespace fs = std::filesystem;
using Mode = RocksStore::Mode;

constexpr std::size_t kCacheBytes = 1 << 20;

// Names and bytes of all files.
std::map<std::string, std::string> contents_of(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    files[entry.path().filename().string()] = read_file(entry.path());
  }
  return files;
}

class RocksStoreTest : public testing::Test {
 protected:
  std::string path() const { return scratch_ / "db"; }
  std::string path_of(std::string_view name) const { return scratch_ / name; }

  std::unique_ptr<RocksStore> opened(Mode mode, const std::string& where) {
    auto store = RocksStore::open(where, mode, kCacheBytes);
    EXPECT_TRUE(ok(store));
    return store ? *std::move(store) : nullptr;
  }
  std::unique_ptr<RocksStore> opened(Mode mode) { return opened(mode, path()); }
  std::unique_ptr<RocksStore> made() {
    EXPECT_TRUE(ok(RocksStore::create(path())));
    return opened(Mode::read_write);
  }
  static Status put(Store& store, std::string key, std::string value) {
    WriteSet changes;
    changes.put(Space::log, key, value);
    changes.put(Space::state, key, value);
    return store.write(changes);
  }
  // Adds rows past the write path, so that they fill several tables.
  static Status load(Store& store, int rows) {
    const auto begun = store.begin_load(Space::state).value();
    const auto sink = begun->sink().value();
    for (int i = 0; i < rows; ++i) {
      Status added = sink->add(row_key(i), std::string(1000, 'v'));
      if (!added) return added;
    }
    if (Status finished = sink->finish(); !finished) return finished;
    return begun->finish();
  }
  static std::string row_key(int number) { return "l" + std::to_string(1'000'000 + number); }
  static std::size_t loaded_rows(const Store& store) {
    std::size_t count = 0;
    EXPECT_TRUE(ok(store.snapshot()->scan(Space::state, {"l", "m"}, Direction::ascending,
                                          [&](auto, auto) { return ++count > 0; })));
    return count;
  }
  static std::optional<std::string> get(const Store& store, std::string_view key) {
    const auto rows = store.snapshot();
    const auto in_log = rows->get(Space::log, key).value();
    EXPECT_EQ(rows->get(Space::state, key).value(), in_log);
    return in_log;
  }

 private:
  Scratch scratch_;
};

TEST_F(RocksStoreTest, WhatWasWrittenOutlivesTheHandle) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "closed", "1")));
  ASSERT_TRUE(ok(store->close()));
  store = opened(Mode::read_write);
  EXPECT_EQ(get(*store, "closed"), "1");
  ASSERT_TRUE(ok(put(*store, "dropped", "2")));
  store.reset();  // without close
  store = opened(Mode::read_write);
  EXPECT_EQ(get(*store, "closed"), "1");
  EXPECT_EQ(get(*store, "dropped"), "2");
}

// What a killed process leaves is what the files hold while it still runs.
TEST_F(RocksStoreTest, EveryWriteIsInTheFilesWhenItReturns) {
  const auto store = made();
  for (int i = 0; i < 5; ++i) {
    const std::string name = std::to_string(i);
    ASSERT_TRUE(ok(put(*store, name, std::string(10'000, 'x'))));
    fs::copy(path(), path_of(name), fs::copy_options::recursive);
  }
  for (int copy = 0; copy < 5; ++copy) {
    const auto survivor = opened(Mode::read_write, path_of(std::to_string(copy)));
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(get(*survivor, std::to_string(i)).has_value(), i <= copy) << copy << ' ' << i;
    }
  }
}

TEST_F(RocksStoreTest, ReaderBesideAWriterSeesTheRestAfterCatchingUp) {
  const auto writer = made();
  ASSERT_TRUE(ok(put(*writer, "a", "1")));
  const auto reader = opened(Mode::read_only);
  EXPECT_EQ(get(*reader, "a"), "1");
  ASSERT_TRUE(ok(put(*writer, "a", "2")));
  ASSERT_TRUE(ok(put(*writer, "b", "2")));
  EXPECT_EQ(get(*reader, "a"), "1");
  EXPECT_EQ(get(*reader, "b"), std::nullopt);
  ASSERT_TRUE(ok(reader->catch_up()));
  EXPECT_EQ(get(*reader, "a"), "2");
  EXPECT_EQ(get(*reader, "b"), "2");
  EXPECT_TRUE(ok(writer->catch_up()));
}

// Reopening moves the rows from the log to a table, and begins another log.
TEST_F(RocksStoreTest, ReaderCatchesUpWithAWriterThatWasReopened) {
  auto writer = made();
  ASSERT_TRUE(ok(put(*writer, "a", "1")));
  const auto reader = opened(Mode::read_only);
  for (int round = 2; round < 6; ++round) {
    const std::string value = std::to_string(round);
    writer.reset();
    writer = opened(Mode::read_write);
    ASSERT_TRUE(ok(put(*writer, "a", value)));
    ASSERT_TRUE(ok(reader->catch_up()));
    EXPECT_EQ(get(*reader, "a"), value);
  }
}

TEST_F(RocksStoreTest, ReaderChangesNoByte) {
  auto writer = made();
  ASSERT_TRUE(ok(put(*writer, "a", "1")));
  writer.reset();
  writer = opened(Mode::read_write);
  ASSERT_TRUE(ok(put(*writer, "a", "2")));
  const auto before = contents_of(path());
  {
    const auto reader = opened(Mode::read_only);
    EXPECT_EQ(get(*reader, "a"), "2");
    ASSERT_TRUE(ok(reader->catch_up()));
    ASSERT_TRUE(ok(reader->close()));
  }
  EXPECT_TRUE(contents_of(path()) == before);
  writer.reset();
  const auto closed = contents_of(path());
  opened(Mode::read_only).reset();
  EXPECT_TRUE(contents_of(path()) == closed);
}

TEST_F(RocksStoreTest, ReaderBesideAWriterSeesALoadAsAWholeAndKeepsItUntilItLooksAgain) {
  auto writer = made();
  ASSERT_TRUE(ok(put(*writer, "a", "1")));
  const auto reader = opened(Mode::read_only);
  ASSERT_TRUE(ok(load(*writer, 1000)));
  ASSERT_TRUE(ok(put(*writer, "announced", "1")));
  EXPECT_EQ(loaded_rows(*reader), 0u);
  EXPECT_EQ(get(*reader, "announced"), std::nullopt);
  EXPECT_EQ(loaded_rows(*opened(Mode::read_only)), 1000u);
  ASSERT_TRUE(ok(reader->catch_up()));
  EXPECT_EQ(loaded_rows(*reader), 1000u);
  EXPECT_EQ(get(*reader, "announced"), "1");
  writer.reset();
  writer = opened(Mode::read_write);
  ASSERT_TRUE(ok(writer->drop(Space::state, {"l", "m"})));
  ASSERT_TRUE(ok(put(*writer, "announced", "2")));
  EXPECT_EQ(loaded_rows(*reader), 1000u);
  EXPECT_EQ(reader->snapshot()->get(Space::state, row_key(500)).value(), std::string(1000, 'v'));
  ASSERT_TRUE(ok(reader->catch_up()));
  EXPECT_EQ(loaded_rows(*reader), 0u);
  EXPECT_EQ(get(*reader, "announced"), "2");
}

// As a rebuild does it: rows under a number that is new, then a row that announces the number.
TEST_F(RocksStoreTest, ReaderBesideLoadsNeverSeesOneAnnouncedAndNotWhole) {
  const auto writer = made();
  ASSERT_TRUE(ok(put(*writer, "announced", "0")));
  std::atomic<bool> done = false;
  std::atomic<int> looks = 0;
  std::thread reading([&] {
    const auto reader = opened(Mode::read_only);
    while (!done || looks < 20) {
      EXPECT_TRUE(ok(reader->catch_up()));
      const std::string number = *get(*reader, "announced");
      const KeyRange range = prefix_range("n" + number + "/");
      std::size_t count = 0;
      EXPECT_TRUE(ok(reader->snapshot()->scan(Space::state, range, Direction::ascending,
                                              [&](auto, auto) { return ++count > 0; })));
      EXPECT_EQ(count, number == "0" ? 0u : 300u) << number;
      ++looks;
    }
  });
  for (int number = 1; number <= 30; ++number) {
    const auto begun = writer->begin_load(Space::state).value();
    const auto sink = begun->sink().value();
    for (int i = 100; i < 400; ++i) {
      const std::string key = "n" + std::to_string(number) + "/" + std::to_string(i);
      ASSERT_TRUE(ok(sink->add(key, "v")));
    }
    ASSERT_TRUE(ok(sink->finish()));
    ASSERT_TRUE(ok(begun->finish()));
    ASSERT_TRUE(ok(put(*writer, "announced", std::to_string(number))));
  }
  done = true;
  reading.join();
}

TEST_F(RocksStoreTest, LoadFillsAsManyTablesAsItNeeds) {
  auto store = made();
  {
    const auto begun = store->begin_load(Space::state).value();
    const auto sink = begun->sink().value();
    std::string value(100'000, ' ');  // of noise, so that it stays as long as it is
    std::uint32_t noise = 1;
    for (char& byte : value) byte = static_cast<char>((noise = noise * 1664525 + 1013904223) >> 24);
    for (int i = 0; i < 750; ++i) ASSERT_TRUE(ok(sink->add(row_key(i), value)));
    ASSERT_TRUE(ok(sink->finish()));
    ASSERT_TRUE(ok(begun->finish()));
  }
  EXPECT_EQ(loaded_rows(*store), 750u);
  store.reset();
  EXPECT_EQ(loaded_rows(*opened(Mode::read_write)), 750u);
  int tables = 0;
  for (const auto& [name, bytes] : contents_of(path())) tables += name.ends_with(".sst");
  EXPECT_GE(tables, 2);
}

// What a killed process leaves is what the files hold while it still runs.
TEST_F(RocksStoreTest, InterruptedLoadLeavesAFolderThatTheNextOpenForWritingRemoves) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", "1")));
  {
    const auto begun = store->begin_load(Space::state).value();
    const auto sink = begun->sink().value();
    const UniqueFd scratch = begun->scratch_file().value();
    ASSERT_TRUE(ok(sink->add("row", "v")));
    ASSERT_TRUE(ok(sink->finish()));
    fs::copy(path(), path_of("copy"), fs::copy_options::recursive);
  }
  EXPECT_FALSE(fs::exists(path() + "/load"));
  const std::string copy = path_of("copy");
  ASSERT_TRUE(fs::exists(copy + "/load"));
  EXPECT_EQ(get(*opened(Mode::read_only, copy), "a"), "1");
  EXPECT_TRUE(fs::exists(copy + "/load"));
  store = opened(Mode::read_write, copy);
  EXPECT_EQ(get(*store, "a"), "1");
  EXPECT_EQ(loaded_rows(*store), 0u);
  EXPECT_FALSE(fs::exists(copy + "/load"));
}

TEST_F(RocksStoreTest, FinishedLoadIsInTheFilesWhenItReturns) {
  const auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", "1")));
  ASSERT_TRUE(ok(load(*store, 100)));
  fs::copy(path(), path_of("copy"), fs::copy_options::recursive);
  const auto survivor = opened(Mode::read_write, path_of("copy"));
  EXPECT_EQ(loaded_rows(*survivor), 100u);
  EXPECT_EQ(get(*survivor, "a"), "1");
}

// A scan that goes on for long reads the rest in another way; nobody may notice.
TEST_F(RocksStoreTest, LongScansShowEveryRowOnceInBothDirections) {
  const auto store = made();
  ASSERT_TRUE(ok(load(*store, 10'000)));
  for (const Direction direction : {Direction::ascending, Direction::descending}) {
    for (const int limit : {4095, 4096, 4097, 9999, 10'000, 20'000}) {
      int next = 0;
      ASSERT_TRUE(ok(store->snapshot()->scan(
          Space::state, {"l", "m"}, direction, [&](std::string_view key, std::string_view) {
            const int number = direction == Direction::ascending ? next : 9999 - next;
            EXPECT_EQ(key, row_key(number));
            return ++next < limit;
          })));
      EXPECT_EQ(next, std::min(limit, 10'000));
    }
  }
}

TEST_F(RocksStoreTest, ClosingLeavesNoLongWriteAheadLogToReplay) {
  const auto log_bytes = [&] {
    std::size_t bytes = 0;
    for (const auto& [name, content] : contents_of(path())) {
      if (name.ends_with(".log")) bytes += content.size();
    }
    return bytes;
  };
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "short", "1")));
  ASSERT_TRUE(ok(store->close()));
  EXPECT_GT(log_bytes(), 0u);  // a table for so little is not worth its syncs
  store = opened(Mode::read_write);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(ok(put(*store, row_key(i), std::string(20'000, 'x'))));
  EXPECT_GT(log_bytes(), 1u << 20);
  ASSERT_TRUE(ok(store->close()));
  EXPECT_EQ(log_bytes(), 0u);
  store = opened(Mode::read_write);
  EXPECT_EQ(get(*store, "short"), "1");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(get(*store, row_key(i)).has_value());
}

TEST_F(RocksStoreTest, SecondWriterIsRefused) {
  const auto writer = made();
  EXPECT_TRUE(fails_with<Io>(RocksStore::open(path(), Mode::read_write, kCacheBytes)));
  EXPECT_TRUE(ok(put(*writer, "a", "1")));
}

TEST_F(RocksStoreTest, MissingCurrentFileIsCorruptionAgainAndAgainAndNothingIsMade) {
  made().reset();
  fs::remove(path() + "/CURRENT");
  const auto before = contents_of(path());
  for (Mode mode : {Mode::read_only, Mode::read_write, Mode::read_only, Mode::read_write}) {
    const auto store = RocksStore::open(path(), mode, kCacheBytes);
    EXPECT_TRUE(fails_with<Corruption>(store));
    EXPECT_TRUE(contents_of(path()) == before);
  }
}

// What a power cut leaves behind the last record of a MANIFEST may look like one of a log that is
// used again: checksum, length, type 8, number of another log. RocksDB alone reads that for ever.
TEST_F(RocksStoreTest, OpeningEndsWhateverStandsBehindTheLastRecordOfTheManifest) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", "1")));
  store.reset();
  std::string manifest = read_file(path_of("db/CURRENT"));
  manifest.pop_back();
  const std::string where = path_of("db/" + manifest);
  write_file(where, read_file(where) + std::string("\1\2\3\4\5\0\10garbage that is no record", 32));
  EXPECT_TRUE(fails_with<Corruption>(RocksStore::open(path(), Mode::read_only, kCacheBytes)));
}

TEST_F(RocksStoreTest, MissingDatabaseIsAnErrorAndNotMade) {
  for (Mode mode : {Mode::read_only, Mode::read_write}) {
    EXPECT_FALSE(RocksStore::open(path(), mode, kCacheBytes).has_value());
    EXPECT_FALSE(fs::exists(path()));
  }
}

TEST_F(RocksStoreTest, IsNeverMadeOverAnother) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", "1")));
  store.reset();
  EXPECT_FALSE(RocksStore::create(path()).has_value());
  EXPECT_EQ(get(*opened(Mode::read_write), "a"), "1");
}

TEST_F(RocksStoreTest, DamagedTableIsCorruptionNotAnotherValue) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", std::string(5'000, 'v'))));
  store.reset();
  opened(Mode::read_write).reset();  // into tables
  int tables = 0;
  for (const auto& entry : fs::directory_iterator(path())) {
    if (entry.path().extension() != ".sst") continue;
    std::string bytes = read_file(entry.path());
    bytes[10] ^= 1;
    write_file(entry.path(), bytes);
    ++tables;
  }
  ASSERT_GT(tables, 0);
  const auto reader = RocksStore::open(path(), Mode::read_only, kCacheBytes);
  if (!reader) {
    EXPECT_TRUE(fails_with<Corruption>(reader));
    return;
  }
  const auto rows = (*reader)->snapshot();
  EXPECT_TRUE(fails_with<Corruption>(rows->get(Space::state, "a")));
  EXPECT_TRUE(fails_with<Corruption>(
      rows->scan(Space::state, {"", "b"}, Direction::ascending, [](auto, auto) { return true; })));
}

// A secondary instance of RocksDB would show the rows from before the table was made.
TEST_F(RocksStoreTest, AMissingTableIsCorruptionForAReaderToo) {
  auto store = made();
  for (const char* key : {"a", "b"}) {
    ASSERT_TRUE(ok(put(*store, key, "1")));
    store.reset();
    store = opened(Mode::read_write);  // makes tables of the log
  }
  store.reset();
  const auto whole = contents_of(path());
  for (const auto& [name, bytes] : whole) {
    if (!name.ends_with(".sst")) continue;
    fs::remove(path() + "/" + name);
    EXPECT_TRUE(fails_with<Corruption>(RocksStore::open(path(), Mode::read_only, kCacheBytes)));
    write_file(path() + "/" + name, bytes);
  }
  EXPECT_EQ(get(*opened(Mode::read_only), "b"), "1");
}

TEST_F(RocksStoreTest, AMissingManifestIsCorruptionAndIsNamed) {
  made().reset();
  for (const auto& [name, bytes] : contents_of(path())) {
    if (name.starts_with("MANIFEST")) fs::remove(path() + "/" + name);
  }
  EXPECT_TRUE(
      fails_with<Corruption>(RocksStore::open(path(), Mode::read_only, kCacheBytes), "MANIFEST-"));
}

// Assertions of RocksDB would end the process: it takes this block apart before it checks it.
TEST_F(RocksStoreTest, ATableWithAnyDamagedByteAtItsEndIsCorruption) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", "1")));
  store.reset();
  opened(Mode::read_write).reset();  // makes tables of the log
  for (const auto& [name, bytes] : contents_of(path())) {
    if (!name.ends_with(".sst")) continue;
    const std::size_t properties = bytes.find("rocksdb.properties");
    ASSERT_NE(properties, std::string::npos);
    for (std::size_t at = properties - 20; at < properties + 20; ++at) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(~damaged[at]);
      write_file(path() + "/" + name, damaged);
      EXPECT_TRUE(fails_with<Corruption>(RocksStore::open(path(), Mode::read_only, kCacheBytes)))
          << name << " byte " << at;
    }
    write_file(path() + "/" + name, bytes);
  }
  EXPECT_EQ(get(*opened(Mode::read_only), "a"), "1");
}

TEST_F(RocksStoreTest, TheRowsOfTablesAndOfTheLogAreCounted) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", "1")));
  store.reset();
  store = opened(Mode::read_write);  // makes a table of the log
  ASSERT_TRUE(ok(put(*store, "b", "1")));
  EXPECT_EQ(store->rows_written(Space::state).value(), 2u);
  EXPECT_EQ(opened(Mode::read_only)->rows_written(Space::state).value(), 2u);
}

TEST_F(RocksStoreTest, NoFileButTheDatabasesOwnAppears) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", "1")));
  store.reset();
  store = opened(Mode::read_write);
  const auto reader = opened(Mode::read_only);
  const std::regex own("CURRENT|IDENTITY|LOCK|MANIFEST-[0-9]+|OPTIONS-[0-9]+|[0-9]+\\.(log|sst)");
  for (const auto& [name, bytes] : contents_of(path())) {
    EXPECT_TRUE(std::regex_match(name, own)) << name;
  }
}

// A write that the system refuses: no file may grow beyond a limit.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    PURSER_CHECK(getrlimit(RLIMIT_FSIZE, &before_) == 0, "getrlimit");
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    PURSER_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
  }
  ~FileSizeLimit() {
    PURSER_CHECK(setrlimit(RLIMIT_FSIZE, &before_) == 0, "setrlimit");
    signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_F(RocksStoreTest, AfterAFailedLoadTheStoreIsAsBeforeAndUsable) {
  const auto store = made();
  ASSERT_TRUE(ok(put(*store, "a", "1")));
  {
    const FileSizeLimit limit(64 << 10);
    EXPECT_TRUE(fails_with<Io>(load(*store, 100'000), "too large"));
  }
  EXPECT_FALSE(fs::exists(path() + "/load"));
  EXPECT_EQ(loaded_rows(*store), 0u);
  ASSERT_TRUE(ok(put(*store, "b", "2")));
  ASSERT_TRUE(ok(load(*store, 100)));
  EXPECT_EQ(loaded_rows(*store), 100u);
  EXPECT_EQ(get(*store, "a"), "1");
  EXPECT_EQ(get(*store, "b"), "2");
}

// RocksDB writes numbers it will use, then the tables' names. Of the names it cannot know whether
// they are on stable storage; by itself it would have deleted the tables that they name.
TEST_F(RocksStoreTest, AfterALoadWhoseManifestWasNotSyncedTheDatabaseCanBeOpened) {
  for (const int syncs : {0, 1}) {
    const std::string where = path_of(std::to_string(syncs));
    ASSERT_TRUE(ok(RocksStore::create(where)));
    auto store = opened(Mode::read_write, where);
    ASSERT_TRUE(ok(put(*store, "a", "1")));
    manifest_syncs_left = syncs;
    EXPECT_TRUE(fails_with<Io>(load(*store, 1000), "MANIFEST"));
    EXPECT_EQ(manifest_syncs_left, 0);
    manifest_syncs_left = -1;
    EXPECT_EQ(get(*store, "a"), "1");
    EXPECT_EQ(loaded_rows(*store), 0u);
    if (syncs == 1) {
      EXPECT_TRUE(fails_with<Io>(put(*store, "b", "2"), "MANIFEST"));
    }
    store.reset();
    store = opened(Mode::read_write, where);
    EXPECT_EQ(get(*store, "a"), "1");
    EXPECT_EQ(loaded_rows(*store), syncs == 0 ? 0u : 1000u);
    ASSERT_TRUE(ok(store->drop(Space::state, {"l", "m"})));
    EXPECT_EQ(loaded_rows(*store), 0u);
    ASSERT_TRUE(ok(load(*store, 1000)));
    EXPECT_EQ(loaded_rows(*store), 1000u);
  }
}

TEST_F(RocksStoreTest, AfterAFailedWriteNoOtherIsTakenAndReadsGoOn) {
  auto store = made();
  ASSERT_TRUE(ok(put(*store, "before", "1")));
  {
    const FileSizeLimit limit(64 << 10);
    EXPECT_TRUE(fails_with<Io>(put(*store, "failed", std::string(256 << 10, 'x')), "too large"));
  }
  EXPECT_TRUE(fails_with<Io>(put(*store, "after", "1"), "an earlier write failed"));
  EXPECT_EQ(get(*store, "before"), "1");
  EXPECT_EQ(get(*store, "failed"), std::nullopt);
  EXPECT_EQ(get(*store, "after"), std::nullopt);
  store.reset();
  store = opened(Mode::read_write);
  EXPECT_EQ(get(*store, "before"), "1");
  EXPECT_EQ(get(*store, "after"), std::nullopt);
  EXPECT_TRUE(ok(put(*store, "after", "2")));
}

}  // namespace
}  // namespace purser::rocks_store_test
