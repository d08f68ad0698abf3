// Whole folders, into the ledger and out of it again.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "support/test_ledger.h"

namespace purser::trees_test {
namespace {

namespace fs = std::filesystem;

class Trees : public testing::Test {
 protected:
  [[nodiscard]] DeploymentId stored(const std::string& from, const StoreTreeOptions& options = {}) {
    const DeploymentId id = create(*ledger);
    report = must(ledger->store_tree(id, from, options));
    must(ledger->mark_ready(id));
    return id;
  }
  MaterializeReport written(DeploymentId id, const std::string& name,
                            const MaterializeOptions& options = {}) {
    return must(ledger->materialize(id, ledger.beside(name), options));
  }
  // Where the clock of the ledger stands, so that files made just now look old.
  void stand_later() { clock.set(now_us() + 3'600'000'000); }

  static std::int64_t now_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }
  FakeClock clock{now_us()};
  TestLedger ledger{Where::disk, clock.options()};
  std::string tree = ledger.beside("tree");
  StoreReport report;
};

// No difference in names, bytes or folders.
testing::AssertionResult same_trees(const std::string& a, const std::string& b) {
  const std::string command = "diff -r '" + a + "' '" + b + "'";
  if (std::system(command.c_str()) == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << a << " and " << b << " differ";
}

std::string random_name(std::mt19937& random) {
  static const std::string_view kParts[] = {
      "a",        "B7",           " ", "'", "\"", "$x",        "..",   "-", "*",
      "\xc3\xa9", "\xe6\x97\xa5", ".", "#", "%",  "e\xcc\x81", "\xff", "~"};
  std::string name;
  const std::size_t parts = 1 + random() % 5;
  for (std::size_t i = 0; i < parts; ++i) {
    name += kParts[random() % std::size(kParts)];
  }
  return name.empty() || name == "." || name == ".." ? "x" + name : name;
}

std::string random_bytes(std::mt19937& random) {
  static constexpr std::size_t kSizes[] = {0, 0, 1, 100, 5000, 16384, 16385, 70'000};
  std::string bytes(kSizes[random() % std::size(kSizes)], '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST_F(Trees, RandomOnesComeBackExactly) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    const std::string from = tree + std::to_string(seed);
    std::vector<fs::path> folders{from};
    for (int i = 0; i < 150; ++i) {
      const fs::path path = folders[random() % folders.size()] / random_name(random);
      if (fs::exists(path)) continue;
      write_file(path / "inside", random_bytes(random));  // an empty folder would not be kept
      folders.push_back(path);
      write_file(folders[random() % folders.size()] / ("f" + random_name(random)),
                 random_bytes(random), random() % 4 == 0 ? 0755 : 0644);
    }
    const std::string name = "out" + std::to_string(seed);
    written(stored(from), name);
    EXPECT_TRUE(same_trees(from, ledger.beside(name)));
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      if (!entry.is_regular_file()) continue;
      const fs::path copy = fs::path(ledger.beside(name)) / fs::relative(entry.path(), from);
      EXPECT_EQ(mode_of(copy), mode_of(entry.path())) << copy;
    }
  }
}

TEST_F(Trees, PathsUpToTheLimitOfDepthComeBackExactly) {
  std::string path;
  for (int depth = 1; depth < 64; ++depth) path += std::string(62, 'd') + "/";
  write_file(tree + "/" + path + "deepest", "deep");
  write_file(tree + "/" + std::string(255, 'n'), "long");
  written(stored(tree), "out");
  EXPECT_TRUE(same_trees(tree, ledger.beside("out")));
  EXPECT_EQ(read_file(ledger.beside("out") + "/" + path + "deepest"), "deep");
}

TEST_F(Trees, TenThousandFilesComeBackExactly) {
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    write_file(tree + "/" + std::to_string(i % 97) + "/" + number, i % 10 == 0 ? "" : number);
  }
  EXPECT_EQ(written(stored(tree), "out").files, 10'000u);
  EXPECT_TRUE(same_trees(tree, ledger.beside("out")));
  EXPECT_EQ(written(DeploymentId{1}, "linked", {ledger.beside("out")}).shared_files, 10'000u);
  EXPECT_TRUE(same_trees(tree, ledger.beside("linked")));
}

// --- Shared with an older folder ----------------------------------------------------------------

TEST_F(Trees, FilesThatAreTheSameAreLinkedAndOthersWritten) {
  for (const char* name : {"same", "d/same", "changed", "mode", "spoiled"}) {
    write_file(tree + "/" + name, "first");
  }
  written(stored(tree), "1");
  write_file(tree + "/changed", "again");
  write_file(tree + "/mode", "first", 0755);
  write_file(tree + "/new", "new");
  const DeploymentId second = stored(tree);
  write_file(ledger.beside("1") + "/spoiled", "FIRST");  // size and mode are as they were
  EXPECT_EQ(written(second, "2", {ledger.beside("1")}).shared_files, 2u);
  EXPECT_TRUE(same_trees(tree, ledger.beside("2")));
  for (const char* name : {"same", "d/same", "changed", "mode", "spoiled"}) {
    EXPECT_EQ(fs::equivalent(ledger.beside("1") + "/" + name, ledger.beside("2") + "/" + name),
              std::string_view(name).find("same") != std::string_view::npos)
        << name;
  }
  EXPECT_EQ(mode_of(ledger.beside("2") + "/mode"), 0755u);
  EXPECT_EQ(read_file(ledger.beside("1") + "/spoiled"), "FIRST");
}

TEST_F(Trees, ClonedFilesAreNotTheSameFileWhateverTheFileSystemShares) {
  write_file(tree + "/a", "first");
  const DeploymentId id = stored(tree);
  written(id, "1");
  written(id, "2", {ledger.beside("1"), true});
  EXPECT_TRUE(same_trees(tree, ledger.beside("2")));
  EXPECT_FALSE(fs::equivalent(ledger.beside("1") + "/a", ledger.beside("2") + "/a"));
  EXPECT_EQ(
      failure_of<InvalidArgument>(ledger->materialize(id, ledger.beside("3"), {"", true})).what,
      "reflink");
  EXPECT_TRUE(fails_with<NotFound>(
      ledger->materialize(id, ledger.beside("3"), {ledger.beside("none")}), "none"));
  EXPECT_FALSE(fs::exists(ledger.beside("3")));
}

TEST_F(Trees, CurrentLinkMovesOnceTheFolderIsThere) {
  write_file(tree + "/a", "first");
  const DeploymentId id = stored(tree);
  const std::string link = ledger.beside("current");
  written(id, "1", {"", false, link});
  EXPECT_EQ(fs::read_symlink(link), "1");
  written(id, "2", {"", false, link});
  EXPECT_EQ(fs::read_symlink(link), "2");
  const std::string taken = ledger.beside("taken");
  write_file(taken, "mine");
  EXPECT_EQ(
      failure_of<AlreadyExists>(ledger->materialize(id, ledger.beside("3"), {"", false, taken}))
          .path,
      taken);
  EXPECT_FALSE(fs::exists(ledger.beside("3")));
  EXPECT_EQ(read_file(taken), "mine");
}

// --- Files that were seen before ----------------------------------------------------------------

TEST_F(Trees, FilesThatLookAsTheyDidAreTakenWithoutReadingOnlyIfAsked) {
  write_file(tree + "/a", "first");
  write_file(tree + "/d/b", "second");
  stand_later();
  (void)stored(tree, {true});
  EXPECT_EQ(report.trusted_files, 0u);  // nothing was noted yet
  const DeploymentId again = stored(tree, {true});
  EXPECT_EQ(report.files, 2u);
  EXPECT_EQ(report.bytes, 11u);
  EXPECT_EQ(report.trusted_files, 2u);
  EXPECT_EQ(must(ledger->retrieve(again, "d/b")), "second");
  (void)stored(tree);
  EXPECT_EQ(report.trusted_files, 0u);
  const DeploymentId other = create(*ledger, "other");
  EXPECT_EQ(must(ledger->store_tree(other, tree, {true})).trusted_files, 0u);
}

TEST_F(Trees, FileThatWasChangedIsReadWhateverItsTimeOfModificationSays) {
  write_file(tree + "/a", "first");
  stand_later();
  (void)stored(tree, {true});
  struct stat before {};
  ASSERT_EQ(stat((tree + "/a").c_str(), &before), 0);
  usleep(20'000);  // the clock of the file system ticks
  write_file(tree + "/a", "FIRST");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, (tree + "/a").c_str(), times, 0), 0);
  const DeploymentId id = stored(tree, {true});
  EXPECT_EQ(report.trusted_files, 0u);
  EXPECT_EQ(must(ledger->retrieve(id, "a")), "FIRST");
}

TEST_F(Trees, FileThatWasChangedAMomentAgoIsNotTrustedNextTime) {
  write_file(tree + "/a", "first");
  (void)stored(tree, {true});
  (void)stored(tree, {true});
  EXPECT_EQ(report.trusted_files, 0u);
  stand_later();
  (void)stored(tree, {true});
  EXPECT_EQ(report.trusted_files, 0u);  // only now it is noted
  (void)stored(tree, {true});
  EXPECT_EQ(report.trusted_files, 1u);
}

}  // namespace
}  // namespace purser::trees_test
