#include "draft.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "memory_store.h"
#include "storage/results.h"

namespace purser::draft_test {
namespace {

constexpr DeploymentId kId{7};

FileEntry file(std::string path, std::uint64_t size = 1, bool executable = false) {
  Digest digest;
  digest.bytes[0] = static_cast<std::uint8_t>(size);
  return {std::move(path), executable, size, digest};
}

class DraftTest : public testing::Test {
 protected:
  void edit(std::uint64_t revision, const std::vector<FileEntry>& stored,
            const std::vector<std::string>& removed = {}, std::uint64_t floor = 0) {
    WriteSet changes;
    for (const FileEntry& one : stored) put_draft_file(changes, kId, revision, one);
    for (const std::string& path : removed) put_draft_removal(changes, kId, revision, path);
    put_draft_head(changes, kId, DraftHead{revision, floor});
    ASSERT_TRUE(ok(store_.write(changes)));
  }
  std::vector<std::string> paths(DraftHead head) const {
    std::vector<std::string> names;
    const auto files = draft_files(*store_.snapshot(), kId, head);
    EXPECT_TRUE(ok(files));
    for (const FileEntry& one : *files) names.push_back(one.path);
    return names;
  }
  std::optional<FileEntry> find(DraftHead head, std::string_view path) const {
    return draft_file(*store_.snapshot(), kId, head, path).value();
  }
  Status clash(DraftHead head, std::string_view path) const {
    return check_draft_clash(*store_.snapshot(), kId, head, path);
  }
  std::string clashing_path(DraftHead head, std::string_view path) const {
    const Status status = clash(head, path);
    EXPECT_TRUE(fails_with<AlreadyExists>(status)) << path;
    return status ? "" : status.error().as<AlreadyExists>()->path;
  }

