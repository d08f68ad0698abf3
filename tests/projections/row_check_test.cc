// Sums over rows: of those that events give, in parts of any length, and of those that are stored.
#include "row_check.h"

#include <gtest/gtest.h>

#include <functional>

#include "event_codec.h"
#include "memory_store.h"
#include "part_fold.h"
#include "projections/written_log.h"
#include "storage/results.h"
#include "try.h"

namespace purser::row_check_test {
namespace {

constexpr std::size_t kPlenty = 256u << 20;

bool always() { return true; }

TEST(RowSum, KnowsNoOrderAndKnowsHowOftenAndWhereAKeyEnds) {
  RowSum one;
  one.add("key", "value");
  one.add("other", "");
  RowSum same;
  same.add("other", "");
  same.add("key", "value");
  EXPECT_EQ(one, same);
  const auto differs = [&](const std::vector<std::pair<std::string, std::string>>& rows) {
    RowSum sum;
    for (const auto& [key, value] : rows) sum.add(key, value);
    sum.rows = one.rows;  // the hashes alone
    EXPECT_NE(sum, one);
  };
  differs({{"key", "value"}});
  differs({{"key", "value"}, {"key", "value"}});
  differs({{"key", "value"}, {"key", "value"}, {"other", ""}});
  differs({{"key", "value"}, {"key", "value"}, {"key", "value"}, {"other", ""}});
  differs({{"key", "value"}, {"other", ""}, {"", ""}});
  differs({{"keyv", "alue"}, {"other", ""}});
  differs({{"ke", "yvalue"}, {"other", ""}});
  differs({{"key", ""}, {"other", "value"}});
  differs({{"value", "key"}, {"other", ""}});
  EXPECT_EQ(one.rows, 2u);
}

TEST(RowSum, LongRowsAreSummedAsShortOnesAre) {
  for (const std::size_t size : {0, 1, 240, 509, 510, 600, 30'000}) {
    const std::string value(size, 'x');
    RowSum once;
    once.add("key", value);
    for (std::size_t at = 0; at < size; at += 1 + size / 5) {
      std::string other = value;
      other[at] = 'y';
      RowSum changed;
      changed.add("key", other);
      EXPECT_FALSE(changed == once) << size << " " << at;
    }
    RowSum moved;
    moved.add("keyx", value.substr(0, size - (size > 0 ? 1 : 0)));
    EXPECT_FALSE(moved == once) << size;
  }
}

class RowCheck : public testing::Test {
 protected:
  [[nodiscard]] static ComparedBuilds builds_of(const RowReader& rows) {
    return ComparedBuilds(read_builds(rows).value());
  }

  [[nodiscard]] RowSums stored() const {
    const auto rows = store.snapshot();
    RowSums sums;
    for (const ProjectionId id : kEvery) {
      sums[static_cast<std::size_t>(id)] = sum_stored_rows(*rows, id, 1, always).value();
    }
    return sums;
  }

  // Of the events from `first` to `last`.
  Result<RowSums> fold_part(std::uint64_t first, std::uint64_t last, std::size_t memory) const {
    const auto rows = store.snapshot();
    const ComparedBuilds builds = builds_of(*rows);
    std::optional<Event> before;
    if (first > 1) {
      PURSER_ASSIGN(before, read_event(*rows, Position{first - 1}));
    }
    PartFold fold(*rows, builds, before, memory);
    PURSER_TRY(scan_stored_events(*rows, Position{first}, Position{last}, Direction::ascending,
                                  [&](Position at, std::string_view bytes) -> Result<bool> {
                                    PURSER_ASSIGN(const Event event, decode_event(bytes, at));
                                    PURSER_TRY(fold.add(event, bytes));
                                    return true;
                                  }));
    PURSER_TRY(fold.finish());
    return fold.sums();
  }

  // Nothing where a part could not be folded.
  [[nodiscard]] std::optional<RowSums> folded(std::uint64_t part, std::size_t memory = 0) const {
    RowSums all;
    for (std::uint64_t first = 1; first <= log.size(); first += part) {
      const auto sums = fold_part(first, std::min(first + part - 1, log.size()), memory);
      if (!sums) {
        EXPECT_FALSE(sums.error().is<Io>()) << sums.error().message();
        return std::nullopt;
      }
      for (std::size_t i = 0; i < all.size(); ++i) all[i] += (*sums)[i];
    }
    return all;
  }

  // However the log is cut.
  void expect_noticed(const std::string& what) const {
    const RowSums as_stored = stored();
    for (const std::uint64_t part : {std::uint64_t{97}, log.size()}) {
      const auto sums = folded(part);
      EXPECT_TRUE(!sums || *sums != as_stored) << what << " " << part;
    }
  }

  // What makes the rows again as they are now.
  [[nodiscard]] WriteSet undoing(const WriteSet& changes) const {
    WriteSet back;
    for (const auto& change : changes.changes()) {
      const auto value = store.snapshot()->get(Space::state, change.key).value();
      value ? back.put(Space::state, change.key, *value) : back.erase(Space::state, change.key);
    }
    return back;
  }
  void write(const WriteSet& changes) { ASSERT_TRUE(ok(store.write(changes))); }
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> rows_of(ProjectionId id) const {
    return scanned(*store.snapshot(), prefix_range(build_key(id, 1).str()), Direction::ascending);
  }

  MemoryStore store;
  WrittenLog log{store};
};

TEST_F(RowCheck, SumsOfAWholeLedgerAreEqualHoweverTheLogIsCut) {
  fill(log, 700);
  const RowSums sums = stored();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    EXPECT_EQ(sums[i].rows, rows_of(static_cast<ProjectionId>(i)).size());
    EXPECT_GT(sums[i].rows, 0u);
  }
  for (const std::uint64_t part : {std::uint64_t{1}, std::uint64_t{15}, std::uint64_t{16},
                                   std::uint64_t{97}, std::uint64_t{256}, log.size()}) {
    for (const std::size_t memory : {std::size_t{0}, kPlenty}) {
      EXPECT_EQ(folded(part, memory), sums) << part;
    }
  }
}

TEST_F(RowCheck, EventsThatGiveTheSameKeyTwiceAreLeftToTheComparisonOfRows) {
  fill(log, 20);
  log.append(Created{DeploymentId{1000}, WrittenLog::identifier(1), "demo", {}, {}});
  log.flush();
  EXPECT_NE(folded(log.size()), stored());
  const auto rows = store.snapshot();
  const auto compared =
      compare_rows(*rows, builds_of(*rows), Position{log.size()}, 1u << 20, {}).value();
  for (const RowComparison& one : compared) EXPECT_EQ(one.differences, 0u);
}

// Every kind of difference, at the first row, in the middle and at the last of each projection.
TEST_F(RowCheck, ARowThatIsMissingTooManyOrAnotherIsNoticedInEachProjection) {
  fill(log, 100);
  const auto flipped = [](std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    return bytes;
  };
  using Row = std::pair<std::string, std::string>;
  const std::vector<std::pair<std::string, std::function<void(const Row&, WriteSet&)>>> edits = {
      {"missing", [](const Row& row, WriteSet& c) { c.erase(Space::state, row.first); }},
      {"too many",
       [](const Row& row, WriteSet& c) { c.put(Space::state, row.first + "x", row.second); }},
      {"empty and too many",
       [](const Row& row, WriteSet& c) { c.put(Space::state, row.first + '\0', ""); }},
      {"first byte of the value",
       [&](const Row& row, WriteSet& c) {
         c.put(Space::state, row.first, flipped(row.second, 0));
       }},
      {"last byte of the value",
       [&](const Row& row, WriteSet& c) {
         c.put(Space::state, row.first, flipped(row.second, row.second.size() - 1));
       }},
      {"shorter value",
       [](const Row& row, WriteSet& c) {
         c.put(Space::state, row.first, row.second.substr(0, row.second.size() - 1));
       }},
      {"longer value",
       [](const Row& row, WriteSet& c) { c.put(Space::state, row.first, row.second + '\0'); }},
      {"byte of the key",
       [&](const Row& row, WriteSet& c) {
         c.erase(Space::state, row.first);
         c.put(Space::state, flipped(row.first, row.first.size() - 1), row.second);
       }},
      {"byte from the value to the key", [](const Row& row, WriteSet& c) {
         c.erase(Space::state, row.first);
         c.put(Space::state, row.first + row.second[0], row.second.substr(1));
       }}};
  for (const ProjectionId id : kEvery) {
    const auto rows = rows_of(id);
    for (const std::size_t at : {std::size_t{0}, rows.size() / 2, rows.size() - 1}) {
      for (const auto& [what, edit] : edits) {
        WriteSet changes;
        edit(rows[at], changes);
        const WriteSet back = undoing(changes);
        write(changes);
        expect_noticed(what + " in projection " + std::to_string(static_cast<int>(id)));
        write(back);
      }
    }
  }
  EXPECT_EQ(folded(97), stored());
}

TEST_F(RowCheck, ValuesOfTwoRowsExchangedAreNoticed) {
  fill(log, 300);
  for (const ProjectionId id : kEvery) {
    const auto rows = rows_of(id);
    const auto other = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
      return row.second != rows.front().second;
    });
    ASSERT_NE(other, rows.end());
    WriteSet changes;
    changes.put(Space::state, rows.front().first, other->second);
    changes.put(Space::state, other->first, rows.front().second);
    const WriteSet back = undoing(changes);
    write(changes);
    expect_noticed("exchanged in " + std::to_string(static_cast<int>(id)));
    write(back);
  }
}

