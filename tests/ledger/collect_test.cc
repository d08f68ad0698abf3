// `Ledger::collect`: space comes back, and nothing that is referred to goes.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <limits>
#include <map>
#include <random>
#include <thread>

#include "build.h"
#include "deployments.h"
#include "event_log.h"
#include "file_bytes.h"
#include "files.h"
#include "impl.h"
#include "memory_store.h"
#include "pack_store.h"
#include "staging.h"
#include "storage/steps.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"
#include "support/test_ledger.h"
#include "system.h"

namespace purser::collect_test {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;

constexpr CollectOptions kAll{0, false, false};
constexpr CollectOptions kRepack{0, true, false};

std::string random_text(unsigned seed, std::size_t size) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  return text;
}

// Two thirds of it are the same in the next version.
Files version(unsigned number) {
  Files files;
  for (unsigned i = 0; i < 6; ++i) {
    files["f" + std::to_string(i) + ".js"] = random_text((number + i) / 3 * 100 + i, 9'000);
  }
  files["large.css"] = random_text(7, 60'000) + std::to_string(number);
  files["empty"] = "";
  return files;
}

DeploymentId deploy(Ledger& ledger, const Files& files) {
  const DeploymentId id = create(ledger);
  for (const auto& [path, bytes] : files) must(ledger.store(id, path, bytes));
  must(ledger.mark_ready(id));
  return id;
}

void expect_files(const Ledger& ledger, DeploymentId id, const Files& files) {
  EXPECT_EQ(must(ledger.list_files(id)).size(), files.size());
  for (const auto& [path, bytes] : files) {
    const auto read = ledger.retrieve(id, path);
    ASSERT_TRUE(ok(read));
    ASSERT_TRUE(*read == bytes) << id.value << " " << path;
  }
}

void expect_whole(const Ledger& ledger) { EXPECT_TRUE(must(ledger.verify()).is_whole()); }

std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

class Collect : public BothLedgers {};

TEST_P(Collect, SpaceOfDeletedArtifactsComesBackAndTheOthersStayAsTheyWere) {
  std::map<DeploymentId, Files> files;
  for (unsigned i = 0; i < 6; ++i) files[deploy(*ledger, version(3 * i))] = version(3 * i);
  const CollectReport nothing = must(ledger->collect(kAll));
  EXPECT_EQ(nothing.chunks_removed, 0u);
  EXPECT_EQ(nothing.files_removed, 0u);
  EXPECT_EQ(nothing.chunks_missing, 0u);
  for (const std::uint64_t id : {1, 2, 3, 5}) {
    must(ledger->delete_artifact(DeploymentId{id}));
    files.erase(DeploymentId{id});
  }
  CollectOptions plan = kAll;
  plan.dry_run = true;
  const CollectReport planned = must(ledger->collect(plan));
  const CollectReport report = must(ledger->collect(kAll));
  EXPECT_GT(report.chunks_removed, 10u);
  EXPECT_EQ(report.chunks_removed, planned.chunks_removed);
  EXPECT_EQ(report.files_removed, planned.files_removed);
  EXPECT_GT(report.bytes_freed(), 100'000);
  for (const auto& [id, all] : files) expect_files(*ledger, id, all);
  expect_whole(*ledger);
  EXPECT_EQ(must(ledger->collect(kAll)).chunks_removed, 0u);
  EXPECT_EQ(failure_of<ArtifactDeleted>(ledger->retrieve(DeploymentId{1}, "empty")).id,
            DeploymentId{1});
  const DeploymentId again = deploy(*ledger, version(0));
  expect_files(*ledger, again, version(0));
  ledger.reopen();
  expect_files(*ledger, again, version(0));
  for (const auto& [id, all] : files) expect_files(*ledger, id, all);
}

TEST_P(Collect, DraftsAndEvidenceOfFailedBuildsAreKept) {
  const DeploymentId draft = create(*ledger);
  must(ledger->store(draft, "kept", "of a draft"));
  must(ledger->store(draft, "replaced", "before"));
  must(ledger->store(draft, "replaced", "after"));
  must(ledger->store(draft, "removed", "gone"));
  must(ledger->remove(draft, "removed"));
  const DeploymentId failed = create(*ledger);
  must(ledger->store(failed, "log", "evidence"));
  must(ledger->mark_failed(failed, "broken", "it broke"));
  EXPECT_EQ(must(ledger->collect(kAll)).chunks_removed, 2u);
  expect_files(*ledger, draft, {{"kept", "of a draft"}, {"replaced", "after"}});
  expect_files(*ledger, failed, {{"log", "evidence"}});
  must(ledger->mark_ready(draft));
  must(ledger->delete_artifact(failed));
  EXPECT_EQ(must(ledger->collect(kAll)).chunks_removed, 1u);
  expect_files(*ledger, draft, {{"kept", "of a draft"}, {"replaced", "after"}});
  expect_whole(*ledger);
}

TEST_P(Collect, RefusesASenselessShare) {
  for (const double share : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(failure_of<InvalidArgument>(ledger->collect({share, false, false})).what,
              "dead_share");
  }
}
// A model that knows only what each deployment has.
TEST_P(Collect, AnyOrderOfStoresDeletionsAndCollectionsKeepsWhatTheModelHas) {
  std::mt19937 random(20'261'124);
  const auto below = [&](unsigned end) { return static_cast<unsigned>(random() % end); };
  std::map<DeploymentId, Files> model;
  std::vector<DeploymentId> drafts;
  for (int step = 0; step < scaled(300); ++step) {
    const unsigned what = below(12);
    if (what < 2 || drafts.empty()) {
      drafts.push_back(create(*ledger));
      model[drafts.back()] = {};
    } else if (what < 7) {
      const DeploymentId id = drafts[below(static_cast<unsigned>(drafts.size()))];
      const std::string path = "p" + std::to_string(below(5));
      const std::string bytes = random_text(below(8), 10 + 5'000 * below(8));
      must(ledger->store(id, path, bytes));
      model[id][path] = bytes;
    } else if (what < 9) {
      const auto place = drafts.begin() + below(static_cast<unsigned>(drafts.size()));
      ReadyOptions options;
      options.allow_empty = true;
      must(ledger->mark_ready(*place, options));
      drafts.erase(place);
    } else if (what < 10) {
      const auto place = std::next(model.begin(), below(static_cast<unsigned>(model.size())));
      if (!ledger->delete_artifact(place->first)) continue;  // it is building
      model.erase(place);
    } else {
      must(ledger->collect({below(2) / 3.0, below(3) == 0, below(4) == 0}));
      if (what == 11) ledger.reopen();
    }
  }
  must(ledger->collect(kAll));
  for (const auto& [id, files] : model) expect_files(*ledger, id, files);
  expect_whole(*ledger);
  EXPECT_EQ(must(ledger->collect(kAll)).chunks_removed, 0u);
}

// Threads store what others delete and the collector takes away, all the time.
TEST_P(Collect, BesideEightStoringThreadsOfOverlappingContentNothingIsLost) {
  constexpr unsigned kThreads = 8;
  const int rounds = scaled(ledger.on_disk() ? 5 : 25);
  std::atomic<unsigned> storing = kThreads;
  std::vector<std::map<DeploymentId, Files>> models(kThreads);
  const std::string trees = ledger.beside("tree-");
  const auto work = [&](unsigned thread) {
    for (int round = 0; round < rounds; ++round) {
      const Files files = version((thread + static_cast<unsigned>(round)) % 5);
      const std::string tree = trees + std::to_string(thread);
      fs::remove_all(tree);
      fs::create_directory(tree);
      for (const auto& [path, bytes] : files) write_file(tree + "/" + path, bytes, 0644);
      const DeploymentId id = create(*ledger);
      must(ledger->store_tree(id, tree));
      must(ledger->mark_ready(id));
      expect_files(*ledger, id, files);
      if (round % 2 == 0) {
        must(ledger->delete_artifact(id));
      } else {
        models[thread][id] = files;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      work(i);
      --storing;
    });
  }
  for (int round = 0; storing > 0; ++round) must(ledger->collect(round % 3 == 0 ? kRepack : kAll));
  for (std::thread& thread : threads) thread.join();
  must(ledger->collect(kAll));
  expect_whole(*ledger);
  for (const auto& model : models) {
    for (const auto& [id, files] : model) expect_files(*ledger, id, files);
  }
}

PURSER_ON_BOTH_LEDGERS(Collect);

class CollectOnDisk : public LedgerOnDisk {};

TEST_F(CollectOnDisk, ReportedBytesAreWhatTheFolderLoses) {
  for (unsigned i = 0; i < 5; ++i) deploy(*ledger, version(3 * i));
  for (const std::uint64_t id : {1, 2, 4}) must(ledger->delete_artifact(DeploymentId{id}));
  ledger.reopen();
  const std::uint64_t before = bytes_in(file("chunks"));
  const CollectReport report = must(ledger->collect(kAll));
  EXPECT_EQ(before - bytes_in(file("chunks")), static_cast<std::uint64_t>(report.bytes_freed()));
  EXPECT_GT(report.bytes_freed(), 100'000);
  const std::uint64_t between = bytes_in(file("chunks"));
  const CollectReport again = must(ledger->collect(kRepack));
  EXPECT_EQ(between - bytes_in(file("chunks")), static_cast<std::uint64_t>(again.bytes_freed()));
}

TEST_F(CollectOnDisk, ReaderInAnotherProcessKeepsReadingOrHearsThatItWasDeleted) {
  for (unsigned i = 0; i < 4; ++i) deploy(*ledger, version(3 * i));
  const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  expect_files(reader, DeploymentId{2}, version(3));
  must(ledger->delete_artifact(DeploymentId{1}));
  must(ledger->collect(kRepack));
  const Ledger late = must(Ledger::open(ledger.directory(), read_only()));
  must(ledger->delete_artifact(DeploymentId{2}));
  must(ledger->collect({0, true, false}));
  for (const Ledger* one : {&reader, &late}) {
    expect_files(*one, DeploymentId{4}, version(9));
    const auto deleted = one->retrieve(DeploymentId{1}, "f0.js");
    if (deleted) {
      EXPECT_EQ(*deleted, version(0)["f0.js"]);  // from a pack that it has open
    } else {
      EXPECT_TRUE(fails_with<ArtifactDeleted>(deleted));
    }
    must(one->materialize(DeploymentId{3}, ledger.beside(one == &late ? "late" : "early")));
  }
  EXPECT_TRUE(fails_with<ReadOnly>(must(Ledger::open(ledger.directory(), read_only())).collect()));
}

// Each is opened before the packs go that its rows name.
TEST_F(CollectOnDisk, ReadersInOtherProcessesTakeNothingThatWentForDamage) {
  for (unsigned i = 0; i < 4; ++i) deploy(*ledger, version(3 * i));
  const auto expect_no_damage = [&](const auto& look) {
    const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
    deploy(*ledger, version(100));
    must(ledger->delete_artifact(must(ledger->list("demo")).items[1].id));
    must(ledger->collect(kRepack));
    look(reader);
  };
  expect_no_damage([](const Ledger& reader) { expect_whole(reader); });
  expect_no_damage([](const Ledger& reader) {
    EXPECT_TRUE(must(reader.verify({true, false})).is_whole());
  });
  expect_no_damage([](const Ledger& reader) { EXPECT_GT(must(reader.usage()).stored, 0u); });
  expect_no_damage([](const Ledger& reader) {
    const auto ids = must(reader.list("demo")).items;
    EXPECT_TRUE(fails_with<ArtifactDeleted>(
        reader.diff(ids[0].id, ids[1].id, [](const FileChange&) { return true; })));
  });
}

TEST_F(CollectOnDisk, NothingGoesWhileAManifestCannotBeRead) {
  const DeploymentId id = sealed(*ledger, "demo", "index.html", std::string(20'000, 'x'));
  const auto [pack, at] = pack_with("index.html");
  ledger.close();
  flip(pack, at);
  ledger.open();
  const auto before = directory_contents(file("chunks"));
  EXPECT_TRUE(fails_with<Corruption>(ledger->collect(kAll)));
  EXPECT_TRUE(directory_contents(file("chunks")) == before);
  must(ledger->delete_artifact(id));
  EXPECT_GT(must(ledger->collect(kAll)).bytes_freed(), 0);
}

// --- The whole way, dying at every step
// -----------------------------------------------------------

// A ledger over rows and packs of which every step can go wrong.
class Machine {
 public:
  Machine() {
    WriteSet changes;
    put_ledger_id(changes, LedgerId{});
    put_first_builds(changes);
    must(rows_.write(changes));
  }

  std::unique_ptr<Ledger::Impl> open(Steps& steps) {
    PackSettings settings;
    settings.compression_level = 0;
    settings.pack_bytes_max = 40'000;
    auto store = std::make_unique<SteppedStore>(rows_, steps);
    auto chunks = PackStore::open((scratch_ / "chunks").string(), *store, true, settings,
                                  stepped_calls(steps));
    if (!chunks) return nullptr;
    auto ledger = Ledger::Impl::over(std::move(store), *std::move(chunks), with_system(Options()));
    return ledger ? *std::move(ledger) : nullptr;
  }

 private:
  Scratch scratch_;
  MemoryStore rows_;
};

DeploymentId deploy(Ledger::Impl& ledger, const Files& files) {
  const DeploymentId id = must(ledger.run<DeploymentAnswer>(Create{"demo", {}}, {})).id;
  for (const auto& [path, bytes] : files) {
    const StagedFiles staged = must(stage_bytes(ledger.chunks(), path, bytes, false));
    must(ledger.edit_files(id, staged));
  }
  must(ledger.run<DeploymentAnswer>(MarkReady{id, {}}, {}));
  return id;
}

void expect_files(Ledger::Impl& ledger, DeploymentId id, const Files& files) {
  for (const auto& [path, expected] : files) {
    std::string bytes;
    must(ledger.reading(id, [&](const View& view) -> Status {
      const FileEntry file = must(file_of(view, ledger.chunks(), id, path));
      return read_file(view, ledger.chunks(), file, [&](std::string_view part) -> Status {
        bytes += part;
        return {};
      });
    }));
    ASSERT_TRUE(bytes == expected) << id.value << " " << path;
  }
}

TEST(CollectSteps, DeathOrFailureAtAnyStepOfDeletionAndCollectionLosesNothing) {
  for (const Trouble trouble : kEveryTrouble) {
    for (const bool repack : {false, true}) {
      for (int at = 1;; ++at) {
        Machine machine;
        Steps calm(trouble, std::numeric_limits<int>::max());
        {
          const auto ledger = machine.open(calm);
          for (unsigned i = 0; i < 3; ++i) deploy(*ledger, version(3 * i));
        }
        Steps steps(trouble, at);
        {
          const auto dying = machine.open(steps);
          if (dying) {  // opening takes steps as well
            (void)dying->run<DeploymentAnswer>(DeleteArtifact{DeploymentId{1}, {}}, {});
            (void)dying->run<DeploymentAnswer>(DeleteArtifact{DeploymentId{3}, {}}, {});
            (void)dying->collect({0, repack, false}, {});
          }
        }
        const auto ledger = machine.open(calm);
        for (int round = 0; round < 2; ++round) {
          EXPECT_TRUE(must(ledger->verify({}, {})).is_whole())
              << "step " << at << " round " << round;
          for (const std::uint64_t id : {1, 2, 3}) {
            const auto moment = must(ledger->now());
            const auto deployment = must(get_deployment(moment.view(), DeploymentId{id}));
            if (deployment->artifact_deleted_at) continue;
            expect_files(*ledger, DeploymentId{id}, version(static_cast<unsigned>(3 * id - 3)));
          }
          must(ledger->collect({0, repack, false}, {}));
        }
        EXPECT_EQ(must(ledger->collect(kAll, {})).packs_removed, 0u);
        if (HasFailure()) return;
        if (!steps.had_trouble()) {
          EXPECT_GT(at, 10);
          break;
        }
      }
    }
  }
}

// --- Beside a collection, at the worst moment
// -----------------------------------------------------

// Rows in memory that call somebody when chunk lists are about to be erased.
class ErasingStore final : public Store {
 public:
  explicit ErasingStore(std::function<void()>& before_erasure) : before_erasure_(before_erasure) {
    WriteSet changes;
    put_ledger_id(changes, LedgerId{});
    put_first_builds(changes);
    must(rows_.write(changes));
  }
  [[nodiscard]] std::unique_ptr<RowReader> snapshot() const override { return rows_.snapshot(); }
  Status write(const WriteSet& changes) override {
    const bool erases = std::ranges::any_of(changes.changes(), [](const WriteSet::Change& change) {
      return !change.value && change.key.starts_with('l');
    });
    if (erases) before_erasure_();
    return rows_.write(changes);
  }
  Status drop(Space space, const KeyRange& range) override { return rows_.drop(space, range); }
  Status catch_up() override { return {}; }
  Status close() override { return {}; }

 private:
  MemoryStore rows_;
  std::function<void()>& before_erasure_;
};

// Killed processes found it: the tree was looked at when the erasure was counted and not yet done,
// so its commit believed that the lists were there.
TEST(CollectBesideTrees, TreeThatIsLookedAtWhileItsListsAreErasedIsStoredWithItsLists) {
  const Scratch scratch;
  const Files files = version(1);
  for (const auto& [path, bytes] : files) write_file(scratch / "tree" / path, bytes);
  std::function<void()> before_erasure = [] {};
  auto store = std::make_unique<ErasingStore>(before_erasure);
  auto chunks = must(PackStore::open((scratch / "chunks").string(), *store, true, PackSettings()));
  const auto ledger =
      must(Ledger::Impl::over(std::move(store), std::move(chunks), with_system(Options())));
  const DeploymentId old = deploy(*ledger, files);
  must(ledger->run<DeploymentAnswer>(DeleteArtifact{old, {}}, {}));

  std::optional<StagedFiles> staged;
  before_erasure = [&] {
    if (staged) return;
    const auto look = [&] { return ledger->stage_tree((scratch / "tree").string(), {}, {}); };
    staged = must(std::async(std::launch::async, look).get());
  };
  must(ledger->collect(kAll, {}));
  ASSERT_TRUE(staged);
  const DeploymentId id = must(ledger->run<DeploymentAnswer>(Create{"demo", {}}, {})).id;
  must(ledger->edit_files(id, *staged));
  expect_files(*ledger, id, files);
  EXPECT_TRUE(must(ledger->verify({}, {})).is_whole());
}

}  // namespace
}  // namespace purser::collect_test
