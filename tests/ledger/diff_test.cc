// How the files of two deployments differ, against maps.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "support/scale.h"
#include "support/test_ledger.h"
#include "tree_diff.h"

namespace purser::diff_test {
namespace {

class DiffOf : public BothLedgers {
 protected:
  std::vector<FileChange> changes(std::optional<DeploymentId> before,
                                  std::optional<DeploymentId> after) {
    std::vector<FileChange> all;
    must(ledger->diff(before, after,
                      [&](const FileChange& change) { return all.push_back(change), true; }));
    return all;
  }
};
PURSER_ON_BOTH_LEDGERS(DiffOf);

TEST_P(DiffOf, AddedRemovedAndChangedFilesComeInOrderOfTheirPaths) {
  const DeploymentId one = create(*ledger);
  const DeploymentId other = create(*ledger);
  const auto store = [&](DeploymentId id, const char* path, const char* bytes, bool executable) {
    StoreOptions options;
    options.executable = executable;
    must(ledger->store(id, path, bytes, options));
  };
  store(one, "same", "1", false);
  store(one, "gone", "12", false);
  store(one, "bytes", "a", false);
  store(one, "mode", "m", false);
  store(other, "same", "1", false);
  store(other, "bytes", "bc", false);
  store(other, "mode", "m", true);
  store(other, "a/new", "123", true);
  must(ledger->mark_ready(one));  // a draft is compared as it is
  const auto found = changes(one, other);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].path(), "a/new");
  EXPECT_FALSE(found[0].before);
  EXPECT_EQ(found[0].after->size, 3u);
  EXPECT_EQ(found[1].path(), "bytes");
  EXPECT_EQ(found[1].before->size, 1u);
  EXPECT_EQ(found[1].after->size, 2u);
  EXPECT_EQ(found[2].path(), "gone");
  EXPECT_FALSE(found[2].after);
  EXPECT_EQ(found[3].path(), "mode");
  EXPECT_TRUE(found[3].after->executable);
  EXPECT_TRUE(changes(one, one).empty());
  EXPECT_EQ(changes(std::nullopt, one).size(), 4u);
  EXPECT_EQ(changes(one, std::nullopt).size(), 4u);
  EXPECT_TRUE(changes(std::nullopt, std::nullopt).empty());
  int visited = 0;
  must(ledger->diff(one, other, [&](const FileChange&) { return ++visited < 2; }));
  EXPECT_EQ(visited, 2);
}

TEST_P(DiffOf, WhatHasNoFilesHereIsRefused) {
  const DeploymentId here = sealed(*ledger);
  const DeploymentId elsewhere = ready(*ledger);
  const DeploymentId deleted = sealed(*ledger);
  must(ledger->delete_artifact(deleted));
  const auto ignore = [](const FileChange&) { return true; };
  (void)failure_of<InvalidArgument>(ledger->diff(here, elsewhere, ignore));
  (void)failure_of<InvalidArgument>(ledger->diff(elsewhere, here, ignore));
  (void)failure_of<ArtifactDeleted>(ledger->diff(here, deleted, ignore));
  (void)failure_of<NotFound>(ledger->diff(here, DeploymentId{99}, ignore));
}

TEST(DiffFiles, RandomTreesDifferAsTheirMapsDo) {
  std::mt19937_64 random(8);
  using Tree = std::map<std::string, FileEntry>;
  const auto random_tree = [&] {
    Tree tree;
    for (std::uint64_t n = random() % 30; n > 0; --n) {
      FileEntry file{std::string(1 + random() % 3, static_cast<char>('a' + random() % 3)),
                     random() % 4 == 0,
                     random() % 3,
                     {}};
      file.path += std::to_string(random() % 5);
      tree[file.path] = file;
    }
    return tree;
  };
  const auto files_of = [](const Tree& tree) {
    std::vector<FileEntry> files;
    for (const auto& [path, file] : tree) files.push_back(file);
    return files;
  };
  for (int round = 0; round < scaled(500); ++round) {
    const Tree before = random_tree();
    const Tree after = random_tree();
    std::map<std::string, FileChange> expected;
    for (const auto& [path, file] : before) expected[path].before = file;
    for (const auto& [path, file] : after) expected[path].after = file;
    std::erase_if(expected, [](const auto& one) { return one.second.before == one.second.after; });
    auto next = expected.begin();
    diff_files(files_of(before), files_of(after), [&](const FileChange& change) {
      EXPECT_TRUE(next != expected.end() && change == next->second) << change.path();
      return ++next, true;
    });
    EXPECT_TRUE(next == expected.end());
  }
}

}  // namespace
}  // namespace purser::diff_test
