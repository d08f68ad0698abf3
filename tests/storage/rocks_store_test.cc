// What only a Store on disk does. What every Store does is in store_test.cc.
#include "rocks_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <map>
#include <regex>

#include "storage/results.h"
#include "storage/scratch.h"

namespace purser {
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
}  // namespace purser
