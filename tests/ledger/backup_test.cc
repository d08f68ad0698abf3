// Backups of a ledger that is written meanwhile, and ledgers that are made of them.
#include "purser/backup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "hash.h"
#include "marker.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"

namespace purser::backup_test {
namespace {

namespace fs = std::filesystem;

class Backup : public LedgerOnDisk {
 protected:
  [[nodiscard]] std::string copy() { return ledger.beside("backup"); }
  [[nodiscard]] std::string restored() { return ledger.beside("restored"); }
  [[nodiscard]] Ledger open_restored(const Options& options = {}) {
    return must(Ledger::open(restored(), options));
  }
  // An artifact, a draft, pointers.
  void fill() {
    artifact_ = sealed(*ledger, "demo", "a/b", std::string(200'000, 'x'));
    must(ledger->promote("demo", artifact_));
    draft_ = create(*ledger);
    must(ledger->store(draft_, "draft", "bytes"));
  }
  void back_up() { must(backup(ledger.directory(), copy())); }
  // Refused, and no trace of it is left.
  template <class Detail>
  Detail not_restored(const std::string& from) {
    const auto before = directory_contents(from);
    const Detail detail = failure_of<Detail>(restore(from, restored()));
    EXPECT_TRUE(!fs::exists(restored()) || fs::is_empty(restored()));
    EXPECT_TRUE(directory_contents(from) == before);
    return detail;
  }

  DeploymentId artifact_;
  DeploymentId draft_;
};

TEST_F(Backup, HoldsAllAndIsRestoredToTheSameLog) {
  fill();
  const BackupReport made = must(backup(ledger.directory(), copy()));
  EXPECT_EQ(made.ledger_id, must(ledger->stats()).ledger_id);
  EXPECT_EQ(made.log_size, log_size(*ledger));
  EXPECT_EQ(made.root, must(ledger->root()));
  const BackupReport back = must(restore(copy(), restored()));
  EXPECT_EQ(back.root, made.root);
  Ledger again = open_restored();
  EXPECT_EQ(event_bytes(again), event_bytes(*ledger));
  EXPECT_EQ(must(again.stats()).ledger_id, made.ledger_id);
  EXPECT_EQ(must(again.retrieve(artifact_, "a/b")), std::string(200'000, 'x'));
  EXPECT_EQ(must(again.retrieve(draft_, "draft")), "bytes");
  EXPECT_EQ(active_id(again), artifact_);
  must(again.mark_ready(draft_));
  EXPECT_TRUE(must(again.verify()).is_whole());
  must(again.close());
}

TEST_F(Backup, OfAClosedOrEmptyLedgerIsTheSame) {
  ledger.close();
  const auto before = directory_contents(ledger.directory());
  EXPECT_EQ(must(backup(ledger.directory(), copy())).root, std::nullopt);
  EXPECT_TRUE(directory_contents(ledger.directory()) == before);
  must(restore(copy(), restored()));
  EXPECT_EQ(log_size(open_restored()), Position{0});
}

TEST_F(Backup, IsPrivateAndNoLedger) {
  fill();
  back_up();
  EXPECT_NE(failure_of<NotFound>(Ledger::open(copy())).what.find("restore"), std::string::npos);
  for (const auto& entry : fs::recursive_directory_iterator(copy())) {
    EXPECT_EQ(entry.status().permissions() & fs::perms::mask,
              entry.is_directory() ? fs::perms::owner_all
                                   : fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
  }
}

TEST_F(Backup, TargetThatIsNotEmptyOrInsideIsRefused) {
  fill();
  fs::create_directory(copy());
  write_file(copy() + "/here", "");
  (void)failure_of<AlreadyExists>(backup(ledger.directory(), copy()));
  EXPECT_TRUE(fs::exists(copy() + "/here"));
  (void)failure_of<InvalidArgument>(backup(ledger.directory(), ledger.directory() + "/chunks/x"));
  (void)failure_of<NotFound>(backup(ledger.beside("none"), ledger.beside("new")));
  EXPECT_FALSE(fs::exists(ledger.beside("new")));
}

TEST_F(Backup, WithoutRoomOrCancelledLeavesNothing) {
  fill();
  Options options;
  options.disk_reserve_bytes = std::uint64_t{1} << 60;
  (void)failure_of<NoSpace>(backup(ledger.directory(), copy(), options));
  EXPECT_TRUE(fs::is_empty(copy()));
  for (int calls_max = 0;; ++calls_max) {
    int calls = 0;
    const auto made = backup(ledger.directory(), copy(), {},
                             [&](const Progress&) { return ++calls <= calls_max; });
    if (made) break;
    EXPECT_TRUE(made.error().is<Cancelled>());
    ASSERT_TRUE(fs::is_empty(copy()));
    ASSERT_LT(calls_max, 1000);
  }
}

TEST_F(Backup, TheCheckOfACopyIsToldOfAndCanBeEnded) {
  fill();
  back_up();
  for (const bool back : {false, true}) {
    const std::string into = back ? restored() : ledger.beside("another");
    const auto run = [&](const ProgressCallback& progress) {
      return back ? restore(copy(), into, {}, progress)
                  : backup(ledger.directory(), into, {}, progress);
    };
    std::uint64_t calls = 0;
    Progress last;
    must(run([&](const Progress& now) {
      ++calls;
      last = now;
      return true;
    }));
    EXPECT_EQ(last.bytes, last.bytes_total);
    EXPECT_GE(last.files, log_size(*ledger).value);
    fs::remove_all(into);
    // The last steps are those of the files, which come when all is copied.
    std::uint64_t left = calls;
    const auto made = run([&](const Progress&) { return --left > 0; });
    ASSERT_FALSE(made.has_value());
    EXPECT_TRUE(made.error().is<Cancelled>());
    EXPECT_TRUE(fs::is_empty(into));
  }
}

TEST_F(Backup, OfADamagedLedgerIsRefused) {
  fill();
  ledger.close();
  const std::string packs = file("chunks/packs");
  fs::remove_all(packs);
  fs::create_directory(packs);
  (void)failure_of<Corruption>(backup(ledger.directory(), copy()));
  EXPECT_TRUE(fs::is_empty(copy()));
}

TEST_F(Backup, AnyDamageIsNoticedWhenItIsRestored) {
  fill();
  back_up();
  std::mt19937 random(20'261'126);
  const auto whole = directory_contents(copy());
  int refused = 0;
  int needed = 0;
  for (const auto& [name, bytes] : whole) {
    if (name.find("db/OPTIONS") == 0 || name == "db/IDENTITY") continue;  // nothing needs them
    const std::string path = copy() + "/" + name;
    if (fs::is_directory(path)) continue;
    fs::remove(path);
    // A table may be there that RocksDB was about to delete: nothing needs it either.
    const bool without = restore(copy(), restored()).has_value();
    if (without) {
      EXPECT_EQ(event_bytes(open_restored()), event_bytes(*ledger)) << name;
    }
    needed += without ? 0 : 1;
    fs::remove_all(restored());
    for (int flips = 0; flips < scaled(8) && !bytes.empty(); ++flips) {
      std::string other = bytes;
      other[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
      write_file(path, other, 0600);
      const auto made = restore(copy(), restored());
      refused += !made;
      if (made) {
        EXPECT_EQ(event_bytes(open_restored()), event_bytes(*ledger)) << name;
      }
      fs::remove_all(restored());
    }
    write_file(path, bytes, 0600);
  }
  EXPECT_GT(refused, 5);
  EXPECT_GE(needed, 6) << "marker, anchor, CURRENT, MANIFEST, a log or table, a pack";
  EXPECT_TRUE(directory_contents(copy()) == whole);
  must(restore(copy(), restored()));
}

TEST_F(Backup, OfAnotherLedgersPartsIsRefused) {
  fill();
  back_up();
  TestLedger other(Where::disk);
  promoted(*other);
  const std::string theirs = ledger.beside("theirs");
  must(backup(other.directory(), theirs));
  fs::copy_file(theirs + "/anchor", copy() + "/anchor", fs::copy_options::overwrite_existing);
  EXPECT_EQ(not_restored<Corruption>(copy()).where, "anchor");
  fs::remove(copy() + "/PURSER.backup");
  (void)not_restored<NotFound>(copy());
}

TEST_F(Backup, ACopyOfAClosedLedgerCanBeRestoredAndOneInUseCannot) {
  fill();
  EXPECT_EQ(failure_of<Busy>(restore(ledger.directory(), restored())).pid, getpid());
  EXPECT_TRUE(!fs::exists(restored()) || fs::is_empty(restored()));
  ledger.close();
  fs::copy(ledger.directory(), copy(), fs::copy_options::recursive);
  must(restore(copy(), restored()));
  EXPECT_EQ(active_id(open_restored()), artifact_);
}

// No file of any deployment is gone, and yet not all bytes are there.
TEST_F(Backup, ALostChunkThatNobodyHasAnyMoreIsToldAsWell) {
  fill();
  const DeploymentId given_up = sealed(*ledger, "demo", "old", "what was given up");
  must(ledger->delete_artifact(given_up));
  const std::string pack = pack_with("what was given up").first;
  back_up();
  const std::string copied = copy() + pack.substr(ledger.directory().size());
  flip(copied, read_file(copied).find("what was given up"));
  EXPECT_EQ(not_restored<Corruption>(copy()).where, "1 chunks, 1 files");
}

TEST_F(Backup, DamageIsToldOnceWithItsFileAndHowManyMoreThereAre) {
  fill();
  const DeploymentId id = create(*ledger);
  for (const std::string name : {"a", "b", "c"}) {
    must(ledger->store(id, name, "what all of these files hold"));
  }
  must(ledger->mark_ready(id));
  const std::string pack = pack_with("what all of these files hold").first;
  back_up();
  const std::string copied = copy() + pack.substr(ledger.directory().size());
  flip(copied, read_file(copied).find("what all of these files hold"));
  const auto damage = not_restored<Corruption>(copy());
  EXPECT_EQ(damage.where, "file 'a' of deployment " + std::to_string(id.value));
  EXPECT_TRUE(damage.what.ends_with("; and 2 more")) << damage.what;
  EXPECT_EQ(damage.what.find("see docs"), std::string::npos) << damage.what;
}

TEST_F(Backup, RestoredLedgerSignsNothingUntilAnotherEpochBegins) {
  fill();
  const std::string key = ledger.beside("key");
  must(ledger->make_key(key));
  must(ledger->checkpoint(key));
  back_up();
  must(restore(copy(), restored()));
  Ledger again = open_restored();
  EXPECT_NE(failure_of<NotFound>(again.checkpoint(key)).what.find("restored"), std::string::npos);
  (void)failure_of<InvalidArgument>(again.make_key(ledger.beside("other"), 2));
  must(again.make_key(ledger.beside("other"), 3));
  EXPECT_EQ(must(again.checkpoint(ledger.beside("other"))).epoch, 3u);
  EXPECT_TRUE(must(again.verify()).is_whole());
  must(again.close());
  must(ledger->checkpoint(key));  // the first one goes on
}

// Lets writers do so much and no more between two backups, each of which is of the whole log.
class Budget {
 public:
  void add(int steps) { left_ += steps; }
  // False once it is over.
  bool take() {
    while (!over_) {
      if (left_.fetch_sub(1) > 0) return true;
      ++left_;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  void end() { over_ = true; }

 private:
  std::atomic<int> left_{0};
  std::atomic<bool> over_{false};
};

// Writers of events, of files, and of packs that are written anew.
TEST_F(Backup, TakenUnderLoadHoldsEveryEventThatWasAcknowledgedBeforeItBegan) {
  Budget promotions;
  Budget sweeps;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, owner = "owner" + std::to_string(i)] {
      for (int n = 0; promotions.take(); ++n) {
        must(ledger->promote(owner, ready(*ledger, owner)));
        if (n % 10 != 0) continue;
        sealed(*ledger, owner, "file", owner + std::string(20'000, 'x') + std::to_string(n));
      }
    });
  }
  writers.emplace_back([&] {
    for (int n = 0; sweeps.take(); ++n) {
      const DeploymentId id = sealed(*ledger, "swept", "file", std::string(300'000, 'y'));
      must(ledger->delete_artifact(id, {.keep = 0}));
      must(ledger->collect({.dead_share = 0, .repack = n % 4 == 0}));
      if (n % 4 == 0) must(ledger->rebuild());
    }
  });
  for (int round = 0; round < scaled(100); ++round) {
    promotions.add(30);
    sweeps.add(2);
    std::this_thread::sleep_for(std::chrono::milliseconds(round % 8));
    const Position acknowledged = log_size(*ledger);
    const BackupReport made = must(backup(ledger.directory(), copy()));
    EXPECT_GE(made.log_size, acknowledged);
    EXPECT_EQ(must(restore(copy(), restored())).root, made.root);
    if (round % 10 == 0) {
      EXPECT_EQ(must(ledger->root(made.log_size)), made.root.value_or(sha256("")));
      EXPECT_TRUE(must(open_restored().verify()).is_whole());
    }
    fs::remove_all(copy());
    fs::remove_all(restored());
  }
  promotions.end();
  sweeps.end();
  for (std::thread& writer : writers) writer.join();
}

}  // namespace
}  // namespace purser::backup_test
