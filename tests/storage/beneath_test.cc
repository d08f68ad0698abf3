#include "beneath.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "posix.h"
#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::beneath_test {
namespace {

namespace fs = std::filesystem;

struct Way {
  const char* name;
  UniqueFd (*open)(int root, const std::string& path, int flags, mode_t mode);
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

// Each test runs with openat2 and with the way that does without.
class Beneath : public testing::TestWithParam<Way> {
 protected:
  Beneath() {
    write_file(scratch_ / "secret", "secret");
    write_file(scratch_ / "root/d/e/f", "content");
    root_ = UniqueFd(::open((scratch_ / "root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  UniqueFd open(const std::string& path, int flags = O_RDONLY, mode_t mode = 0) {
    return GetParam().open(root_.get(), path, flags, mode);
  }
  bool refuses(const std::string& path, int flags = O_RDONLY) {
    return !open(path, flags, 0600).valid() && errno != 0;
  }
  [[nodiscard]] fs::path in_root(std::string_view name) const {
    return scratch_.path() / "root" / name;
  }

  Scratch scratch_;
  UniqueFd root_;
};

TEST_P(Beneath, OrdinaryFilesOpenAndAreNotInherited) {
  const UniqueFd fd = open("d/e/f");
  ASSERT_TRUE(fd.valid());
  EXPECT_NE(fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
  char buffer[16];
  const auto size = read_up_to(fd.get(), buffer, sizeof buffer, "f");
  ASSERT_TRUE(ok(size));
  EXPECT_EQ(std::string(buffer, *size), "content");
}

TEST_P(Beneath, FilesAreMadeWithTheModeGiven) {
  const mode_t before = umask(0);
  EXPECT_TRUE(open("d/new", O_WRONLY | O_CREAT | O_EXCL, 0640).valid());
  umask(before);
  EXPECT_EQ(mode_of(in_root("d/new")), 0640u);
  EXPECT_FALSE(open("d/new", O_WRONLY | O_CREAT | O_EXCL, 0640).valid());
  EXPECT_EQ(errno, EEXIST);
}

TEST_P(Beneath, MissingFileIsENOENT) {
  EXPECT_FALSE(open("d/none").valid());
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(open("none/f").valid());
  EXPECT_EQ(errno, ENOENT);
}

TEST_P(Beneath, PathsThatAreNotPlainAreRefused) {
  for (const char* path : {"", "/", "/etc/passwd", "..", "../secret", "d/../../secret",
                           "d/../d/e/f", ".", "./d", "d//e", "d/", "d/."}) {
    EXPECT_FALSE(open(path).valid()) << path;
    EXPECT_EQ(errno, EINVAL) << path;
  }
}

TEST_P(Beneath, NoSymbolicLinkIsFollowed) {
  fs::create_symlink("../secret", in_root("out"));
  fs::create_symlink("d/e/f", in_root("inside"));
  fs::create_symlink(scratch_ / "secret", in_root("absolute"));
  fs::create_directory_symlink("d", in_root("dlink"));
  fs::create_directory_symlink("..", in_root("d/up"));
  fs::create_symlink("nowhere", in_root("dangling"));
  for (const char* path : {"out", "inside", "absolute", "dlink/e/f", "d/up/secret", "d/up"}) {
    EXPECT_TRUE(refuses(path)) << path;
  }
  EXPECT_TRUE(refuses("dlink", O_RDONLY | O_DIRECTORY));
  EXPECT_TRUE(refuses("dangling", O_WRONLY | O_CREAT));
  EXPECT_FALSE(fs::exists(in_root("nowhere")));
}

TEST_P(Beneath, OtherFileSystemsAndMagicLinksAreRefused) {
  const UniqueFd slash(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_FALSE(GetParam().open(slash.get(), "proc/version", O_RDONLY, 0).valid());
  EXPECT_EQ(errno, EXDEV);
  const UniqueFd proc(::open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_FALSE(GetParam().open(proc.get(), "root/etc/passwd", O_RDONLY, 0).valid());
  EXPECT_FALSE(GetParam().open(proc.get(), "exe", O_RDONLY, 0).valid());
}

// Longer than the kernel takes in one call.
TEST_P(Beneath, PathOf4096BytesOpens) {
  std::string path;
  UniqueFd directory(dup(root_.get()));
  for (int i = 0; i < 15; ++i) {
    const std::string segment(255, 'a');
    ASSERT_EQ(mkdirat(directory.get(), segment.c_str(), 0700), 0);
    directory = UniqueFd(openat(directory.get(), segment.c_str(), O_RDONLY | O_DIRECTORY));
    path += segment + "/";
  }
  ASSERT_EQ(mkdirat(directory.get(), "b", 0700), 0);
  path += "b/" + std::string(254, 'f');
  ASSERT_EQ(path.size(), 4096u);
  EXPECT_TRUE(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600).valid());
  EXPECT_TRUE(open(path).valid());
  ASSERT_TRUE(ok(remove_beneath(root_.get(), std::string(255, 'a'))));
}

INSTANTIATE_TEST_SUITE_P(BothWays, Beneath,
                         testing::Values(Way{"Openat2", open_beneath},
                                         Way{"ByComponent", open_beneath_by_component}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(RemoveBeneath, RemovesTheTreeButNotWhatItsLinksPointAt) {
  const Scratch scratch;
  write_file(scratch / "outside/kept", "kept");
  write_file(scratch / "root/tree/a/b/c", "x");
  fs::create_directory_symlink(scratch / "outside", scratch / "root/tree/a/link");
  fs::create_directory(scratch / "root/tree/empty");
  const UniqueFd root(::open((scratch / "root").c_str(), O_RDONLY | O_DIRECTORY));
  EXPECT_TRUE(ok(remove_beneath(root.get(), "tree")));
  EXPECT_TRUE(fs::is_empty(scratch / "root"));
  EXPECT_EQ(read_file(scratch / "outside/kept"), "kept");
  EXPECT_TRUE(ok(remove_beneath(root.get(), "tree")));
}

TEST(UniqueFd, ClosesOnceAndReportsIt) {
  UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(fd.valid());
  const int number = fd.get();
  UniqueFd other(std::move(fd));
  EXPECT_FALSE(fd.valid());  // NOLINT: what a move leaves is promised
  EXPECT_EQ(other.get(), number);
  EXPECT_EQ(other.close(), 0);
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
  EXPECT_EQ(other.close(), 0);
  EXPECT_EQ(UniqueFd(1 << 20).close(), EBADF);
}

}  // namespace
}  // namespace purser::beneath_test
