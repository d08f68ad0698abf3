// What a power cut leaves of a MANIFEST: mended on a copy to exactly what was acknowledged, or
// refused with nothing changed, wherever the process that mends dies.
#include "purser/recover.h"

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "anchor.h"
#include "rocks_manifest.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"

namespace purser::recover_test {
namespace {

namespace fs = std::filesystem;

enum class Tail { cut, zeros, garbage };

void copy_over(const std::string& from, const std::string& to) {
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

class Recover : public LedgerOnDisk {
 protected:
  // What a power cut may leave while a rebuild has the database take its tables over: they are
  // there, and the end of the MANIFEST that names them may be torn.
  void crash_in_a_rebuild() {
    promoted(*ledger, 3);
    must(ledger->rebuild());
    sealed(*ledger);
    promoted(*ledger, 2);
    copy_over(ledger.directory(), image());
    synced_ = must(find_manifest_end(image() + "/db")).whole_bytes;
    must(ledger->rebuild());
    const std::string later = ledger.beside("later");
    copy_over(ledger.directory(), later);
    fs::copy_file(manifest_in(later), manifest_in(image()), fs::copy_options::overwrite_existing);
    for (const auto& each : fs::directory_iterator(later + "/db")) {
      if (each.path().extension() != ".sst") continue;
      fs::copy_file(each.path(), fs::path(image()) / "db" / each.path().filename(),
                    fs::copy_options::skip_existing);
    }
    remember();
    ledger.drop();
  }
  void close_cleanly() {
    promoted(*ledger, 3);
    must(ledger->rebuild());
    promoted(*ledger, 2);
    remember();
    ledger.close();
    copy_over(ledger.directory(), image());
  }
  [[nodiscard]] std::string image() { return ledger.beside("image"); }
  [[nodiscard]] std::string torn() { return ledger.beside("torn"); }
  [[nodiscard]] static std::string manifest_in(const std::string& directory) {
    return directory + "/db/" + must(current_manifest(directory + "/db"));
  }

  // Makes the image with a MANIFEST that is whole up to `length`.
  void tear(std::size_t length, Tail tail) {
    fs::remove_all(torn());
    copy_over(image(), torn());
    std::string bytes = read_file(manifest_in(torn()));
    const std::size_t size = bytes.size();
    bytes.resize(length);
    std::mt19937 random(static_cast<unsigned>(length));
    while (tail != Tail::cut && bytes.size() < size) {
      bytes += tail == Tail::zeros ? '\0' : static_cast<char>(random());
    }
    write_file(manifest_in(torn()), bytes, 0600);
  }
  // For writing: who only reads may pass over an end that this refuses.
  [[nodiscard]] bool opens() {
    const std::string tried = ledger.beside("tried");
    fs::remove_all(tried);
    copy_over(torn(), tried);
    return Ledger::open(tried).has_value();
  }

  // It opens, for writing as well, with all that was acknowledged.
  void expect_all_there() {
    Ledger writer = must(Ledger::open(torn()));
    EXPECT_EQ(event_bytes(writer), events_);
    promoted(writer);
    must(writer.close());
  }
  // Mends it, or finds that nothing is to be mended.
  void expect_recovered() {
    const auto before = directory_contents(torn());
    const RecoverReport report = must(recover(torn()));
    EXPECT_EQ(report.log_size, size_);
    if (report.mended) {
      EXPECT_GT(report.manifest_bytes_removed, 0u);
      EXPECT_TRUE(directory_contents(report.kept) == directory_contents_of(before, "db/"));
    } else {
      EXPECT_TRUE(directory_contents(torn()) == before);
    }
    EXPECT_FALSE(fs::exists(torn() + "/db.recover"));
    expect_all_there();
    EXPECT_TRUE(must(must(Ledger::open(torn(), read_only())).verify()).is_whole());
  }

  static std::map<std::string, std::string> directory_contents_of(
      const std::map<std::string, std::string>& all, const std::string& folder) {
    std::map<std::string, std::string> inner;
    for (const auto& [name, bytes] : all) {
      if (name.starts_with(folder) && !name.ends_with("/LOCK")) {
        inner.emplace(name.substr(folder.size()), bytes);
      }
    }
    return inner;
  }

  std::string events_;
  Position size_;
  std::size_t synced_ = 0;  // so much of the MANIFEST was on stable storage

 private:
  void remember() {
    events_ = event_bytes(*ledger);
    size_ = log_size(*ledger);
  }
};

TEST_F(Recover, TornManifestAtEveryLengthComesBackToWhatWasAcknowledged) {
  crash_in_a_rebuild();
  const std::size_t size = read_file(manifest_in(image())).size();
  ASSERT_GT(size, synced_ + 100);
  int refused = 0;
  for (const Tail tail : {Tail::cut, Tail::zeros, Tail::garbage}) {
    const std::size_t step = static_cast<std::size_t>(kSlowdown) * (tail == Tail::cut ? 7 : 11);
    for (std::size_t length = synced_; length <= size; length += step) {
      SCOPED_TRACE(testing::Message()
                   << "length " << length << ", tail " << static_cast<int>(tail));
      tear(length, tail);
      refused += opens() ? 0 : 1;
      expect_recovered();
      ASSERT_FALSE(HasFailure());
    }
  }
  EXPECT_GT(refused, 5 / kSlowdown) << "or there was nothing to mend";
}

TEST_F(Recover, ManifestCutBelowWhatWasSyncedIsMendedToAllOrRefusedWithNothingChanged) {
  close_cleanly();
  const std::size_t size = read_file(manifest_in(image())).size();
  int refused = 0;
  for (std::size_t length = 0; length < size;
       length += static_cast<std::size_t>(scaled(13) == 13 ? 13 : 97)) {
    SCOPED_TRACE(length);
    tear(length, length % 2 == 0 ? Tail::cut : Tail::garbage);
    const auto before = directory_contents(torn());
    const auto recovered = recover(torn());
    if (recovered) {
      EXPECT_EQ(recovered->log_size, size_);
      expect_all_there();
      continue;
    }
    ++refused;
    EXPECT_EQ(recovered.error().error_class(), ErrorClass::corrupt) << recovered.error().message();
    EXPECT_TRUE(directory_contents(torn()) == before);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(refused, 3 / kSlowdown);
}

// The anchor knows nothing of the events in the table that a shorter MANIFEST does not name;
// RocksDB opens without them, and the write-ahead log has none any more.
TEST_F(Recover, TablesThatHoldMoreThanTheLogAreNoticedBehindTheAnchorToo) {
  promoted(*ledger, 3);
  ledger.reopen();
  promoted(*ledger, 2);
  ledger.reopen();
  const LedgerId id = must(ledger->stats()).ledger_id;
  const Position size = log_size(*ledger);
  ledger.close();
  must(must(Anchor::open(ledger.directory())).write({id, Position{1}, Timestamp{1}, {}}));
  copy_over(ledger.directory(), image());
  int opened_short = 0;
  const std::size_t bytes = read_file(manifest_in(image())).size();
  const std::size_t step = kSlowdown == 1 ? 7 : 23;
  for (std::size_t length = 0; length < bytes; length += step) {
    SCOPED_TRACE(length);
    tear(length, Tail::cut);
    const auto reader = Ledger::open(torn(), read_only());
    opened_short += reader && log_size(*reader) < size ? 1 : 0;
    const auto recovered = recover(torn());
    if (recovered) {
      EXPECT_EQ(recovered->log_size, size);
    } else {
      EXPECT_EQ(recovered.error().error_class(), ErrorClass::corrupt);
    }
  }
  EXPECT_GT(opened_short, 0) << "or there was nothing to notice";
}

TEST_F(Recover, OfALedgerThatOpensChangesNothing) {
  promoted(*ledger, 2);
  ledger.close();
  const auto before = directory_contents(ledger.directory());
  const RecoverReport report = must(recover(ledger.directory()));
  EXPECT_FALSE(report.mended);
  EXPECT_EQ(report.log_size, Position{6});
  EXPECT_EQ(report.kept, "");
  EXPECT_TRUE(directory_contents(ledger.directory()) == before);
}

TEST_F(Recover, WhileAnotherWritesIsBusy) {
  promoted(*ledger, 1);
  EXPECT_EQ(failure_of<Busy>(recover(ledger.directory())).pid, ::getpid());
}

TEST_F(Recover, WhereThereIsNoLedgerMakesNothing) {
  const std::string none = ledger.beside("none");
  (void)failure_of<NotFound>(recover(none));
  fs::create_directory(none);
  (void)failure_of<NotFound>(recover(none));
  EXPECT_TRUE(fs::is_empty(none));
}

TEST_F(Recover, DamageOfAnotherKindIsToldAndLeftAsItIs) {
  close_cleanly();
  fs::remove(file("db/CURRENT"));
  const auto before = directory_contents(ledger.directory());
  (void)failure_of<Corruption>(recover(ledger.directory()));
  EXPECT_TRUE(directory_contents(ledger.directory()) == before);
}

TEST_F(Recover, KeepsWhatWasThereBesideEarlierOnes) {
  crash_in_a_rebuild();
  tear(synced_ + 50, Tail::garbage);
  fs::create_directory(torn() + "/db.before-recover-1");
  const RecoverReport report = must(recover(torn() + "/"));
  EXPECT_TRUE(report.mended);
  EXPECT_EQ(report.kept, torn() + "/db.before-recover-2");
}

TEST_F(Recover, CancelledChangesNothing) {
  for (int i = 0; i < 600; ++i) create(*ledger);
  crash_in_a_rebuild();
  tear(synced_ + 50, Tail::garbage);
  const auto before = directory_contents(torn());
  (void)failure_of<Cancelled>(recover(torn(), {}, [](const Progress&) { return false; }));
  EXPECT_TRUE(directory_contents(torn()) == before);
  expect_recovered();
}

// Whether the process that mends has died at that step.
bool dies_at(const std::string& directory, long step) {
  std::vector<std::string> words = {PURSER_RECOVER_PROCESS, directory, std::to_string(step)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ), 0);
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  if (WIFSIGNALED(status)) {
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    return true;
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
  return false;
}

TEST_F(Recover, KilledAtAnyStepIsFinishedByTheNextRun) {
  crash_in_a_rebuild();
  const std::size_t size = read_file(manifest_in(image())).size();
  long step = 1;
  for (bool died = true; died; step += kSlowdown) {
    SCOPED_TRACE(step);
    tear(synced_ + (size - synced_) / 2, Tail::garbage);
    died = dies_at(torn(), step);
    EXPECT_TRUE(fs::is_directory(torn() + "/db"));
    expect_recovered();
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(step, 20);
}

}  // namespace
}  // namespace purser::recover_test
