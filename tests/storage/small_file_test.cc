#include "small_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::small_file_test {
namespace {

std::set<std::string> names_in(const std::filesystem::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

TEST(SmallFile, HoldsWhatItWasMadeWith) {
  const Scratch scratch;
  const std::string bytes("a\0b\xff", 4);
  ASSERT_TRUE(ok(create_small_file(scratch.path(), "name", bytes)));
  EXPECT_EQ(read_small_file(scratch / "name", 100).value(), bytes);
  EXPECT_EQ(names_in(scratch.path()), std::set<std::string>{"name"});
}

TEST(SmallFile, IsForItsOwnerAloneWhateverTheMask) {
  for (mode_t mask : {0000, 0022, 0777}) {
    const Scratch scratch;
    const mode_t before = umask(mask);
    const Status made = create_small_file(scratch.path(), "name", "x");
    umask(before);
    ASSERT_TRUE(ok(made)) << mask;
    EXPECT_EQ(mode_of(scratch / "name"), 0600u) << mask;
  }
}

TEST(SmallFile, WhatStandsThereStays) {
  const Scratch scratch;
  ASSERT_TRUE(ok(create_small_file(scratch.path(), "name", "first")));
  EXPECT_TRUE(fails_with<AlreadyExists>(create_small_file(scratch.path(), "name", "second"),
                                        (scratch / "name").string()));
  EXPECT_EQ(read_file(scratch / "name"), "first");
}

TEST(SmallFile, RefusedFileLeavesNothingBehind) {
  const Scratch scratch;
  ASSERT_TRUE(ok(create_small_file(scratch.path(), "name", "first")));
  ASSERT_FALSE(create_small_file(scratch.path(), "name", "second").has_value());
  EXPECT_EQ(names_in(scratch.path()), std::set<std::string>{"name"});
}

TEST(SmallFile, RestOfAnInterruptedAttemptIsNoObstacle) {
  const Scratch scratch;
  write_file(scratch / "name.new", "half of something that was longer");
  ASSERT_TRUE(ok(create_small_file(scratch.path(), "name", "whole")));
  EXPECT_EQ(read_file(scratch / "name"), "whole");
}

TEST(SmallFile, MissingDirectoryIsAnIoError) {
  const Scratch scratch;
  EXPECT_TRUE(fails_with<Io>(create_small_file(scratch / "absent", "name", "x")));
  EXPECT_TRUE(fails_with<Io>(sync_directory(scratch / "absent")));
  EXPECT_TRUE(ok(sync_directory(scratch.path())));
}

TEST(SmallFile, NothingIsReadWhereNothingIs) {
  const Scratch scratch;
  const auto read = read_small_file(scratch / "absent", 10);
  ASSERT_TRUE(ok(read));
  EXPECT_FALSE(read->has_value());
}

TEST(SmallFile, NoMoreIsReadThanAskedFor) {
  const Scratch scratch;
  write_file(scratch / "name", "0123456789");
  EXPECT_EQ(read_small_file(scratch / "name", 4).value(), "0123");
  EXPECT_EQ(read_small_file(scratch / "name", 10).value(), "0123456789");
  EXPECT_EQ(read_small_file(scratch / "name", 11).value(), "0123456789");
}

TEST(SmallFile, OnlyRegularFilesAreRead) {
  const Scratch scratch;
  write_file(scratch / "target", "x");
  std::filesystem::create_symlink(scratch / "target", scratch / "link");
  ASSERT_EQ(mkfifo((scratch / "pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(scratch / "directory");
  for (const char* name : {"link", "pipe", "directory"}) {
    EXPECT_TRUE(fails_with<Io>(read_small_file(scratch / name, 10), name));
  }
}

}  // namespace
}  // namespace purser::small_file_test
