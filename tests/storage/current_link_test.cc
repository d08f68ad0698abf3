#include "current_link.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::current_link_test {
namespace {

namespace fs = std::filesystem;

class CurrentLink : public testing::Test {
 protected:
  CurrentLink() {
    for (const char* name : {"releases/1", "releases/2"}) {
      fs::create_directories(scratch_ / name);
    }
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(scratch_.path()), {}));
  }
  Scratch scratch_;
  std::string link_ = scratch_ / "current";
};

TEST_F(CurrentLink, IsMadeAndMovedAndLeavesNothingBesideIt) {
  ASSERT_TRUE(ok(swing_current_link(link_, scratch_ / "releases/1")));
  EXPECT_EQ(fs::read_symlink(link_), "releases/1");
  ASSERT_TRUE(ok(swing_current_link(link_, (scratch_ / "releases/2").string() + "/")));
  EXPECT_EQ(fs::read_symlink(link_), "releases/2");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(CurrentLink, IsRelativeBelowItsDirectoryAndAbsoluteElsewhere) {
  ASSERT_TRUE(ok(swing_current_link(scratch_ / "releases/current", scratch_ / "releases/1")));
  EXPECT_EQ(fs::read_symlink(scratch_ / "releases/current"), "1");
  fs::create_directory(scratch_ / "release");  // begins alike, and is another
  ASSERT_TRUE(ok(swing_current_link(scratch_ / "release/current", scratch_ / "releases/1")));
  EXPECT_EQ(fs::read_symlink(scratch_ / "release/current"), fs::canonical(scratch_ / "releases/1"));
}

TEST_F(CurrentLink, LeadsTheRightWayThroughLinksAbove) {
  fs::create_directory_symlink("releases", scratch_ / "r");
  ASSERT_TRUE(ok(swing_current_link(scratch_ / "r/current", scratch_ / "releases/1")));
  EXPECT_EQ(fs::canonical(scratch_ / "r/current"), fs::canonical(scratch_ / "releases/1"));
}

TEST_F(CurrentLink, ReplacesADanglingLinkAndNothingElse) {
  fs::create_symlink("nowhere", link_);
  ASSERT_TRUE(ok(swing_current_link(link_, scratch_ / "releases/1")));
  EXPECT_EQ(fs::read_symlink(link_), "releases/1");
  fs::remove(link_);
  write_file(link_, "mine");
  EXPECT_TRUE(fails_with<AlreadyExists>(check_current_link(link_), "current"));
  EXPECT_TRUE(fails_with<AlreadyExists>(swing_current_link(link_, scratch_ / "releases/1")));
  EXPECT_EQ(read_file(link_), "mine");
  EXPECT_TRUE(fails_with<AlreadyExists>(
      swing_current_link(scratch_ / "releases", scratch_ / "releases/1")));
  EXPECT_TRUE(fails_with<NotFound>(check_current_link(scratch_ / "none/current"), "none"));
  EXPECT_TRUE(fails_with<InvalidArgument>(check_current_link("..")));
  EXPECT_EQ(entries(), 2u);
}

TEST_F(CurrentLink, IsDurableWhenItReturnsAndAFailedSyncIsTold) {
  std::vector<std::string> synced;
  const auto note = [&](int fd) {
    synced.push_back(fs::read_symlink("/proc/self/fd/" + std::to_string(fd)));
    return fs::is_symlink(link_) ? 0 : -1;
  };
  ASSERT_TRUE(ok(swing_current_link(link_, scratch_ / "releases/1", {note, {}})));
  EXPECT_EQ(synced, std::vector<std::string>{fs::canonical(scratch_.path())});
  const SyncCalls failing{[](int) { return errno = EIO, -1; }, {}};
  EXPECT_TRUE(fails_with<Io>(swing_current_link(link_, scratch_ / "releases/2", failing), "sync"));
}

}  // namespace
}  // namespace purser::current_link_test