// What a part takes from stored rows was made of what is wrong, as if it were right: the part in
// which that began gives it away.
TEST_F(RowCheck, RowsThatFollowRightlyOnAWrongOneAreNoticed) {
  const auto fill_with = [](WrittenLog& one, const Labels& labels) {
    one.create(1, labels);
    for (int i = 0; i < 40; ++i) one.append(Noted{});
    one.make_ready(1, "request");
    for (int i = 0; i < 40; ++i) one.append(Noted{});
    one.append(BadMarked{DeploymentId{1}, WrittenLog::owner(1)});
    one.flush();
  };
  fill_with(log, {});
  MemoryStore elsewhere;
  WrittenLog other(elsewhere);
  fill_with(other, {{"of", "another"}});
  EXPECT_EQ(folded(10), stored());
  const auto rows = other.rows_of(ProjectionId::deployments, 1);
  ASSERT_EQ(rows.size(), 3u);
  for (std::size_t first = rows.size(); first-- > 0;) {  // the others are right
    WriteSet changes;
    const auto& [key, value] = rows[first];
    changes.put(Space::state, build_key(ProjectionId::deployments, 1).raw(key).str(), value);
    write(changes);
    for (const std::uint64_t part : {std::uint64_t{1}, std::uint64_t{10}, log.size()}) {
      EXPECT_NE(folded(part), stored()) << first;
    }
  }
}

