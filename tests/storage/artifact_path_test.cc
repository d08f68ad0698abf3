#include "artifact_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::artifact_path_test {
namespace {

std::string nested(std::size_t depth) {
  std::string path;
  for (std::size_t i = 1; i < depth; ++i) path += "d/";
  return path + "f";
}

// A path of `size` bytes in segments of up to 99.
std::string of_size(std::size_t size) {
  std::string path;
  while (path.size() < size) path += path.size() % 100 == 99 ? '/' : 'a';
  return path;
}

TEST(ArtifactPath, OrdinaryNamesAreAccepted) {
  for (const char* path :
       {"index.html", "a/b/c", "v1..2.js", "...", "..a", "a..", ".well-known/x", "sp ace", "it's",
        "\"q\"", "\xc3\xa9t\xc3\xa9", "\xff\xfe", "-rf", "~", "*", "a:b", "%2e%2e/x", "$HOME"}) {
    EXPECT_TRUE(ok(check_artifact_path(path))) << path;
  }
}

TEST(ArtifactPath, WhatCouldLeaveTheDirectoryIsRefused) {
  for (const char* path : {"", "/", "/etc/passwd", "..", "../a", "a/..", "a/../b", ".", "./a",
                           "a/.", "a/./b", "a//b", "a/", "//a", "a\\b", "\\", "..\\a"}) {
    const Status status = check_artifact_path(path);
    ASSERT_TRUE(fails_with<InvalidPath>(status)) << path;
    EXPECT_EQ(status.error().as<InvalidPath>()->path, path);
    EXPECT_FALSE(status.error().as<InvalidPath>()->why.empty());
  }
}

TEST(ArtifactPath, EveryControlCharacterIsRefused) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string path = std::string("a") + static_cast<char>(byte) + "b";
    const bool refused = byte < 0x20 || byte == 0x7f || byte == '\\';
    EXPECT_EQ(check_artifact_path(path).has_value(), !refused) << byte;
  }
}

TEST(ArtifactPath, LimitsAreExact) {
  EXPECT_TRUE(ok(check_artifact_path(std::string(255, 'a'))));
  EXPECT_TRUE(fails_with<InvalidPath>(check_artifact_path(std::string(256, 'a'))));
  EXPECT_TRUE(ok(check_artifact_path(nested(64))));
  EXPECT_TRUE(fails_with<InvalidPath>(check_artifact_path(nested(65)), "65 levels"));
  EXPECT_TRUE(ok(check_artifact_path(of_size(4096))));
  EXPECT_TRUE(fails_with<InvalidPath>(check_artifact_path(of_size(4097)), "4097 bytes"));
}

TEST(ArtifactPath, WhateverIsAcceptedStaysBeneath) {
  const Scratch scratch;
  const auto root = std::filesystem::canonical(scratch.path());
  const std::vector<std::string> pieces = {
      "a",    "..",  ".",  "/", "//", "\\", "b c",
      "\xc3", "...", "\n", "~", "",   "c",  std::string(1, '\0')};
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string path;
    for (auto left = random() % 6; left > 0; --left) path += pieces[random() % pieces.size()];
    if (!check_artifact_path(path)) continue;
    ++accepted;
    const auto full = root / path;
    std::filesystem::create_directories(full);
    const std::string real = std::filesystem::canonical(full).string();
    ASSERT_EQ(real, root.string() + "/" + path);
  }
  EXPECT_GT(accepted, 1000);
}

TEST(PathList, DuplicatesAreRefused) {
  EXPECT_TRUE(fails_with<InvalidPath>(check_no_clash({"a", "b", "b"}), "named twice"));
}

TEST(PathList, FileThatMustBeADirectoryIsRefusedWhateverStandsBetween) {
  EXPECT_TRUE(fails_with<InvalidPath>(check_no_clash({"a", "a/b"}), "'a' is a file"));
  EXPECT_TRUE(fails_with<InvalidPath>(check_no_clash({"a", "a-b", "a/b"}), "'a' is a file"));
  EXPECT_TRUE(fails_with<InvalidPath>(check_no_clash({"d/e", "d/e!", "d/e-/x", "d/e/f/g"}), "d/e"));
}

TEST(PathList, NamesThatOnlyLookAlikeAreAccepted) {
  EXPECT_TRUE(ok(check_no_clash({})));
  EXPECT_TRUE(ok(check_no_clash({"a", "a-b", "a.", "ab/c", "b/a", "b/a-"})));
}

TEST(PathList, AgreesWithAFileSystemOnRandomLists) {
  std::mt19937 random(11);
  const std::vector<std::string> names = {"a", "a-", "b"};
  int clashes = 0;
  for (int round = 0; round < 5000; ++round) {
    std::set<std::string> files;
    for (int i = 0; i < 4; ++i) {
      std::string path = names[random() % 3];
      for (auto left = random() % 3; left > 0; --left) path += "/" + names[random() % 3];
      files.insert(path);
    }
    const bool clash = std::any_of(files.begin(), files.end(), [&](const std::string& file) {
      const auto next = files.lower_bound(file + "/");
      return next != files.end() && next->starts_with(file + "/");
    });
    clashes += clash;
    ASSERT_EQ(check_no_clash({files.begin(), files.end()}).has_value(), !clash);
  }
  EXPECT_GT(clashes, 500);
  EXPECT_LT(clashes, 4500);
}

}  // namespace
}  // namespace purser::artifact_path_test
