#include "seen_files.h"

#include <gtest/gtest.h>

#include "hash.h"
#include "storage/results.h"
#include "storage/stores.h"

namespace purser::seen_files_test {
namespace {

constexpr std::int64_t kNow = 1'800'000'000'000'000'000;

TreeFile file(std::string path) {
  return {std::move(path), 10, false, kNow - kSettledNs, kNow - kSettledNs - 1, 7, 8};
}

class SeenFiles : public testing::Test {
 protected:
  void write(const WriteSet& changes) { ASSERT_TRUE(ok(store_.write(changes))); }
  [[nodiscard]] std::optional<Digest> find(std::string_view owner, const TreeFile& like) const {
    const auto found = find_seen_file(*store_.snapshot(), owner, like);
    EXPECT_TRUE(ok(found));
    return *found;
  }
  MemoryStore store_;
};

TEST_F(SeenFiles, FileIsKnownOnlyWhileEverythingAboutItIsTheSame) {
  WriteSet changes;
  put_seen_file(changes, "demo", file("a/b"), sha256("x"));
  write(changes);
  TreeFile executable = file("a/b");
  executable.executable = true;  // the mode is looked up anew anyway
  EXPECT_EQ(find("demo", file("a/b")), sha256("x"));
  EXPECT_EQ(find("demo", executable), sha256("x"));
  EXPECT_EQ(find("demo2", file("a/b")), std::nullopt);
  EXPECT_EQ(find("demo", file("a/c")), std::nullopt);
  const auto other = [](auto TreeFile::*field) {
    TreeFile changed = file("a/b");
    changed.*field += 1;
    return changed;
  };
  EXPECT_EQ(find("demo", other(&TreeFile::size)), std::nullopt);
  EXPECT_EQ(find("demo", other(&TreeFile::modified_ns)), std::nullopt);
  EXPECT_EQ(find("demo", other(&TreeFile::changed_ns)), std::nullopt);
  EXPECT_EQ(find("demo", other(&TreeFile::inode)), std::nullopt);
  EXPECT_EQ(find("demo", other(&TreeFile::device)), std::nullopt);
}

TEST_F(SeenFiles, FileThatWasChangedAMomentAgoIsNotSettled) {
  EXPECT_TRUE(is_settled(file("a"), kNow));
  EXPECT_FALSE(is_settled(file("a"), kNow - 1));
  TreeFile touched_back = file("a");  // its time of modification was set back, not that of change
  touched_back.modified_ns = 0;
  touched_back.changed_ns = kNow - kSettledNs + 1;
  EXPECT_FALSE(is_settled(touched_back, kNow));
}

TEST_F(SeenFiles, RowsOfPathsThatHaveGoneAreErasedAndThoseOfOthersStay) {
  WriteSet changes;
  for (const char* path : {"a", "b", "b/c", "d"}) {
    put_seen_file(changes, "demo", file(path), sha256(path));
    put_seen_file(changes, "demo2", file(path), sha256(path));
  }
  write(changes);
  changes.clear();
  ASSERT_TRUE(ok(erase_other_seen_files(changes, *store_.snapshot(), "demo", {"b", "c", "d"})));
  write(changes);
  EXPECT_EQ(find("demo", file("a")), std::nullopt);
  EXPECT_EQ(find("demo", file("b")), sha256("b"));
  EXPECT_EQ(find("demo", file("b/c")), std::nullopt);
  EXPECT_EQ(find("demo", file("d")), sha256("d"));
  EXPECT_EQ(find("demo2", file("a")), sha256("a"));
}

TEST_F(SeenFiles, RowIsAsDocumentedAndADamagedOneCountsAsNone) {
  WriteSet changes;
  put_seen_file(changes, "demo", file("a"), sha256("x"));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes.changes()[0].key, std::string("sdemo\0a", 7));
  EXPECT_EQ(changes.changes()[0].value->size(), 72u);
  WriteSet damaged;
  damaged.put(Space::state, changes.changes()[0].key, changes.changes()[0].value->substr(1));
  write(damaged);
  EXPECT_EQ(find("demo", file("a")), std::nullopt);
}

}  // namespace
}  // namespace purser::seen_files_test
