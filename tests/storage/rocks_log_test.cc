// Write-ahead logs with zeros behind their records: what a crash leaves of them, and what a reader
// beside the writer sees.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "rocks_store.h"
#include "storage/results.h"
#include "storage/scratch.h"
#include "support/scale.h"

namespace purser::rocks_log_test {
namespace {

namespace fs = std::filesystem;
using Mode = RocksStore::Mode;

constexpr std::size_t kCacheBytes = 1 << 20;
constexpr std::size_t kBlockBytes = 32 << 10;

std::string key_of(std::size_t number) { return "e" + std::to_string(1'000'000 + number); }

std::unique_ptr<RocksStore> opened(const fs::path& path, Mode mode) {
  auto store = RocksStore::open(path, mode, kCacheBytes);
  EXPECT_TRUE(ok(store));
  return store ? *std::move(store) : nullptr;
}

// Row `number` alone, in one record that ends in a byte other than zero.
void put(Store& store, std::size_t number, std::size_t size) {
  WriteSet changes;
  changes.put(Space::log, key_of(number), std::string(size, 'x'));
  ASSERT_TRUE(ok(store.write(changes)));
}

// How many rows there are; that they are the first ones, without a hole.
std::size_t rows_in(const Store& store) {
  std::size_t count = 0;
  EXPECT_TRUE(ok(store.snapshot()->scan(Space::log, {"e", "f"}, Direction::ascending,
                                        [&](std::string_view key, std::string_view) {
                                          EXPECT_EQ(key, key_of(count));
                                          ++count;
                                          return true;
                                        })));
  return count;
}

fs::path newest_log(const fs::path& database) {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(database)) {
    if (entry.path().extension() == ".log") newest = std::max(newest, entry.path());
  }
  return newest;
}

// Where the last record ends.
std::size_t end_of(std::string_view log) { return log.find_last_not_of('\0') + 1; }

class RocksLog : public testing::Test {
 protected:
  RocksLog() { EXPECT_TRUE(ok(RocksStore::create(database()))); }
  [[nodiscard]] fs::path database() const { return scratch_ / "db"; }

  // A database as a crash leaves it, with rows of these sizes in the log alone.
  void crash_with(const std::vector<std::size_t>& sizes) {
    const auto writer = opened(database(), Mode::read_write);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      put(*writer, i, sizes[i]);
      ends_.push_back(end_of(read_file(newest_log(database()))));
    }
    fs::copy(database(), image(), fs::copy_options::recursive);
    log_ = read_file(newest_log(database()));
  }
  // The same with another log.
  [[nodiscard]] fs::path crashed(std::string_view log) const {
    const fs::path path = scratch_ / "crashed";
    fs::remove_all(path);
    fs::copy(image(), path, fs::copy_options::recursive);
    write_file(newest_log(path), log);
    return path;
  }
  [[nodiscard]] std::size_t rows_whole_at(std::size_t length) const {
    return static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), length) -
                                    ends_.begin());
  }
  // It opens, for whom it may concern, with the first `rows` rows, and takes one more.
  static void expect_rows(const fs::path& path, std::size_t rows) {
    const auto reader = opened(path, Mode::read_only);
    ASSERT_NE(reader, nullptr);
    EXPECT_EQ(rows_in(*reader), rows);
    auto writer = opened(path, Mode::read_write);
    ASSERT_NE(writer, nullptr);
    EXPECT_EQ(rows_in(*writer), rows);
    put(*writer, rows, 10);
    ASSERT_TRUE(ok(reader->catch_up()));
    EXPECT_EQ(rows_in(*reader), rows + 1);
    EXPECT_TRUE(ok(writer->close()));
    writer = opened(path, Mode::read_write);
    ASSERT_NE(writer, nullptr);
    EXPECT_EQ(rows_in(*writer), rows + 1);
  }

  std::vector<std::size_t> ends_;  // of the records
  std::string log_;                // as it was when it crashed

 private:
  [[nodiscard]] fs::path image() const { return scratch_ / "image"; }
  Scratch scratch_;
};

