#include "tree_reader.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <chrono>

#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::tree_reader_test {
namespace {

namespace fs = std::filesystem;

// While it lives, the process may do no more than an ordinary user.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser() : before_(geteuid()) {
    if (before_ == 0) PURSER_CHECK(seteuid(65534) == 0, "seteuid");
  }
  ~AsOrdinaryUser() { PURSER_CHECK(seteuid(before_) == 0, "seteuid"); }

 private:
  const uid_t before_;
};

class TreeReaderTest : public testing::Test {
 protected:
  Result<TreeReader> open() { return TreeReader::open(directory_); }
  // A refusal that names `path`.
  testing::AssertionResult refuses(std::string_view path, std::string_view why) {
    const auto reader = open();
    const auto result = fails_with<InvalidPath>(reader, why);
    if (!result) return result;
    if (reader.error().as<InvalidPath>()->path == path) return result;
    return testing::AssertionFailure() << reader.error().message();
  }
  static Result<std::string> read(const TreeReader& reader, std::size_t index) {
    std::string bytes;
    const Status status = reader.read(reader.files()[index], [&](std::string_view block) -> Status {
      bytes += block;
      return {};
    });
    if (!status) return status.error();
    return bytes;
  }

  Scratch scratch_;
  std::string directory_ = scratch_ / "tree";
  fs::path tree_ = directory_;
};

TEST_F(TreeReaderTest, ListsAndReadsEveryFileSortedByBytes) {
  const std::string big(3'000'000, 'b');
  write_file(tree_ / "a-b", "1");
  write_file(tree_ / "a/b c/it's \"q\"", "22", 0755);
  write_file(tree_ / "a/z", "");
  write_file(tree_ / "B", big, 0600);
  write_file(tree_ / "\xc3\xa9", "e", 0654);
  write_file(tree_ / ".hidden", "h", 0744);
  fs::create_directory(tree_ / "empty");
  const auto reader = open();
  ASSERT_TRUE(ok(reader));
  const std::vector<TreeFile>& files = reader->files();
  ASSERT_EQ(files.size(), 6u);
  const char* paths[] = {".hidden", "B", "a-b", "a/b c/it's \"q\"", "a/z", "\xc3\xa9"};
  const std::string contents[] = {"h", big, "1", "22", "", "e"};
  const bool executable[] = {true, false, false, true, false, false};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(files[i].path, paths[i]);
    EXPECT_EQ(files[i].size, contents[i].size());
    EXPECT_EQ(files[i].executable, executable[i]) << paths[i];
    std::string room(files[i].size, '\0');
    const auto whole = reader->read_whole(files[i], room.data());
    ASSERT_TRUE(ok(whole)) << paths[i];
    EXPECT_EQ(*whole, contents[i]) << paths[i];
    const auto bytes = read(*reader, i);
    ASSERT_TRUE(ok(bytes));
    EXPECT_TRUE(*bytes == contents[i]) << paths[i];
  }
}

TEST_F(TreeReaderTest, DirectoryItselfMayBeReachedThroughALink) {
  write_file(tree_ / "f", "x");
  fs::create_directory_symlink(tree_, scratch_ / "link");
  const auto reader = TreeReader::open(scratch_ / "link");
  ASSERT_TRUE(ok(reader));
  EXPECT_EQ(*read(*reader, 0), "x");
}

TEST_F(TreeReaderTest, EmptyDirectoryHasNoFiles) {
  fs::create_directory(tree_);
  EXPECT_TRUE(open()->files().empty());
}

TEST_F(TreeReaderTest, MissingDirectoryIsNotFoundAndAFileIsNone) {
  EXPECT_TRUE(fails_with<NotFound>(open(), "directory '" + directory_ + "'"));
  write_file(tree_, "x");
  EXPECT_TRUE(fails_with<Io>(open(), "Not a directory"));
}

TEST_F(TreeReaderTest, SymbolicLinksAreRefusedByName) {
  write_file(tree_ / "sub/f", "x");
  fs::create_symlink("f", tree_ / "sub/link");
  EXPECT_TRUE(refuses("sub/link", "symbolic link"));
  fs::remove(tree_ / "sub/link");
  fs::create_directory_symlink("sub", tree_ / "dlink");
  EXPECT_TRUE(refuses("dlink", "symbolic link"));
}

TEST_F(TreeReaderTest, SpecialFilesAreRefusedByName) {
  fs::create_directories(tree_ / "sub");
  ASSERT_EQ(mkfifo((tree_ / "sub/pipe").c_str(), 0600), 0);
  EXPECT_TRUE(refuses("sub/pipe", "FIFO"));
  fs::remove(tree_ / "sub/pipe");

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (tree_ / "sock").string().copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr* const generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(socket.get(), generic, sizeof address), 0);
  EXPECT_TRUE(refuses("sock", "socket"));
}

