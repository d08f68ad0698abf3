#include "closing_sum.h"

#include <gtest/gtest.h>

#include "hash.h"
#include "rocks_store.h"
#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::closing_sum_test {
namespace {

namespace fs = std::filesystem;

class ClosingSumTest : public testing::Test {
 protected:
  void write(const std::string& value, const std::function<void()>& meanwhile = {}) {
    const auto store = RocksStore::open(path(), RocksStore::Mode::read_write, 1 << 20).value();
    WriteSet changes;
    changes.put(Space::state, "key", value);
    ASSERT_TRUE(ok(store->write(changes)));
    if (meanwhile) meanwhile();
    ASSERT_TRUE(ok(store->close()));
  }
  void make() {
    ASSERT_TRUE(ok(RocksStore::create(path())));
    write("a");
    sum_ = sum_closed_database(path()).value();
  }
  [[nodiscard]] Status check() const { return check_closing_sum(path(), sum_); }
  [[nodiscard]] std::string path() const { return (scratch_ / "db").string(); }
  // The longest file whose name begins or ends with `part`.
  [[nodiscard]] std::string file(const std::string& part) const {
    std::pair<std::uint64_t, std::string> longest;
    for (const auto& entry : fs::directory_iterator(path())) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with(part) && !name.ends_with(part)) continue;
      longest = std::max(longest, {entry.file_size(), entry.path().string()});
    }
    return longest.second;
  }

  Scratch scratch_;
  ClosingSum sum_;
};

TEST_F(ClosingSumTest, IsOverNumberSizeAndBytesOfEachFile) {
  fs::create_directory(path());
  write_file(path() + "/CURRENT", "MANIFEST-000007\n");
  write_file(path() + "/MANIFEST-000007", "seven");
  write_file(path() + "/MANIFEST-000006", "six");
  write_file(path() + "/000011.log", "eleven");
  write_file(path() + "/000009.log", "");
  write_file(path() + "/000010.sst", "ten");
  write_file(path() + "/x.log", "x");
  const auto number = [](std::uint64_t value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const std::string all =
      number(7) + number(5) + "seven" + number(9) + number(0) + number(11) + number(6) + "eleven";
  EXPECT_EQ(sum_closed_database(path()).value(), (ClosingSum{7, 9, 11, xxh3_64(all)}));
}

TEST_F(ClosingSumTest, HoldsForWhatNobodyHasChanged) {
  make();
  EXPECT_GT(sum_.last_log, 0u);
  EXPECT_TRUE(ok(check()));
  {
    const auto store = RocksStore::open(path(), RocksStore::Mode::read_only, 1 << 20).value();
    EXPECT_TRUE(ok(check()));
    ASSERT_TRUE(ok(store->close()));
  }
  EXPECT_TRUE(ok(check()));
}

TEST_F(ClosingSumTest, NoticesEveryFlippedBitAndEveryLength) {
  make();
  for (const char* name : {"MANIFEST-", ".log"}) {
    const std::string path = file(name);
    const std::string bytes = read_file(path);
    ASSERT_GT(bytes.size(), 10u);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string other = bytes;
      other[at] ^= static_cast<char>(1 << at % 8);
      write_file(path, other);
      ASSERT_TRUE(fails_with<Corruption>(check())) << name << " flipped at " << at;
      write_file(path, bytes.substr(0, at));
      ASSERT_TRUE(fails_with<Corruption>(check())) << name << " cut to " << at;
    }
    write_file(path, bytes + '\0');
    ASSERT_TRUE(fails_with<Corruption>(check())) << name;
    fs::remove(path);
    ASSERT_TRUE(fails_with<Corruption>(check())) << name;
    write_file(path, bytes);
    ASSERT_TRUE(ok(check()));
  }
}

TEST_F(ClosingSumTest, NoticesAnEarlierManifest) {
  make();
  ClosingSum later = sum_;
  ++later.manifest;
  EXPECT_TRUE(fails_with<Corruption>(check_closing_sum(path(), later)));
}

TEST_F(ClosingSumTest, SaysNothingOfWhatWasOpenedForWritingSince) {
  make();
  write("b", [&] { EXPECT_TRUE(ok(check())); });
  EXPECT_TRUE(ok(check()));
  write_file(file("MANIFEST-"), "other");
  EXPECT_TRUE(ok(check()));
}

// An open that died before CURRENT named its MANIFEST has begun a log; and a power cut may bring
// one back that was removed before the close.
TEST_F(ClosingSumTest, LaterAndEarlierLogsAreNotLookedAt) {
  make();
  ASSERT_GT(sum_.first_log, 1u);
  write_file(path() + "/000999.log", "");
  write_file(path() + "/000001.log", "removed");
  EXPECT_TRUE(ok(check()));
}

TEST_F(ClosingSumTest, WithoutLogsNoneIsLookedAt) {
  fs::create_directory(path());
  write_file(path() + "/CURRENT", "MANIFEST-000007\n");
  write_file(path() + "/MANIFEST-000007", "seven");
  sum_ = sum_closed_database(path()).value();
  EXPECT_EQ(sum_.last_log, 0u);
  write_file(path() + "/000003.log", "removed");
  EXPECT_TRUE(ok(check()));
}

// A log of this length is written over zeros, and cut when it is closed.
TEST_F(ClosingSumTest, HoldsForALongLog) {
  ASSERT_TRUE(ok(RocksStore::create(path())));
  write(std::string(200'000, 'x'));
  sum_ = sum_closed_database(path()).value();
  EXPECT_GT(fs::file_size(file(".log")), 200'000u);
  EXPECT_LT(fs::file_size(file(".log")), 210'000u);
  EXPECT_TRUE(ok(check()));
}

TEST_F(ClosingSumTest, OfNoDatabaseIsCorruption) {
  EXPECT_TRUE(fails_with<Corruption>(sum_closed_database(path())));
  fs::create_directory(path());
  write_file(path() + "/CURRENT", "MANIFEST-99999999999999999999\n");
  EXPECT_TRUE(fails_with<Corruption>(sum_closed_database(path())));
  write_file(path() + "/CURRENT", "MANIFEST-000001\n");
  EXPECT_TRUE(fails_with<Corruption>(sum_closed_database(path())));
}

}  // namespace
}  // namespace purser::closing_sum_test