// The second claims to be of one group with the first, which is in none, and would not count as a
// command of its own.
TEST_F(RowCheck, APartAndTheWholeSeeTheSameCommands) {
  EventHeader header;
  header.request_id = "request";
  log.append(Noted{}, header);
  log.flush();
  const auto first = rows_of(ProjectionId::requests);
  ASSERT_EQ(first.size(), 1u);
  header.group = EventGroup{Position{1}, 2};
  log.append(Noted{}, header);
  log.flush();
  EXPECT_EQ(folded(1), folded(2));
  WriteSet changes;
  changes.put(Space::state, first.front().first, first.front().second);
  write(changes);
  EXPECT_NE(folded(1), stored());
}

TEST_F(RowCheck, RowsOfTheTreeAreComparedToTheByteAndNotBySums) {
  fill(log, 300);
  const auto rows = rows_of(ProjectionId::merkle);
  for (const auto& [key, value] : {rows.front(), rows[rows.size() / 2], rows.back()}) {
    WriteSet changes;
    changes.put(Space::state, key, std::string(value.size(), 'x'));
    const WriteSet back = undoing(changes);
    write(changes);
    EXPECT_EQ(folded(log.size(), kPlenty), std::nullopt);
    write(back);
  }
  EXPECT_EQ(folded(log.size()), stored());
}

TEST_F(RowCheck, SumOfStoredRowsEndsWhenItIsToldTo) {
  fill(log, 3000);
  int asked = 0;
  const auto sum = sum_stored_rows(*store.snapshot(), ProjectionId::deployments, 1, [&] {
    ++asked;
    return false;
  });
  EXPECT_TRUE(fails_with<Cancelled>(sum));
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace purser::row_check_test