  MemoryStore store_;
};

using Paths = std::vector<std::string>;

TEST_F(DraftTest, RowsHaveTheirGoldenBytes) {
  WriteSet changes;
  Digest digest;
  digest.bytes.fill(0xdd);
  put_draft_head(changes, kId, DraftHead{2, 1});
  put_draft_file(changes, kId, 2, FileEntry{"a/b", true, 0x0102, digest});
  put_draft_removal(changes, kId, 2, "c");
  const std::string id("\0\0\0\0\0\0\0\7", 8);
  const std::string revision("\0\0\0\0\0\0\0\2", 8);
  std::map<std::string, std::string> rows;
  for (const auto& [space, key, value, was_put_once] : changes.changes()) {
    EXPECT_EQ(space, Space::state);
    rows[key] = value.value();
  }
  const std::string zero(1, '\0');
  const std::map<std::string, std::string> expected = {
      {"f" + id + "a/b" + zero + revision,
       std::string("\1\2\1\0\0\0\0\0\0", 9) + std::string(32, '\xdd')},
      {"f" + id + "c" + zero + revision, ""},
      {"h" + id + revision, std::string("\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16)},
  };
  EXPECT_EQ(rows, expected);
}

TEST_F(DraftTest, NoHeadIsNoDraft) {
  EXPECT_FALSE(draft_head(*store_.snapshot(), kId)->has_value());
  EXPECT_TRUE(all_drafts(*store_.snapshot())->empty());
}

TEST_F(DraftTest, LatestRevisionIsTheHead) {
  for (std::uint64_t revision : {1, 2, 255, 256, 70'000}) {
    edit(revision, {}, {}, revision / 2);
    const auto head = draft_head(*store_.snapshot(), kId).value();
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head->revision, revision);
    EXPECT_EQ(head->floor, revision / 2);
  }
}

TEST_F(DraftTest, FilesComeBackSortedByPathBytes) {
  edit(1, {file("b"), file("a/c", 300, true), file("a-b"), file("a/b/c"), file("\xc3\xa9"),
           file("B")});
  EXPECT_EQ(paths({1, 0}), (Paths{"B", "a-b", "a/b/c", "a/c", "b", "\xc3\xa9"}));
  EXPECT_EQ(find({1, 0}, "a/c"), file("a/c", 300, true));
  EXPECT_FALSE(find({1, 0}, "a").has_value());
  EXPECT_FALSE(find({1, 0}, "a/b").has_value());
}

TEST_F(DraftTest, LaterRevisionReplacesAndRemovalHides) {
  edit(1, {file("a", 1), file("b", 1)});
  edit(2, {file("a", 2)});
  EXPECT_EQ(find({2, 0}, "a"), file("a", 2));
  edit(3, {}, {"a"});
  EXPECT_FALSE(find({3, 0}, "a").has_value());
  EXPECT_EQ(paths({3, 0}), Paths{"b"});
  edit(4, {file("a", 4)});
  EXPECT_EQ(find({4, 0}, "a"), file("a", 4));
}

TEST_F(DraftTest, OlderHeadStillShowsWhatItShowed) {
  edit(1, {file("a", 1), file("b", 1)});
  edit(2, {file("a", 2), file("c", 2)});
  edit(3, {}, {"a", "b", "c"});
  edit(4, {file("d", 4)}, {}, 3);
  EXPECT_EQ(paths({1, 0}), (Paths{"a", "b"}));
  EXPECT_EQ(find({1, 0}, "a"), file("a", 1));
  EXPECT_EQ(paths({2, 0}), (Paths{"a", "b", "c"}));
  EXPECT_EQ(find({2, 0}, "a"), file("a", 2));
  EXPECT_EQ(paths({3, 0}), Paths{});
  EXPECT_EQ(paths({4, 3}), Paths{"d"});
}

TEST_F(DraftTest, NothingUpToTheFloorIsLeft) {
  edit(1, {file("a"), file("b")});
  edit(2, {file("c")});
  EXPECT_EQ(paths({2, 1}), Paths{"c"});
  EXPECT_EQ(paths({2, 2}), Paths{});
  EXPECT_FALSE(find({2, 1}, "a").has_value());
  EXPECT_TRUE(ok(clash({2, 2}, "a/x")));
}

TEST_F(DraftTest, EmptyMeansNoFileAsOfTheHead) {
  const auto empty = [&](DraftHead head) {
    return draft_is_empty(*store_.snapshot(), kId, head).value();
  };
  edit(1, {});
  EXPECT_TRUE(empty({1, 0}));
  edit(2, {file("a"), file("b")});
  EXPECT_FALSE(empty({2, 0}));
  EXPECT_TRUE(empty({1, 0}));
  EXPECT_TRUE(empty({2, 2}));
  edit(3, {}, {"a"});
  EXPECT_FALSE(empty({3, 0}));
  edit(4, {}, {"b"});
  EXPECT_TRUE(empty({4, 0}));
}

TEST_F(DraftTest, FileAndDirectoryClashIsFoundWhateverLiesBetween) {
  edit(1, {file("a/b"), file("a-b"), file("a.js"), file("c"), file("d/e/f")});
  const DraftHead head{1, 0};
  EXPECT_EQ(clashing_path(head, "a"), "a/b");
  EXPECT_EQ(clashing_path(head, "a/b/c"), "a/b");
  EXPECT_EQ(clashing_path(head, "c/x/y/z"), "c");
  EXPECT_EQ(clashing_path(head, "d"), "d/e/f");
  EXPECT_EQ(clashing_path(head, "d/e"), "d/e/f");
  EXPECT_EQ(clashing_path(head, "d/e/f/g"), "d/e/f");
  for (const char* path :
       {"a/b", "a/c", "a-b", "a-", "a.", "b", "c", "cc", "c-/x", "d/e/g", "d-/e"}) {
    EXPECT_TRUE(ok(clash(head, path))) << path;
  }
}

TEST_F(DraftTest, RemovedFileClashesWithNothing) {
  edit(1, {file("a/b"), file("c")});
  edit(2, {}, {"a/b", "c"});
  EXPECT_TRUE(ok(clash({2, 0}, "a")));
  EXPECT_TRUE(ok(clash({2, 0}, "c/x")));
  EXPECT_EQ(clashing_path({1, 0}, "a"), "a/b");
}

TEST_F(DraftTest, DraftsOfOtherDeploymentsAreApart) {
  edit(1, {file("a")});
  WriteSet changes;
  for (DeploymentId other : {DeploymentId{6}, DeploymentId{8}, DeploymentId{256}}) {
    put_draft_file(changes, other, 1, file("a/b"));
    put_draft_head(changes, other, DraftHead{1, 0});
    put_draft_head(changes, other, DraftHead{2, 0});
  }
  ASSERT_TRUE(ok(store_.write(changes)));
  EXPECT_EQ(paths({1, 0}), Paths{"a"});
  EXPECT_TRUE(ok(clash({1, 0}, "a")));
  EXPECT_EQ(all_drafts(*store_.snapshot()).value(),
            (std::vector<DeploymentId>{DeploymentId{6}, kId, DeploymentId{8}, DeploymentId{256}}));
}

TEST_F(DraftTest, ErasedDraftIsGoneAndOthersStay) {
  std::vector<FileEntry> many;
  for (int i = 0; i < 9'000; ++i) many.push_back(file("f" + std::to_string(i)));
  edit(1, many);
  edit(2, {file("a")}, {"f1"});
  WriteSet changes;
  put_draft_head(changes, DeploymentId{8}, DraftHead{1, 0});
  put_draft_file(changes, DeploymentId{8}, 1, file("x"));
  ASSERT_TRUE(ok(store_.write(changes)));

  const auto before = store_.snapshot();
  ASSERT_TRUE(ok(erase_drafts(store_, {kId})));
  EXPECT_EQ(all_drafts(*store_.snapshot()).value(), std::vector<DeploymentId>{DeploymentId{8}});
  EXPECT_EQ(paths({2, 0}), Paths{});
  EXPECT_EQ(draft_files(*store_.snapshot(), DeploymentId{8}, {1, 0})->size(), 1u);
  EXPECT_EQ(draft_files(*before, kId, {2, 0})->size(), 9'000u);
  EXPECT_TRUE(ok(erase_drafts(store_, {kId})));
}

// A store that notes the size of each write, and refuses the one that it is told to.
class WatchedStore final : public Store {
 public:
  explicit WatchedStore(Store& store, std::size_t refused = 1000)
      : store_(store), refused_(refused) {}
  std::unique_ptr<RowReader> snapshot() const override { return store_.snapshot(); }
  Status write(const WriteSet& changes) override {
    sizes.push_back(changes.size());
    if (sizes.size() == refused_) return Io{"write", "store", "refused"};
    return store_.write(changes);
  }
  Status drop(Space space, const KeyRange& range) override { return store_.drop(space, range); }
  Status catch_up() override { return store_.catch_up(); }
  Status close() override { return store_.close(); }

  std::vector<std::size_t> sizes;

 private:
  Store& store_;
  const std::size_t refused_;
};

TEST_F(DraftTest, ErasingWritesABoundedNumberOfRowsAtATime) {
  std::vector<FileEntry> many;
  for (int i = 0; i < 10'000; ++i) many.push_back(file("f" + std::to_string(i)));
  edit(1, many);
  WatchedStore watched(store_);
  ASSERT_TRUE(ok(erase_drafts(watched, {kId})));
  EXPECT_EQ(watched.sizes, (std::vector<std::size_t>{4096, 4096, 10'001 - 2 * 4096}));
}

TEST_F(DraftTest, HalfErasedDraftIsStillFoundAndCanBeErased) {
  std::vector<FileEntry> many;
  for (int i = 0; i < 10'000; ++i) many.push_back(file("f" + std::to_string(i)));
  edit(1, many);
  WatchedStore failing(store_, 3);
  EXPECT_TRUE(fails_with<Io>(erase_drafts(failing, {kId})));
  EXPECT_EQ(paths({1, 0}).size(), 10'000u - 2 * 4096u);
  EXPECT_EQ(all_drafts(*store_.snapshot()).value(), std::vector<DeploymentId>{kId});
  ASSERT_TRUE(ok(erase_drafts(store_, {kId})));
  EXPECT_TRUE(all_drafts(*store_.snapshot())->empty());
}

TEST_F(DraftTest, DamagedRowsAreCorruption) {
  WriteSet good;
  put_draft_head(good, kId, DraftHead{1, 0});
  put_draft_file(good, kId, 1, file("a"));
  for (const auto& [space, key, value, was_put_once] : good.changes()) {
    for (const std::string& damaged : {value->substr(1), *value + "x", std::string("x")}) {
      MemoryStore store;
      ASSERT_TRUE(ok(store.write(good)));
      WriteSet changes;
      changes.put(space, key, damaged);
      ASSERT_TRUE(ok(store.write(changes)));
      const auto rows = store.snapshot();
      const bool head = key[0] == 'h';
      EXPECT_TRUE(head ? fails_with<Corruption>(draft_head(*rows, kId), "deployment 7")
                       : fails_with<Corruption>(draft_files(*rows, kId, {1, 0}), "deployment 7"));
    }
  }
}

TEST_F(DraftTest, RandomEditsAgreeWithAMapOfEveryRevision) {
  std::mt19937 random(5);
  const Paths names = {"a", "a-", "a-b", "a/b", "a/b/c", "b", "b/", "c\xff", "c\xff/d"};
  std::vector<std::map<std::string, FileEntry>> states(1);
  std::vector<std::uint64_t> floors(1);
  for (std::uint64_t revision = 1; revision <= 400; ++revision) {
    auto state = states.back();
    std::uint64_t floor = floors.back();
    const std::string name = names[random() % names.size()];
    switch (random() % 8) {
      case 0:
        floor = revision;
        state.clear();
        edit(revision, {}, {}, floor);
        break;
      case 1:
      case 2:
        state.erase(name);
        edit(revision, {}, {name}, floor);
        break;
      default:
        state[name] = file(name, random() % 200, random() % 2 == 0);
        edit(revision, {state[name]}, {}, floor);
    }
    states.push_back(state);
    floors.push_back(floor);
  }
  for (std::uint64_t revision = 1; revision <= 400; ++revision) {
    std::vector<FileEntry> expected;
    for (const auto& [path, one] : states[revision]) expected.push_back(one);
    const DraftHead head{revision, floors[revision]};
    ASSERT_EQ(draft_files(*store_.snapshot(), kId, head).value(), expected) << revision;
    ASSERT_EQ(draft_is_empty(*store_.snapshot(), kId, head).value(), expected.empty()) << revision;
    for (const std::string& name : names) {
      const auto found = states[revision].find(name);
      ASSERT_EQ(find(head, name).has_value(), found != states[revision].end()) << revision << name;
    }
  }
}

// Such a row has no place in the order by which the next draft is found: the walk stood still.
TEST_F(DraftTest, AHeadUnderAKeyOfAnotherLengthIsDamageAndEndsTheWalk) {
  for (const std::string& key : {std::string("hX"), std::string("h") + std::string(17, '\xff')}) {
    WriteSet changes;
    changes.put(Space::state, key, std::string(16, '\0'));
    MemoryStore store;
    ASSERT_TRUE(ok(store.write(changes)));
    EXPECT_TRUE(fails_with<Corruption>(all_drafts(*store.snapshot())));
  }
}

}  // namespace
}  // namespace purser::draft_test