// The one device that needs no privilege to make.
TEST_F(TreeReaderTest, DeviceIsRefusedByName) {
  fs::create_directory(tree_);
  ASSERT_EQ(mknod((tree_ / "null").c_str(), S_IFCHR | 0600, makedev(0, 0)), 0);
  EXPECT_TRUE(refuses("null", "device"));
}

TEST_F(TreeReaderTest, NamesAnArtifactCannotHoldAreRefused) {
  write_file(tree_ / "line\nbreak", "x");
  EXPECT_TRUE(refuses("line\nbreak", "control character"));
  fs::remove(tree_ / "line\nbreak");
  write_file(tree_ / "back\\slash", "x");
  EXPECT_TRUE(refuses("back\\slash", "backslash"));
  fs::remove(tree_ / "back\\slash");
  std::string deep = "d";
  for (int i = 1; i < 64; ++i) deep += "/d";
  write_file(tree_ / deep / "f", "x");
  EXPECT_TRUE(refuses(deep + "/f", "65 levels"));
}

TEST_F(TreeReaderTest, UnreadableFileAndDirectoryAreIo) {
  write_file(tree_ / "f", "x", 0000);
  {
    const AsOrdinaryUser user;
    const auto reader = open();
    ASSERT_TRUE(ok(reader));
    EXPECT_TRUE(fails_with<Io>(read(*reader, 0), "Permission denied"));
  }
  fs::create_directory(tree_ / "closed");
  ASSERT_EQ(chmod((tree_ / "closed").c_str(), 0), 0);
  {
    const AsOrdinaryUser user;
    EXPECT_TRUE(fails_with<Io>(open(), "closed': Permission denied"));
  }
  ASSERT_EQ(chmod((tree_ / "closed").c_str(), 0700), 0);
}

TEST_F(TreeReaderTest, FileThatChangesIsRefused) {
  const std::string big(2'500'000, 'b');
  write_file(tree_ / "f", big);
  // Long ago: two writes in one tick of the clock look alike.
  fs::last_write_time(tree_ / "f", fs::file_time_type::clock::now() - std::chrono::hours(1));
  const auto reader = open();
  ASSERT_TRUE(ok(reader));
  // Size kept: the time gives it away. Size changed while it is read. Changed since it was listed.
  const auto rewrite = [&](const std::string& bytes) {
    return reader->read(reader->files()[0], [&](std::string_view) -> Status {
      write_file(tree_ / "f", bytes);
      return {};
    });
  };
  EXPECT_TRUE(fails_with<Io>(rewrite(big), "changed while it was read"));
  EXPECT_TRUE(fails_with<Io>(rewrite(big), "changed while it was read"));
  const auto again = open();
  ASSERT_TRUE(ok(again));
  const Status shorter = again->read(again->files()[0], [&](std::string_view) -> Status {
    fs::resize_file(tree_ / "f", 1'500'000);
    return {};
  });
  EXPECT_TRUE(fails_with<Io>(shorter, "changed while it was read"));
  std::string room(big.size(), '\0');
  EXPECT_TRUE(fails_with<Io>(again->read_whole(again->files()[0], room.data()),
                             "changed while it was read"));
}

TEST_F(TreeReaderTest, FileThatBecomesAFifoOrLinkIsRefusedWithoutWaiting) {
  write_file(tree_ / "f", "x");
  write_file(tree_ / "g", "x");
  const auto reader = open();
  ASSERT_TRUE(ok(reader));
  fs::remove(tree_ / "f");
  fs::remove(tree_ / "g");
  ASSERT_EQ(mkfifo((tree_ / "f").c_str(), 0600), 0);
  fs::create_symlink("/etc/passwd", tree_ / "g");
  EXPECT_TRUE(fails_with<InvalidPath>(read(*reader, 0), "FIFO"));
  EXPECT_TRUE(fails_with<InvalidPath>(read(*reader, 1), "symbolic link"));
}

TEST_F(TreeReaderTest, SinkErrorEndsTheRead) {
  write_file(tree_ / "f", std::string(3'000'000, 'x'));
  const auto reader = open();
  int calls = 0;
  const Status status = reader->read(reader->files()[0], [&](std::string_view) -> Status {
    ++calls;
    return Cancelled{};
  });
  EXPECT_TRUE(fails_with<Cancelled>(status));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace purser::tree_reader_test