TEST_F(RocksLog, LongOneHasZerosBehindItsRecordsUntilItIsClosed) {
  auto writer = opened(database(), Mode::read_write);
  put(*writer, 0, 1000);
  std::string log = read_file(newest_log(database()));
  EXPECT_EQ(end_of(log), log.size());  // short sessions pay for nothing
  put(*writer, 1, 100'000);
  log = read_file(newest_log(database()));
  EXPECT_GT(log.size(), end_of(log) + 50'000);
  const std::size_t size = log.size();
  for (std::size_t i = 2; i < 50; ++i) put(*writer, i, 1000);
  EXPECT_EQ(fs::file_size(newest_log(database())), size);
  const std::size_t end = end_of(read_file(newest_log(database())));
  const fs::path path = newest_log(database());
  EXPECT_TRUE(ok(writer->close()));
  EXPECT_EQ(fs::file_size(path), end);
}

TEST_F(RocksLog, ReaderBesideAWriterSeesWhatIsWrittenOverZeros) {
  const auto writer = opened(database(), Mode::read_write);
  put(*writer, 0, 100'000);
  const auto reader = opened(database(), Mode::read_only);
  std::mt19937 random(1);
  for (std::size_t i = 1; i < 200; ++i) {
    // Now and then a record that leaves 0 to 14 bytes of its block.
    const std::size_t end = end_of(read_file(newest_log(database())));
    const std::size_t left = kBlockBytes - end % kBlockBytes;
    const bool to_the_border = left > 100 && left < 8000;
    put(*writer, i, to_the_border ? left - 41 - random() % 15 : random() % 3000 + 1);
    ASSERT_TRUE(ok(reader->catch_up()));
    ASSERT_EQ(rows_in(*reader), i + 1);
  }
  EXPECT_EQ(rows_in(*opened(database(), Mode::read_only)), 200u);
}

TEST_F(RocksLog, ReaderBesideABusyWriterSeesAllThatWasWrittenBeforeAndNoHole) {
  const auto writer = opened(database(), Mode::read_write);
  std::atomic<std::size_t> written{0};
  std::thread writing([&] {
    std::mt19937 random(1);
    const std::size_t rows = static_cast<std::size_t>(scaled(1000));
    for (std::size_t i = 0; i < rows; ++i) {
      put(*writer, i, i % 20 == 0 ? 100'000 : random() % 2000 + 1);
      written = i + 1;
    }
    written = SIZE_MAX;
  });
  const auto reader = opened(database(), Mode::read_only);
  for (std::size_t before = 0; before != SIZE_MAX;) {
    before = written;
    const Status caught_up = reader->catch_up();
    EXPECT_TRUE(ok(caught_up));
    EXPECT_GE(rows_in(*reader), before != SIZE_MAX ? before : 0);
    if (!caught_up) break;
  }
  writing.join();
  EXPECT_EQ(rows_in(*reader), rows_in(*writer));
}

TEST_F(RocksLog, RecordHalfWrittenOverZerosIsTheEndAtEveryKindOfLength) {
  std::vector<std::size_t> sizes(50, 2000);
  crash_with(sizes);
  ASSERT_GT(log_.size(), 3 * kBlockBytes);
  std::set<std::size_t> lengths{0, 1, 7, ends_[0], ends_.back()};
  for (const int beside : {-8, -7, -6, -1, 0, 1, 6, 7, 8}) {
    lengths.insert(kBlockBytes + static_cast<std::size_t>(beside));
  }
  for (const std::size_t beyond : {1, 4, 6, 7, 8}) lengths.insert(ends_[20] + beyond);
  std::mt19937 random(1);
  for (int i = 0; i < 8; ++i) lengths.insert(random() % ends_.back());
  const std::set<std::size_t> all = lengths;
  for (const std::size_t length : all) {
    SCOPED_TRACE(length);
    std::string log = log_;
    std::fill(log.begin() + static_cast<std::ptrdiff_t>(length), log.end(), '\0');
    expect_rows(crashed(log), rows_whole_at(length));
    if (HasFailure()) break;
  }
}

TEST_F(RocksLog, RecordOfWhichOnlyLaterPagesReachedTheDiskIsTheEnd) {
  crash_with({1000, 1000, 300'000});
  for (const std::size_t page : {ends_[1] / 4096 + 1, std::size_t{10}, std::size_t{40}}) {
    std::string log = log_;
    log.replace(page * 4096, 4096, 4096, '\0');
    expect_rows(crashed(log), 2);
  }
  std::string log = log_;
  log.replace(ends_[1], 4096, 4096, '\0');  // its beginning
  expect_rows(crashed(log), 2);
}

TEST_F(RocksLog, RecordThatIsNotWholeBeforeAnotherIsCorruption) {
  crash_with(std::vector<std::size_t>(40, 2000));
  for (const std::size_t row : {0, 1, 10, 38}) {
    std::string flipped = log_;
    flipped[ends_[row] - 100] ^= 1;
    EXPECT_TRUE(
        fails_with<Corruption>(RocksStore::open(crashed(flipped), Mode::read_only, kCacheBytes)))
        << row;
  }
  for (const std::size_t row : {1, 10}) {
    std::string zeros = log_;
    zeros.replace(ends_[row], 2000, 2000, '\0');
    EXPECT_TRUE(
        fails_with<Corruption>(RocksStore::open(crashed(zeros), Mode::read_only, kCacheBytes)))
        << row;
  }
}

TEST_F(RocksLog, DamageUnderAReadersEyesIsCorruption) {
  const auto writer = opened(database(), Mode::read_write);
  put(*writer, 0, 100'000);
  const auto reader = opened(database(), Mode::read_only);
  const fs::path log = newest_log(database());
  const std::size_t spot = end_of(read_file(log)) + 50;
  put(*writer, 1, 100);
  put(*writer, 2, 100);
  std::fstream(log, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(static_cast<std::streamoff>(spot))
      .put('y');
  EXPECT_TRUE(fails_with<Corruption>(reader->catch_up(), "record at"));
}

}  // namespace
}  // namespace purser::rocks_log_test
