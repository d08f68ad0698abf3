#include "tree_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "hash.h"
#include "storage/results.h"
#include "storage/scratch.h"
#include "tree_donor.h"

namespace purser::tree_writer_test {
namespace {

namespace fs = std::filesystem;

ByteProducer bytes(std::string content) {
  return [content = std::move(content)](const ByteSink& sink) { return sink(content); };
}

class TreeWriterTest : public testing::Test {
 protected:
  // The one temporary directory beside the target; empty if there is none.
  [[nodiscard]] fs::path temporary() const {
    for (const auto& entry : fs::directory_iterator(scratch_.path())) {
      if (entry.path().filename().string().starts_with(".purser-")) return entry.path();
    }
    return {};
  }
  [[nodiscard]] Status write_one_file() const {
    auto writer = TreeWriter::begin(target_);
    if (!writer) return writer.error();
    const Status added = writer->add("f", false, bytes("x"));
    return added ? writer->commit() : added;
  }

  Scratch scratch_;
  std::string target_ = scratch_ / "out";
  fs::path out_ = target_;
};

TEST_F(TreeWriterTest, TreeAppearsWholeWithExactModes) {
  for (const mode_t mask : {mode_t{0}, mode_t{077}}) {
    fs::remove_all(out_);
    const mode_t before = umask(mask);
    auto writer = TreeWriter::begin(target_);
    ASSERT_TRUE(ok(writer));
    ASSERT_TRUE(ok(writer->add("a b/c/it's", true, bytes("run"))));
    ASSERT_TRUE(ok(writer->add("a b/d", false, bytes(""))));
    ASSERT_TRUE(ok(writer->add("\xc3\xa9", false, bytes("e"))));
    EXPECT_FALSE(fs::exists(out_));
    EXPECT_EQ(mode_of(temporary()), 0700u);
    ASSERT_TRUE(ok(writer->commit()));
    umask(before);
    EXPECT_EQ(read_file(out_ / "a b/c/it's"), "run");
    EXPECT_EQ(read_file(out_ / "a b/d"), "");
    EXPECT_EQ(read_file(out_ / "\xc3\xa9"), "e");
    for (const fs::path& directory : {out_, out_ / "a b", out_ / "a b/c"}) {
      EXPECT_EQ(mode_of(directory), 0755u);
    }
    EXPECT_EQ(mode_of(out_ / "a b/c/it's"), 0755u);
    EXPECT_EQ(mode_of(out_ / "a b/d"), 0644u);
    EXPECT_TRUE(temporary().empty());
  }
}

TEST_F(TreeWriterTest, InheritedSetgidIsNotPassedOn) {
  ASSERT_EQ(chmod(scratch_.path().c_str(), 02755), 0);
  auto writer = TreeWriter::begin(target_);
  ASSERT_TRUE(ok(writer->add("d/f", true, bytes("x"))));
  ASSERT_TRUE(ok(writer->commit()));
  EXPECT_EQ(mode_of(out_), 0755u);
  EXPECT_EQ(mode_of(out_ / "d"), 0755u);
  EXPECT_EQ(mode_of(out_ / "d/f"), 0755u);
}

TEST_F(TreeWriterTest, EmptyTreeIsAnEmptyDirectory) {
  auto writer = TreeWriter::begin(target_);
  ASSERT_TRUE(ok(writer->commit()));
  EXPECT_TRUE(fs::is_empty(out_));
  EXPECT_EQ(mode_of(out_), 0755u);
}

TEST_F(TreeWriterTest, EmptyDirectoryIsReplaced) {
  fs::create_directory(out_);
  EXPECT_TRUE(ok(write_one_file()));
  EXPECT_EQ(read_file(out_ / "f"), "x");
}

TEST_F(TreeWriterTest, TargetWithSlashesAtTheEndIsTheSame) {
  target_ += "//";
  EXPECT_TRUE(ok(write_one_file()));
  EXPECT_EQ(read_file(out_ / "f"), "x");
}

TEST_F(TreeWriterTest, NothingElseIsReplaced) {
  write_file(out_ / "mine", "mine");
  EXPECT_TRUE(fails_with<AlreadyExists>(write_one_file(), target_));
  EXPECT_EQ(read_file(out_ / "mine"), "mine");
  fs::remove_all(out_);

  write_file(out_, "a file");
  EXPECT_TRUE(fails_with<AlreadyExists>(write_one_file()));
  EXPECT_EQ(read_file(out_), "a file");
  fs::remove(out_);

  fs::create_directory(scratch_ / "empty");
  fs::create_directory_symlink("empty", out_);
  EXPECT_TRUE(fails_with<AlreadyExists>(write_one_file()));
  EXPECT_TRUE(fs::is_empty(scratch_ / "empty"));
  EXPECT_TRUE(temporary().empty());
}

TEST_F(TreeWriterTest, WhatAppearsAtTheTargetMeanwhileIsNotReplaced) {
  for (const bool as_file : {false, true}) {
    auto writer = TreeWriter::begin(target_);
    ASSERT_TRUE(ok(writer->add("f", false, bytes("x"))));
    const fs::path mine = as_file ? out_ : out_ / "mine";
    write_file(mine, "mine");
    EXPECT_TRUE(fails_with<AlreadyExists>(writer->commit()));
    EXPECT_EQ(read_file(mine), "mine");
    fs::remove_all(out_);
  }
}

TEST_F(TreeWriterTest, TargetWithoutAPlaceIsRefused) {
  EXPECT_TRUE(fails_with<NotFound>(TreeWriter::begin(scratch_ / "none/out"), "none"));
  for (const char* target : {"", ".", "..", "/", "//", "a/..", "a/.", "./"}) {
    EXPECT_TRUE(fails_with<InvalidArgument>(TreeWriter::begin(target))) << target;
  }
}

TEST_F(TreeWriterTest, AbandonedTreeLeavesNothing) {
  {
    auto writer = TreeWriter::begin(target_);
    ASSERT_TRUE(ok(writer->add("d/e/f", false, bytes("x"))));
    const TreeWriter moved = std::move(writer).value();
    EXPECT_FALSE(temporary().empty());
  }
  EXPECT_TRUE(fs::is_empty(scratch_.path()));
}

TEST_F(TreeWriterTest, FailedFileLeavesNothing) {
  {
    auto writer = TreeWriter::begin(target_);
    const Status status = writer->add("d/f", false, [](const ByteSink& sink) -> Status {
      EXPECT_TRUE(ok(sink("half")));
      return Corruption{"chunk", "damaged"};
    });
    EXPECT_TRUE(fails_with<Corruption>(status));
  }
  EXPECT_TRUE(fs::is_empty(scratch_.path()));
}

TEST_F(TreeWriterTest, InvalidPathsAreRefused) {
  auto writer = TreeWriter::begin(target_);
  for (const char* path : {"../f", "/f", "a/../f", ""}) {
    EXPECT_TRUE(fails_with<InvalidPath>(writer->add(path, false, bytes("x")))) << path;
  }
}

TEST_F(TreeWriterTest, FileThatStandsWhereADirectoryIsNeededIsAnError) {
  auto writer = TreeWriter::begin(target_);
  ASSERT_TRUE(ok(writer->add("a", false, bytes("x"))));
  EXPECT_TRUE(fails_with<Io>(writer->add("a/b", false, bytes("x"))));
}

TEST_F(TreeWriterTest, EverythingIsSyncedBeforeTheRenameAndTheParentAfter) {
  for (const int files : {3, 50}) {
    fs::remove_all(out_);
    std::vector<std::string> before;
    std::vector<std::string> after;
    const auto note = [&](const char* call, int fd) {
      const auto path = fs::read_symlink("/proc/self/fd/" + std::to_string(fd));
      (fs::exists(out_) ? after : before).push_back(call + path.filename().string());
      return 0;
    };
    auto writer = TreeWriter::begin(target_, {[&](int fd) { return note("", fd); },
                                              [&](int fd) { return note("all of ", fd); }});
    const std::string root = temporary().filename().string();
    for (int i = 0; i < files; ++i) {
      ASSERT_TRUE(ok(writer->add("d/" + std::to_string(i), false, bytes("x"))));
    }
    ASSERT_TRUE(ok(writer->commit()));
    if (files == 3) {
      EXPECT_EQ(before, std::vector<std::string>({"0", "1", "2", "d", root}));
    } else {
      EXPECT_EQ(before.back(), "all of " + root);
    }
    EXPECT_EQ(after, std::vector<std::string>({scratch_.path().filename().string()}));
  }
}

TEST_F(TreeWriterTest, FailedSyncIsAnErrorAndNothingAppears) {
  for (int fail_at = 0; fail_at < 4; ++fail_at) {
    int calls = 0;
    const SyncCalls sync{[&](int) { return calls++ == fail_at ? errno = EIO, -1 : 0; },
                         [&](int) { return -1; }};
    {
      auto writer = TreeWriter::begin(target_, sync);
      Status status = writer->add("d/f", false, bytes("x"));
      if (status) status = writer->commit();
      EXPECT_TRUE(fails_with<Io>(status, "sync"));
    }
    EXPECT_TRUE(temporary().empty());
    EXPECT_EQ(fs::exists(out_), fail_at == 3) << fail_at;  // 3: after the rename
  }
}

TEST_F(TreeWriterTest, DirectorySwappedForALinkIsNotWrittenThrough) {
  write_file(scratch_ / "outside/kept", "kept");
  {
    auto writer = TreeWriter::begin(target_);
    const fs::path directory = temporary() / "d";
    ASSERT_TRUE(ok(writer->add("d/e/f", false, [&](const ByteSink& sink) {
      fs::rename(directory, temporary() / "moved");
      fs::create_directory_symlink(scratch_ / "outside", directory);
      return sink("x");
    })));
    EXPECT_TRUE(fails_with<Io>(writer->add("d/g", false, bytes("x"))));
  }
  EXPECT_TRUE(temporary().empty());
  {
    auto writer = TreeWriter::begin(target_);
    ASSERT_TRUE(ok(writer->add("d/f", false, bytes("x"))));
    fs::rename(temporary() / "d", temporary() / "moved");
    fs::create_directory_symlink(scratch_ / "outside", temporary() / "d");
    EXPECT_TRUE(fails_with<Io>(writer->commit()));
  }
  EXPECT_TRUE(temporary().empty());
  EXPECT_FALSE(fs::exists(out_));
  EXPECT_EQ(std::distance(fs::directory_iterator(scratch_ / "outside"), {}), 1);
  EXPECT_EQ(mode_of(scratch_ / "outside/kept"), 0644u);
}

// A donor's file `f`, and the entry that wants it.
class TreeDonorTest : public TreeWriterTest {
 protected:
  TreeDonorTest() { write_file(old_ / "d/f", "the bytes"); }
  [[nodiscard]] UniqueFd found(const FileEntry& file) const {
    auto donor = TreeDonor::open(old_);
    EXPECT_TRUE(ok(donor));
    return donor->find(file);
  }
  fs::path old_ = scratch_ / "old";
  FileEntry wanted_{"d/f", false, 9, sha256("the bytes")};
};

TEST_F(TreeDonorTest, OffersOnlyARegularFileOfThisModeSizeAndUser) {
  EXPECT_TRUE(found(wanted_).valid());
  FileEntry other = wanted_;
  other.executable = true;
  EXPECT_FALSE(found(other).valid());
  other = wanted_;
  other.size = 8;
  EXPECT_FALSE(found(other).valid());
  other = wanted_;
  other.path = "d/g";
  EXPECT_FALSE(found(other).valid());
  for (const mode_t mode : {mode_t{0664}, mode_t{04644}, mode_t{0600}}) {
    ASSERT_EQ(chmod((old_ / "d/f").c_str(), mode), 0);
    EXPECT_FALSE(found(wanted_).valid()) << mode;
  }
  ASSERT_EQ(chmod((old_ / "d/f").c_str(), 0644), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown((old_ / "d/f").c_str(), 1, 1), 0);
    EXPECT_FALSE(found(wanted_).valid());
  }
  EXPECT_TRUE(fails_with<NotFound>(TreeDonor::open(scratch_ / "none"), "none"));
}

TEST_F(TreeDonorTest, NothingIsTakenThroughALinkOrFromAFifo) {
  fs::rename(old_ / "d", old_ / "real");
  fs::create_directory_symlink("real", old_ / "d");
  EXPECT_FALSE(found(wanted_).valid());
  fs::remove(old_ / "d");
  fs::create_directory(old_ / "d");
  fs::create_symlink("../real/f", old_ / "d/f");
  EXPECT_FALSE(found(wanted_).valid());
  fs::remove(old_ / "d/f");
  ASSERT_EQ(mkfifo((old_ / "d/f").c_str(), 0644), 0);
  EXPECT_FALSE(found(wanted_).valid());
}

TEST_F(TreeDonorTest, BytesAreComparedByTheirDigest) {
  const UniqueFd fd = found(wanted_);
  EXPECT_EQ(has_bytes_of(fd.get(), wanted_, "f").value(), true);
  FileEntry other = wanted_;
  other.digest = sha256("THE BYTES");
  EXPECT_EQ(has_bytes_of(fd.get(), other, "f").value(), false);
  other = wanted_;
  other.size = 8;
  EXPECT_EQ(has_bytes_of(fd.get(), other, "f").value(), false);
  const std::string large(600'001, 'x');
  write_file(old_ / "large", large);
  const FileEntry entry{"large", false, large.size(), sha256(large)};
  EXPECT_EQ(has_bytes_of(found(entry).get(), entry, "large").value(), true);
}

TEST_F(TreeDonorTest, LinkedFileIsTheSameFileAndAClonedOneIsNot) {
  auto writer = TreeWriter::begin(target_);
  const UniqueFd fd = found(wanted_);
  EXPECT_EQ(writer->link("d/e/linked", fd.get()).value(), true);
  FileEntry clone = wanted_;
  clone.path = "d/e/cloned";
  const auto cloned = writer->clone(clone, fd.get());
  ASSERT_TRUE(ok(cloned));
  if (!*cloned) {
    EXPECT_TRUE(ok(writer->add(clone.path, false, bytes("the bytes"))));
  }
  ASSERT_TRUE(ok(writer->commit()));
  EXPECT_TRUE(fs::equivalent(out_ / "d/e/linked", old_ / "d/f"));
  EXPECT_FALSE(fs::equivalent(out_ / "d/e/cloned", old_ / "d/f"));
  EXPECT_EQ(read_file(out_ / "d/e/cloned"), "the bytes");
  EXPECT_EQ(mode_of(out_ / "d/e/cloned"), 0644u);
}

TEST_F(TreeDonorTest, FileThatCannotBeLinkedIsToldAndNothingIsThere) {
  auto writer = TreeWriter::begin(target_);
  const UniqueFd fd = found(wanted_);
  fs::remove(old_ / "d/f");  // no name is left that could be added to
  EXPECT_EQ(writer->link("d/f", fd.get()).value(), false);
  ASSERT_TRUE(ok(writer->add("d/f", false, bytes("the bytes"))));
  EXPECT_TRUE(fails_with<Io>(writer->link("d/f", fd.get())));  // it is taken
}

// Another thread exchanges a directory with a link to one outside, over and over.
TEST_F(TreeWriterTest, AttackerInsideTheTemporaryDirectoryGetsNothingWrittenOutside) {
  write_file(scratch_ / "outside/kept", "kept", 0600);
  ASSERT_EQ(chmod((scratch_ / "outside").c_str(), 0711), 0);
  int refused = 0;
  int rounds = 0;
  for (; rounds < 2000 && (refused < 20 || rounds < 50); ++rounds) {
    const fs::path link = scratch_ / "link";
    fs::create_directory_symlink(scratch_ / "outside", link);
    std::atomic<bool> stop{false};
    std::atomic<int> exchanges{0};
    std::thread attacker;
    {
      auto writer = TreeWriter::begin(target_);
      ASSERT_TRUE(ok(writer->add("d/first", false, bytes("x"))));
      attacker = std::thread([&stop, &exchanges, link, directory = temporary() / "d"] {
        while (!stop) {
          renameat2(AT_FDCWD, link.c_str(), AT_FDCWD, directory.c_str(), RENAME_EXCHANGE);
          ++exchanges;
        }
      });
      Status status;
      for (int i = 0; i < 50 && status; ++i) {
        for (const int seen = exchanges; exchanges == seen;) std::this_thread::yield();
        status = writer->add("d/sub" + std::to_string(i) + "/f", i % 2 == 0, bytes("x"));
      }
      if (status) status = writer->commit();
      refused += !status;
    }  // removes what it made, the attack going on
    stop = true;
    attacker.join();
    fs::remove_all(link);
    fs::remove_all(out_);
    if (!temporary().empty()) fs::remove_all(temporary());
    ASSERT_EQ(std::distance(fs::directory_iterator(scratch_ / "outside"), {}), 1);
    ASSERT_EQ(mode_of(scratch_ / "outside"), 0711u);
    ASSERT_EQ(mode_of(scratch_ / "outside/kept"), 0600u);
  }
  EXPECT_GE(refused, 20) << "the attack was not felt";
}

}  // namespace
}  // namespace purser::tree_writer_test
