// Saving what is whole of a damaged ledger into a new one: never other bytes, never fewer than
// there are, everything that is missing is named, and the source stays as it is.
#include "purser/salvage.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "anchor.h"
#include "audit/merkle.h"
#include "event_codec.h"
#include "hash.h"
#include "purser/recover.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"

namespace purser::salvage_test {
namespace {

namespace fs = std::filesystem;

std::string large_text() {
  std::string text;
  for (int i = 0; text.size() < 400'000; ++i) text += to_hex(sha256(std::to_string(i)));
  return text;
}

class Salvage : public LedgerOnDisk {
 protected:
  // Some hundred events in tables and some in the log; files of one chunk and of several.
  void fill() {
    for (int i = 0; i < 120; ++i) create(*ledger, "many");
    const DeploymentId first = sealed(*ledger, "site", "small", "a small file");
    must(ledger->promote("site", first));
    const DeploymentId second = create(*ledger, "site");
    must(ledger->store(second, "small", "a small file"));
    must(ledger->store(second, "folder/large", large_text()));
    must(ledger->store(second, "folder/empty", ""));
    must(ledger->mark_ready(second));
    must(ledger->promote("site", second));
    ledger.reopen();
    RollbackOptions marking;
    marking.mark_bad = true;
    must(ledger->rollback("site", marking));
    for (int i = 0; i < 20; ++i) create(*ledger, "later");
    ledger.reopen();
    for (int i = 0; i < 20; ++i) create(*ledger, "last");
    must(ledger->mark_failed(create(*ledger), "build", "it broke"));
  }
  void close() {
    events_ = event_list(*ledger);
    ledger.close();
  }
  static std::vector<std::string> event_list(const Ledger& of) {
    std::vector<std::string> list;
    for (const Event& event : all_events(of)) list.push_back(must(encode_event(event)));
    return list;
  }
  [[nodiscard]] std::string into() { return ledger.beside("new"); }

  // The source stays as it is, and the new ledger is whole, with the beginning of the same log.
  SalvageReport saved() {
    const auto before = directory_contents(ledger.directory());
    fs::remove_all(into());
    SalvageReport report = must(salvage(ledger.directory(), into()));
    EXPECT_TRUE(directory_contents(ledger.directory()) == before) << "the source was changed";
    check_new(report);
    return report;
  }
  void check_new(const SalvageReport& report) {
    Ledger made = must(Ledger::open(into()));
    const auto events = event_list(made);
    EXPECT_EQ(events.size(), report.copied.value);
    ASSERT_LE(events.size(), events_.size());
    EXPECT_TRUE(std::equal(events.begin(), events.end(), events_.begin()));
    EXPECT_TRUE(must(made.verify()).divergences.empty());
    const auto origin = must(made.stats()).origin;
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->kind, OriginKind::salvage);
    EXPECT_EQ(origin->ledger_id, report.source_id);
    EXPECT_EQ(origin->size, report.copied);
    EXPECT_EQ(origin->root.value_or(must(made.root())), must(made.root()));
    EXPECT_FALSE(fs::exists(into() + "/salvage"));
    EXPECT_EQ(report.copied.value + report.events_missing + report.events_beyond,
              report.expected.value);
    must(made.close());
  }
  // The larger of the two tables that hold events.
  [[nodiscard]] std::string largest(const std::string& ending) const {
    fs::path found;
    for (const auto& entry : fs::directory_iterator(file("db"))) {
      if (entry.path().extension() != ending) continue;
      const bool has_events = read_file(entry.path()).find("PRSE") != std::string::npos;
      if (has_events && (found.empty() || entry.file_size() > fs::file_size(found))) {
        found = entry.path();
      }
    }
    EXPECT_FALSE(found.empty());
    return found.string();
  }
  void remove_from_db(std::string_view beginning) const {
    for (const auto& entry : fs::directory_iterator(file("db"))) {
      if (entry.path().filename().string().starts_with(beginning)) fs::remove(entry.path());
    }
  }

  std::vector<std::string> events_;  // all that were acknowledged, as they are stored
};

TEST_F(Salvage, OfAWholeLedgerSavesAllOfIt) {
  fill();
  const DeploymentId draft = create(*ledger, "site");
  must(ledger->store(draft, "page", "not ready"));
  must(ledger->store(draft, "page", "not ready yet"));
  must(ledger->remove_all(draft));
  must(ledger->store(draft, "folder/page", "almost ready"));
  const LedgerId id = must(ledger->stats()).ledger_id;
  close();
  const SalvageReport report = saved();
  EXPECT_TRUE(report.is_complete());
  EXPECT_EQ(report.source_id, id);
  EXPECT_NE(report.ledger_id, id);
  EXPECT_EQ(report.anchored, Position{events_.size()});
  EXPECT_EQ(report.copied, Position{events_.size()});
  EXPECT_EQ(report.artifacts_whole, 2u);
  EXPECT_EQ(report.files, 6u) << "two manifests, three different files, and that of a draft";
  EXPECT_GE(report.drafts_copied, 1u);
  EXPECT_TRUE(report.damaged_files.empty());
  EXPECT_TRUE(projection_rows(into()) == projection_rows(ledger.directory()));
  Ledger made = must(Ledger::open(into()));
  EXPECT_TRUE(must(made.verify()).is_whole());
  EXPECT_EQ(must(made.retrieve(DeploymentId{122}, "folder/large")), large_text());
  ASSERT_EQ(must(made.list_files(draft)).size(), 1u);
  EXPECT_EQ(must(made.retrieve(draft, "folder/page")), "almost ready");
  must(made.store(draft, "more", "of it"));
  must(made.mark_ready(draft));
  EXPECT_EQ(must(made.list_files(draft)).size(), 2u);
}

TEST_F(Salvage, WithoutManifestAndCurrentSavesEveryEventAndFile) {
  fill();
  close();
  remove_from_db("MANIFEST");
  remove_from_db("CURRENT");
  const SalvageReport report = saved();
  EXPECT_EQ(report.copied, Position{events_.size()});
  EXPECT_EQ(report.events_missing + report.events_beyond, 0u);
  EXPECT_EQ(report.artifacts_whole, 2u);
  EXPECT_EQ(report.files_lost, 0u);
  EXPECT_TRUE(report.damaged_files.empty());
  EXPECT_TRUE(projection_rows(into()).size() > events_.size());
}

TEST_F(Salvage, DraftsThatCannotBeShownToBeWholeAreLost) {
  const DeploymentId draft = create(*ledger, "site");
  must(ledger->store(draft, "page", "not ready"));
  close();
  fs::remove(file("db/CURRENT"));
  const SalvageReport report = saved();
  EXPECT_EQ(report.drafts_lost, 1u);
  ASSERT_EQ(report.lost_drafts.size(), 1u);
  EXPECT_EQ(report.lost_drafts[0].id, draft);
  EXPECT_NE(report.lost_drafts[0].what.find("CURRENT"), std::string::npos);
  EXPECT_FALSE(report.is_complete());
  Ledger made = must(Ledger::open(into()));
  EXPECT_TRUE(must(made.list_files(draft)).empty());
}

TEST_F(Salvage, TableDamagedInTheMiddleLosesNoMoreThanABlock) {
  fill();
  close();
  const std::string table = largest(".sst");
  const std::string whole = read_file(table);
  const std::size_t last_event = whole.rfind("PRSE");
  std::set<std::uint64_t> lengths;
  for (const std::size_t at : {last_event / 4, last_event / 2, last_event * 3 / 4}) {
    SCOPED_TRACE(at);
    write_file(table, whole, 0600);
    flip(table, at);
    const SalvageReport report = saved();
    EXPECT_EQ(report.damaged_files.size(), 1u);
    EXPECT_LT(report.copied.value, events_.size());
    EXPECT_GT(report.events_missing, 0u);
    EXPECT_LT(report.events_missing, 60u) << "a block is 4 KiB";
    ASSERT_EQ(report.missing.size(), 1u);
    EXPECT_EQ(report.missing[0].first.value, report.copied.value + 1);
    EXPECT_GT(report.events_beyond, 20u);
    EXPECT_FALSE(report.is_complete());
    lengths.insert(report.copied.value);
  }
  EXPECT_GT(lengths.size(), 1u);
}

// One byte after the other, in every file of the ledger but the packs.
TEST_F(Salvage, AnyFlippedByteLeavesABeginningOfTheLogAndItsReport) {
  fill();
  close();
  std::vector<std::string> files = {file("PURSER"), file("anchor")};
  for (const auto& entry : fs::directory_iterator(file("db"))) files.push_back(entry.path());
  int shorter = 0;
  for (const std::string& path : files) {
    const std::string whole = read_file(path);
    const std::size_t step =
        std::max<std::size_t>(whole.size() / static_cast<std::size_t>(scaled(8)), 1);
    for (std::size_t at = step / 3; at < whole.size(); at += step) {
      SCOPED_TRACE(testing::Message() << path << " at " << at);
      flip(path, at, 0x10);
      fs::remove_all(into());
      const auto report = salvage(ledger.directory(), into());
      if (report) {
        check_new(*report);
        shorter += report->copied.value < events_.size() ? 1 : 0;
      } else {
        EXPECT_TRUE(report.error().is<UnsupportedVersion>()) << report.error().message();
        EXPECT_TRUE(!fs::exists(into()) || fs::is_empty(into()));
      }
      write_file(path, whole, 0600);
      ASSERT_FALSE(HasFailure());
    }
  }
  EXPECT_GT(shorter, 3 / kSlowdown);
}

TEST_F(Salvage, LogThatIsCutLosesItsEndAndSaysSo) {
  fill();
  close();
  const std::string log = largest(".log");
  const std::string whole = read_file(log);
  for (std::size_t length = 0; length < whole.size(); length += whole.size() / 5) {
    SCOPED_TRACE(length);
    write_file(log, std::string_view(whole).substr(0, length), 0600);
    const SalvageReport report = saved();
    EXPECT_LT(report.copied.value, events_.size());
    EXPECT_EQ(report.expected.value, events_.size());
    ASSERT_EQ(report.missing.size(), 1u);
    EXPECT_EQ(report.missing[0].last.value, events_.size());
    EXPECT_EQ(report.events_beyond, 0u);
  }
}

TEST_F(Salvage, DamagedPackLosesTheFilesInItsBlockAndNamesThem) {
  fill();
  const DeploymentId other = create(*ledger, "other");
  must(ledger->store(other, "kept", "what another block holds"));
  must(ledger->store(other, "lost", "the damaged file"));
  must(ledger->mark_ready(other));
  close();
  const auto [pack, at] = pack_with("the damaged file");
  flip(pack, at);
  const SalvageReport report = saved();
  EXPECT_EQ(report.copied.value, events_.size());
  EXPECT_EQ(report.artifacts_whole, 2u);
  EXPECT_EQ(report.artifacts_lost, 1u);
  ASSERT_GE(report.lost_files.size(), 1u);
  EXPECT_EQ(report.lost_files.size(), report.files_lost);
  for (const SalvageLoss& loss : report.lost_files) EXPECT_EQ(loss.id, other);
  EXPECT_NE(report.lost_files.back().what, "");
  EXPECT_FALSE(report.is_complete());
  Ledger made = must(Ledger::open(into()));
  EXPECT_EQ(must(made.retrieve(DeploymentId{122}, "folder/large")), large_text());
  EXPECT_FALSE(made.retrieve(other, "lost").has_value());
}

TEST_F(Salvage, WithoutPacksSavesTheLog) {
  fill();
  close();
  fs::remove_all(file("chunks"));
  const SalvageReport report = saved();
  EXPECT_EQ(report.copied.value, events_.size());
  EXPECT_EQ(report.artifacts_lost, 2u);
  EXPECT_EQ(report.files_lost, 2u) << "the manifests";
}

TEST_F(Salvage, WithoutAnAnchorSavesAllAndIsNotSureThatItIsAll) {
  fill();
  const LedgerId id = must(ledger->stats()).ledger_id;
  close();
  fs::remove(file("anchor"));
  SalvageReport report = saved();
  EXPECT_EQ(report.copied.value, events_.size());
  EXPECT_EQ(report.events_missing + report.files_lost + report.drafts_lost, 0u);
  EXPECT_EQ(report.anchored, std::nullopt);
  EXPECT_FALSE(report.is_complete());
  fs::remove(file("PURSER"));
  report = saved();
  EXPECT_EQ(report.source_id, id) << "the database has it too";
  EXPECT_EQ(report.copied.value, events_.size());
}

TEST_F(Salvage, OtherEventsThanWereAnchoredAreRefused) {
  fill();
  const LedgerId id = must(ledger->stats()).ledger_id;
  close();
  Anchor anchor = must(Anchor::open(ledger.directory()));
  must(anchor.write({id, Position{events_.size()}, Timestamp{1}, sha256("another log")}));
  EXPECT_EQ(failure_of<Corruption>(salvage(ledger.directory(), into())).where, "log");
  EXPECT_TRUE(fs::is_empty(into()));
}

TEST_F(Salvage, WhileAProcessWritesIsBusyAndMakesNothing) {
  fill();
  EXPECT_EQ(failure_of<Busy>(salvage(ledger.directory(), into())).pid, ::getpid());
  EXPECT_FALSE(fs::exists(into()));
}

TEST_F(Salvage, IntoAFolderThatIsNotEmptyOrOfTheSourceIsRefused) {
  fill();
  close();
  const auto before = directory_contents(ledger.directory());
  write_file(into() + "/mine", "kept");
  (void)failure_of<AlreadyExists>(salvage(ledger.directory(), into()));
  EXPECT_EQ(read_file(into() + "/mine"), "kept");
  (void)failure_of<InvalidArgument>(salvage(ledger.directory(), ledger.directory()));
  (void)failure_of<InvalidArgument>(salvage(ledger.directory(), file("db/new")));
  EXPECT_TRUE(directory_contents(ledger.directory()) == before);
}

TEST_F(Salvage, AndRecoverWithOptionsThatNoLedgerTakesAreRefused) {
  fill();
  close();
  Options options;
  options.anchor_commits_max = 0;
  EXPECT_EQ(failure_of<InvalidArgument>(Ledger::open(ledger.directory(), options)).what,
            "anchor_commits_max");
  options = {};
  options.anchor_delay_max = std::chrono::milliseconds(0);
  EXPECT_EQ(failure_of<InvalidArgument>(Ledger::open(ledger.directory(), options)).what,
            "anchor_delay_max");
  options = {};
  options.rebuild_memory_bytes = 0;
  const auto what = [](const auto& result) { return failure_of<InvalidArgument>(result).what; };
  EXPECT_EQ(what(salvage(ledger.directory(), into(), options)), "rebuild_memory_bytes");
  EXPECT_EQ(what(recover(ledger.directory(), options)), "rebuild_memory_bytes");
}

TEST_F(Salvage, OfWhatIsNoLedgerMakesNothing) {
  const std::string none = ledger.beside("none");
  (void)failure_of<NotFound>(salvage(none, into()));
  fs::create_directory(none);
  (void)failure_of<NotFound>(salvage(none, into()));
  EXPECT_FALSE(fs::exists(into()));
}

TEST_F(Salvage, CancelledAtAnyReportLeavesNothing) {
  fill();
  close();
  for (int reports = 0;; ++reports) {
    SCOPED_TRACE(reports);
    int left = reports;
    const auto report =
        salvage(ledger.directory(), into(), {}, [&](const Progress&) { return left-- > 0; });
    if (report) {
      EXPECT_GT(reports, 3);
      check_new(*report);
      break;
    }
    EXPECT_TRUE(fails_with<Cancelled>(report));
    EXPECT_TRUE(fs::is_empty(into()));
    reports += 20 * kSlowdown;
  }
}

// As on a disk that becomes full in the middle: no file may grow beyond a length.
TEST_F(Salvage, OnADiskThatBecomesFullLeavesNothing) {
  fill();
  close();
  Options options;
  options.disk_reserve_bytes = ~std::uint64_t{0};
  (void)failure_of<NoSpace>(salvage(ledger.directory(), into(), options));
  EXPECT_TRUE(fs::is_empty(into()));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {1u << 10, 1u << 13, 1u << 15, 1u << 17}) {
    SCOPED_TRACE(bytes);
    const rlimit small{bytes, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto report = salvage(ledger.directory(), into());
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().error_class(), ErrorClass::environment) << report.error().message();
    EXPECT_TRUE(fs::is_empty(into()));
  }
  std::signal(SIGXFSZ, handler);
  saved();
}

}  // namespace
}  // namespace purser::salvage_test
