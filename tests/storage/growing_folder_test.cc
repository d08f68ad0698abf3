#include "growing_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <future>
#include <optional>

#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::growing_folder_test {
namespace {

namespace fs = std::filesystem;

class GrowingFolderTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return (scratch / "folder").string(); }
  [[nodiscard]] GrowingFolder open() const { return *GrowingFolder::open(path()); }
  [[nodiscard]] std::string file(const std::string& name) const {
    return read_file(fs::path(path()) / name);
  }
  static unsigned mode_of(const fs::path& path) {
    struct stat info {};
    EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }

  Scratch scratch;
};

TEST_F(GrowingFolderTest, FilesAppearWithTheCommitAndAreForTheirOwnerOnly) {
  GrowingFolder folder = open();
  ASSERT_TRUE(ok(folder.add("a/b/c", "bytes")));
  EXPECT_EQ(folder.added(), 1u);
  EXPECT_FALSE(fs::exists(path() + "/a/b/c"));
  EXPECT_TRUE(*folder.has("a/b/c"));
  ASSERT_TRUE(ok(folder.commit()));
  EXPECT_EQ(folder.added(), 0u);
  EXPECT_TRUE(*folder.has("a/b/c"));
  EXPECT_EQ(folder.read("a/b/c", 100)->value(), "bytes");
  EXPECT_EQ(folder.read("a/b/c", 2)->value(), "by");
  EXPECT_EQ(*folder.read("a/none", 2), std::nullopt);
  for (const char* name : {"", "a", "a/b"}) EXPECT_EQ(mode_of(path() + "/" + name), 0700u);
  EXPECT_EQ(mode_of(path() + "/a/b/c"), 0600u);
}

TEST_F(GrowingFolderTest, AFileTakesThePlaceOfTheOneBefore) {
  ASSERT_TRUE(ok(open().add("never", "committed")));
  GrowingFolder folder = open();
  for (const char* bytes : {"one", "another"}) {
    ASSERT_TRUE(ok(folder.add("a", "before")));
    ASSERT_TRUE(ok(folder.add("a", bytes)));
    ASSERT_TRUE(ok(folder.commit()));
    EXPECT_EQ(file("a"), bytes);
  }
  EXPECT_FALSE(fs::exists(path() + "/never"));
  ASSERT_TRUE(ok(folder.add("never", "x")));
  ASSERT_TRUE(ok(folder.commit()));
  EXPECT_EQ(file("never"), "x");
}

TEST_F(GrowingFolderTest, ManyFilesAreSyncedTogether) {
  int files = 0;
  int systems = 0;
  SyncCalls calls;
  calls.file = [&](int) { return ++files, 0; };
  calls.file_system = [&](int) { return ++systems, 0; };
  GrowingFolder folder = *GrowingFolder::open(path(), calls);
  files = 0;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(ok(folder.add("a/" + std::to_string(i), "x")));
  ASSERT_TRUE(ok(folder.commit()));
  EXPECT_EQ(systems, 1);
  EXPECT_EQ(files, 2) << "the two folders";
}

TEST_F(GrowingFolderTest, NothingAppearsWhereItsBytesCannotBeSynced) {
  SyncCalls calls = system_sync_calls();
  calls.file = [](int) {
    errno = EIO;
    return -1;
  };
  fs::create_directory(path());
  GrowingFolder failing = *GrowingFolder::open(path(), calls);
  ASSERT_TRUE(ok(failing.add("a", "x")));
  EXPECT_TRUE(fails_with<Io>(failing.commit(), "sync"));
  EXPECT_FALSE(fs::exists(path() + "/a"));
}

TEST_F(GrowingFolderTest, NothingIsWrittenThroughALink) {
  fs::create_directory(scratch / "elsewhere");
  GrowingFolder folder = open();
  fs::create_directory_symlink(scratch / "elsewhere", scratch / "folder" / "a");
  EXPECT_TRUE(fails_with<Io>(folder.add("a/b", "x")));
  EXPECT_TRUE(fs::is_empty(scratch / "elsewhere"));
  fs::create_symlink(scratch / "elsewhere" / "x", scratch / "folder" / "c.new");
  EXPECT_TRUE(fails_with<Io>(folder.add("c", "x")));
  fs::create_directory(scratch / "folder" / "d");
  EXPECT_TRUE(fails_with<Io>(folder.has("d"))) << "no file";
  EXPECT_TRUE(fs::is_empty(scratch / "elsewhere"));
}

TEST_F(GrowingFolderTest, WhatIsNoFolderIsRefused) {
  write_file(scratch / "file", "x", 0600);
  EXPECT_TRUE(fails_with<InvalidArgument>(GrowingFolder::open((scratch / "file").string())));
  fs::create_directory(scratch / "real");
  fs::create_directory_symlink(scratch / "real", scratch / "link");
  EXPECT_TRUE(fails_with<InvalidArgument>(GrowingFolder::open((scratch / "link").string())));
  EXPECT_TRUE(fails_with<NotFound>(GrowingFolder::open((scratch / "none" / "x").string())));
}

TEST_F(GrowingFolderTest, AnotherWaits) {
  std::optional<GrowingFolder> folder = open();
  auto other = std::async(std::launch::async, [&] { return GrowingFolder::open(path()); });
  EXPECT_EQ(other.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  folder.reset();
  EXPECT_TRUE(ok(other.get()));
}

}  // namespace
}  // namespace purser::growing_folder_test
