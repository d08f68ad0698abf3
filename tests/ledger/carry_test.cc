// A ledger that is written out and read again: the same events under another id, or a refusal that
// names the first line or record that is wrong, and nothing made.
#include "purser/carry.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "content.h"
#include "event_codec.h"
#include "hash.h"
#include "ledger/carried.h"
#include "support/every_kind.h"
#include "support/ledger_on_disk.h"
#include "support/scale.h"

namespace purser::carry_test {
namespace {

namespace fs = std::filesystem;

class Carry : public LedgerOnDisk {
 protected:
  // Made once: the ledger is closed, its export is in `whole`.
  void fill() {
    do_everything(*ledger);
    must(ledger->make_key(ledger.beside("key")));
    must(ledger->checkpoint(ledger.beside("key")));
    create(*ledger, "last");
    whole = exported(*ledger);
  }
  [[nodiscard]] std::string into() { return ledger.beside("into"); }
  [[nodiscard]] Result<CarryReport> import_whole() {
    return imported(into(), whole.lines, &whole.records);
  }
  // Nothing was made.
  void expect_nothing() { EXPECT_FALSE(fs::exists(into())); }

  Exported whole;
};

TEST_F(Carry, GivesTheSameEventsRootAndRowsUnderAnIdOfItsOwn) {
  fill();
  std::set<EventKind> kinds;
  for (const Event& event : all_events(*ledger)) kinds.insert(event.kind());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Payload>);
  const CarryReport report = must(import_whole());
  EXPECT_NE(report.ledger_id, report.source_id);
  EXPECT_EQ(report.source_id, must(ledger->stats()).ledger_id);
  EXPECT_EQ(report.root, must(ledger->root()));
  EXPECT_EQ(report.checkpoint, Position{log_size(*ledger).value - 1});
  EXPECT_TRUE(projection_rows(into()) == projection_rows(ledger.directory()));
  Ledger made = must(Ledger::open(into()));
  EXPECT_EQ(event_bytes(made), event_bytes(*ledger));
  EXPECT_EQ(must(made.root()), must(ledger->root()));
  const Stats stats = must(made.stats());
  EXPECT_EQ(stats.ledger_id, report.ledger_id);
  EXPECT_EQ(stats.origin, (Origin{OriginKind::imported, report.source_id, log_size(*ledger),
                                  must(ledger->root())}));
  EXPECT_TRUE(must(made.verify()).is_whole());
}

TEST_F(Carry, OfAnImportHasTheSameLinesButForWhoseTheyAre) {
  fill();
  const CarryReport report = must(import_whole());
  const Exported again = exported(must(Ledger::open(into(), read_only())));
  auto before = lines_of(whole.lines);
  auto after = lines_of(again.lines);
  ASSERT_EQ(after.size(), before.size());
  ExportHead head{report.ledger_id, report.size, report.root};
  head.chain = chain_of(head);
  EXPECT_EQ(after.front(), PlainLines().head(head));
  const auto end = PlainLines().read_end(after.back());
  ASSERT_TRUE(end);
  EXPECT_EQ(end->ledger_id, report.ledger_id);
  EXPECT_EQ(end->root, report.root);
  EXPECT_FALSE(end->checkpoint);
  before.front() = after.front();
  before.back() = after.back();
  EXPECT_EQ(after, before);
  EXPECT_EQ(again.records, whole.records);
}

TEST_F(Carry, FilesOfDeploymentsAndDraftsReadBackEqual) {
  fill();
  must(import_whole());
  Ledger made = must(Ledger::open(into()));
  int files = 0;
  for (std::uint64_t id = 1; id <= must(ledger->stats()).last_deployment.value; ++id) {
    const auto before = ledger->list_files(DeploymentId{id});
    const auto after = made.list_files(DeploymentId{id});
    ASSERT_EQ(before.has_value(), after.has_value()) << id;
    if (!before) continue;
    EXPECT_EQ(*after, *before) << id;
    for (const FileEntry& file : *before) {
      EXPECT_EQ(must(made.retrieve(DeploymentId{id}, file.path)),
                must(ledger->retrieve(DeploymentId{id}, file.path)));
      ++files;
    }
  }
  EXPECT_GE(files, 11);
}

TEST_F(Carry, WithoutArtifactsBuildsGoOnWithoutFiles) {
  fill();
  const CarryReport report = must(imported(into(), whole.lines));
  EXPECT_FALSE(report.with_artifacts);
  Ledger made = must(Ledger::open(into()));
  const DeploymentId last = must(made.stats()).last_deployment;
  EXPECT_TRUE(must(made.list_files(last)).empty());
  must(made.store(last, "a", "b"));
  must(made.mark_ready(last));
  const Timestamp later{must(made.get(last)).created_at.unix_us + 1};
  EXPECT_EQ(must(made.expire(later)).failed.size(), 2u);
}

TEST_F(Carry, CommandsGoOnBehindItAndRequestIdsAreKnown) {
  fill();
  must(import_whole());
  Ledger made = must(Ledger::open(into()));
  EXPECT_EQ(must(made.pointer("demo", "beta")), must(ledger->pointer("demo", "beta")));
  EXPECT_EQ(must(made.pointer("demo")), must(ledger->pointer("demo")));
  Context same = as_request("p");
  EXPECT_TRUE(must(made.promote("demo", DeploymentId{1}, {}, same)).receipt.replayed);
  (void)failure_of<RequestIdReused>(made.promote("demo", DeploymentId{2}, {}, same));
  must(made.promote("demo", DeploymentId{2}));
  const DeploymentId draft{must(made.stats()).last_deployment.value - 1};
  EXPECT_EQ(must(made.mark_ready(draft)).status, DeploymentStatus::ready);
  must(made.close());
  EXPECT_TRUE(must(must(Ledger::open(into(), read_only())).verify()).is_whole());
}

TEST_F(Carry, OfNothingIsAnEmptyLedger) {
  whole = exported(*ledger);
  EXPECT_EQ(lines_of(whole.lines).size(), 2u);
  EXPECT_TRUE(whole.records.empty());
  const CarryReport report = must(import_whole());
  EXPECT_EQ(report.size, Position{0});
  Ledger made = must(Ledger::open(into()));
  EXPECT_EQ(must(made.root()), must(ledger->root()));
  promoted(made);
  EXPECT_TRUE(must(made.verify()).is_whole());
}

// --- Lines ---------------------------------------------------------------------------------------

// The number of the line that is wrong, from 1; 0 where none is.
std::uint64_t wrong_line(const std::string& text) {
  constexpr std::string_view kLine = "line ";
  const auto read = read_only_lines(text);
  if (read) return 0;
  const auto* damage = read.error().as<Corruption>();
  const auto* newer = read.error().as<UnsupportedVersion>();  // the version was changed
  const std::string where = damage != nullptr ? damage->where : newer != nullptr ? newer->what : "";
  if (where.starts_with(kLine)) return std::stoull(where.substr(kLine.size()));
  ADD_FAILURE() << read.error().name() << ": " << read.error().message();
  return 0;
}

TEST_F(Carry, EachLineThatIsDroppedDoubledOrSwappedIsNoticedAtItsPlace) {
  fill();
  const std::vector<std::string> lines = lines_of(whole.lines);
  EXPECT_EQ(wrong_line(text_of(lines)), 0u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    auto dropped = lines;
    dropped.erase(dropped.begin() + at);
    EXPECT_EQ(wrong_line(text_of(dropped)), i + 1);
    auto doubled = lines;
    doubled.insert(doubled.begin() + at, lines[i]);
    EXPECT_EQ(wrong_line(text_of(doubled)), i + 2);
    auto swapped = lines;
    if (i + 1 < lines.size()) {
      std::swap(swapped[i], swapped[i + 1]);
      EXPECT_EQ(wrong_line(text_of(swapped)), i + 1);
    }
  }
}

TEST_F(Carry, CutAnywhereItIsNoticedAtThatLine) {
  fill();
  std::uint64_t line = 1;
  for (std::size_t size = 0; size < whole.lines.size(); ++size) {
    ASSERT_EQ(wrong_line(whole.lines.substr(0, size)), line) << size;
    if (whole.lines[size] == '\n') ++line;
  }
}

TEST_F(Carry, AnyByteThatIsChangedIsNoticedAtItsLine) {
  fill();
  std::string text = whole.lines;
  std::uint64_t line = 1;
  int at = 0;
  for (char& c : text) {
    const bool ends = c == '\n';
    if (++at % kSlowdown != 0 && !ends) continue;
    c = static_cast<char>(c ^ 1);
    const std::uint64_t wrong = wrong_line(text);
    ASSERT_GE(wrong, line);
    ASSERT_LE(wrong, line + (ends ? 1 : 0));
    c = static_cast<char>(c ^ 1);
    line += ends ? 1 : 0;
  }
}

TEST_F(Carry, LineOfAnotherLedgerIsNoticedAtItsPlace) {
  FakeClock clock;
  TestLedger one(Where::memory, clock.options());
  TestLedger other(Where::memory, clock.options());
  do_everything(*one);
  do_everything(*other);
  const auto lines = lines_of(exported(*one).lines);
  const auto foreign = lines_of(exported(*other).lines);
  ASSERT_EQ(lines.size(), foreign.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ASSERT_NE(lines[i], foreign[i]);
    auto mixed = lines;
    mixed[i] = foreign[i];
    EXPECT_EQ(wrong_line(text_of(mixed)), i + 1);
  }
}

TEST_F(Carry, LineThatIsTooLongIsRefusedBeforeItIsHeld) {
  fill();
  std::size_t asked = 0;
  const ByteSource endless = [&](char* buffer, std::size_t size) -> Result<std::size_t> {
    std::fill_n(buffer, size, 'x');
    asked += size;
    return size;
  };
  const auto limit =
      failure_of<LimitExceeded>(import_ledger(into(), PlainLines(), endless, {}, {}, {}));
  EXPECT_EQ(limit.what, "line 1");
  EXPECT_LE(asked, 2 * kExportLineBytesMax);
  expect_nothing();
}

TEST_F(Carry, EventsThatNoLedgerWritesAreRefusedAtTheirLine) {
  Event event;
  event.time = Timestamp{1};
  event.header.actor = "ann";
  const auto line_that_is_wrong = [&](const std::vector<Payload>& payloads) {
    return wrong_line(lines_with(event, payloads));
  };
  const std::string uuid = "0b8f6f0e-5d3c-4a57-9d4e-1f2a3b4c5d6e";
  const Payload created = Created{DeploymentId{1}, uuid, "demo", {}, {}};
  EXPECT_EQ(line_that_is_wrong({created}), 0u);
  EXPECT_EQ(line_that_is_wrong({created, created}), 3u);
  EXPECT_EQ(line_that_is_wrong({Created{DeploymentId{1}, uuid, std::string("a\0b", 3), {}, {}}}),
            2u);
  EXPECT_EQ(line_that_is_wrong({Created{DeploymentId{1}, "../" + uuid, "demo", {}, {}}}), 2u);
  EXPECT_EQ(line_that_is_wrong({Created{DeploymentId{1}, uuid, "demo", {}, {{"", "x"}}}}), 2u);
  EXPECT_EQ(line_that_is_wrong({created, Activated{"demo",
                                                   "live",
                                                   Cause::promote,
                                                   Generation{1},
                                                   Generation{1},
                                                   DeploymentId{1},
                                                   {},
                                                   {}}}),
            3u);
  event.header.group = EventGroup{Position{1}, 2};
  EXPECT_EQ(line_that_is_wrong({created}), 3u) << "its command has another event";
  event.header.group.reset();
  const std::string text = lines_with(event, {created, Pinned{DeploymentId{2}, "demo"}});
  const auto orphan = failure_of<Corruption>(imported(into(), text));
  EXPECT_EQ(orphan.where, "line 3") << orphan.what;
  expect_nothing();
}

TEST_F(Carry, CheckpointThatIsNotOfTheseEventsIsRefused) {
  fill();
  TestLedger other(Where::disk);
  promoted(*other);
  must(other->make_key(other.beside("key")));
  std::string theirs = must(other->checkpoint(other.beside("key"))).note;
  const std::string their_id = to_hex(must(other->stats()).ledger_id);
  const std::string id = to_hex(must(ledger->stats()).ledger_id);
  std::string renamed = theirs;
  for (std::size_t at = 0; (at = renamed.find(their_id)) != std::string::npos;) {
    renamed.replace(at, their_id.size(), id);
  }
  for (const std::string& note : {std::string("nothing"), theirs, renamed, std::string()}) {
    auto lines = lines_of(whole.lines);
    ExportEnd end = *PlainLines().read_end(lines.back());
    end.checkpoint = note;
    end.chain = chain_of(end, PlainLines().read_event(lines[lines.size() - 2])->chain);
    lines.back() = PlainLines().end(end);
    const auto refused = failure_of<Corruption>(imported(into(), text_of(lines)));
    EXPECT_EQ(refused.where, "line " + std::to_string(lines.size())) << refused.what;
    EXPECT_NE(refused.what, "it does not follow on the line before");
    expect_nothing();
  }
}

// --- Where to ------------------------------------------------------------------------------------

TEST_F(Carry, OnlyWhatIsEmptyIsFilled) {
  fill();
  write_file(into() + "/mine", "kept");
  (void)failure_of<AlreadyExists>(import_whole());
  EXPECT_EQ(read_file(into() + "/mine"), "kept");
  const auto before = directory_contents(ledger.directory());
  (void)failure_of<Busy>(imported(ledger.directory(), whole.lines));
  ledger.close();
  const auto closed = directory_contents(ledger.directory());
  (void)failure_of<AlreadyExists>(imported(ledger.directory(), whole.lines));
  EXPECT_TRUE(directory_contents(ledger.directory()) == closed);
}

TEST_F(Carry, LedgerWithoutEventsMakesPlaceForIt) {
  fill();
  const LedgerId empty = must(Ledger::init(into()));
  const auto before = directory_contents(into());
  auto lines = lines_of(whole.lines);
  lines.pop_back();
  (void)failure_of<Corruption>(imported(into(), text_of(lines)));
  EXPECT_TRUE(directory_contents(into()) == before) << "it is as it was";
  const CarryReport report = must(import_whole());
  EXPECT_NE(report.ledger_id, empty);
  Ledger made = must(Ledger::open(into()));
  EXPECT_EQ(must(made.root()), must(ledger->root()));
  EXPECT_TRUE(must(made.verify()).is_whole());
  for (const auto& entry : fs::directory_iterator(fs::path(into()).parent_path())) {
    EXPECT_EQ(entry.path().string().find(".import-"), std::string::npos) << entry.path();
  }
}

TEST_F(Carry, StoppedItLeavesNothing) {
  fill();
  for (int calls = 0;; ++calls) {
    int left = calls;
    const auto report =
        imported(into(), whole.lines, &whole.records, [&](const Progress&) { return left-- > 0; });
    if (report) break;
    (void)failure_of<Cancelled>(report);
    expect_nothing();
    ASSERT_LT(calls, 1000);
  }
  fs::remove_all(into());
  fs::create_directory(into());
  (void)failure_of<Cancelled>(
      imported(into(), whole.lines, nullptr, [](const Progress&) { return false; }));
  EXPECT_TRUE(fs::is_empty(into()));
  (void)failure_of<Cancelled>(ledger->write_export(
      PlainLines(), [](std::string_view) { return Status(); }, {},
      [](const Progress&) { return false; }));
}

// --- Records -------------------------------------------------------------------------------------

// Places of all records but chunks, and of some of these.
std::vector<std::size_t> some_of(const std::vector<CarriedRecord>& records) {
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].kind != RecordKind::chunk || i % 7 == 0) some.push_back(i);
  }
  return some;
}

TEST_F(Carry, EachRecordThatIsMissingIsNamed) {
  fill();
  for (const std::size_t i : some_of(whole.records)) {
    auto records = whole.records;
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(i));
    const auto refused = failure_of<Corruption>(imported(into(), whole.lines, &records));
    EXPECT_EQ(refused.where, name_of(whole.records[i])) << refused.what;
    EXPECT_TRUE(refused.what.starts_with("it is missing")) << refused.what;
    expect_nothing();
  }
}

// They are kept until all files have come.
TEST_F(Carry, DraftsThatAreTooLongTogetherAreRefused) {
  fill();
  auto records = whole.records;
  const auto last = std::find_if(records.rbegin(), records.rend(), [](const auto& each) {
    return each.kind == RecordKind::draft && !each.bytes.empty();
  });
  ASSERT_NE(last, records.rend());
  const std::uint64_t one_less = kRecordBytesMax - last->bytes.size();
  const CarriedRecord more{
      RecordKind::draft, {}, DeploymentId{1000}, std::string(one_less + 1, 'x')};
  records.insert(last.base(), more);
  EXPECT_EQ(failure_of<LimitExceeded>(imported(into(), whole.lines, &records)).what, "drafts");
  expect_nothing();
}

TEST_F(Carry, EachRecordThatIsChangedDoubledOrMovedIsRefused) {
  fill();
  for (const std::size_t i : some_of(whole.records)) {
    auto changed = whole.records;
    if (changed[i].bytes.empty()) continue;
    changed[i].bytes.back() = static_cast<char>(changed[i].bytes.back() ^ 1);
    EXPECT_FALSE(imported(into(), whole.lines, &changed)) << i;
    expect_nothing();
    auto doubled = whole.records;
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), doubled[i]);
    (void)failure_of<Corruption>(imported(into(), whole.lines, &doubled));
    auto moved = whole.records;
    if (i > 0) std::swap(moved[i], moved[i - 1]);
    EXPECT_EQ(imported(into(), whole.lines, &moved).has_value(), i == 0) << i;
    fs::remove_all(into());
  }
}

TEST_F(Carry, RecordThatNothingNeedsIsRefused) {
  fill();
  TestLedger other(Where::memory);
  sealed(*other, "x", "y", "another file");
  create(*other);
  for (int i = 0; i < 20; ++i) create(*other);
  for (const CarriedRecord& foreign : exported(*other).records) {
    auto records = whole.records;
    const auto place = std::find_if(records.begin(), records.end(), [&](const auto& each) {
      return std::tie(each.kind, each.id, each.digest) >
             std::tie(foreign.kind, foreign.id, foreign.digest);
    });
    if (foreign.kind == RecordKind::draft && foreign.id.value < 20) continue;
    records.insert(place, foreign);
    (void)failure_of<Corruption>(imported(into(), whole.lines, &records));
    expect_nothing();
  }
}

TEST_F(Carry, FileWithChunksOfOtherLengthsIsRefused) {
  fill();
  auto records = whole.records;
  const auto file = std::find_if(records.begin(), records.end(), [](const CarriedRecord& each) {
    return each.kind == RecordKind::file && each.bytes.size() > 200;
  });
  ASSERT_NE(file, records.end());
  ChunkList list = must(decode_chunk_list(file->bytes));
  std::swap(list.chunks[0], list.chunks[1]);
  file->bytes = encode_chunk_list(list);
  const auto swapped = failure_of<Corruption>(imported(into(), whole.lines, &records));
  EXPECT_EQ(swapped.where, name_of(*file));
  list.chunks[0].length += 1;
  list.chunks[1].length -= 1;
  file->bytes = encode_chunk_list(list);
  EXPECT_EQ(failure_of<Corruption>(imported(into(), whole.lines, &records)).where, name_of(*file));
}

TEST_F(Carry, ErrorOfWhoTakesOrGivesEndsIt) {
  fill();
  const Status full = Io{"write", "disk", "full"};
  const auto none = [](std::string_view) { return Status(); };
  EXPECT_EQ(
      failure_of<Io>(ledger->write_export(PlainLines(), [&](std::string_view) { return full; }))
          .path,
      "disk");
  EXPECT_EQ(failure_of<Io>(ledger->write_export(PlainLines(), none,
                                                [&](const CarriedRecord&) { return full; }))
                .path,
            "disk");
  const ByteSource broken = [&](char*, std::size_t) -> Result<std::size_t> { return full.error(); };
  EXPECT_EQ(failure_of<Io>(import_ledger(into(), PlainLines(), broken)).path, "disk");
  expect_nothing();
}

// In a handle that writes, and in one that only reads, as the program's.
class CarryOut : public Carry {
 protected:
  static Status none(std::string_view) { return {}; }
  static Status nothing(const CarriedRecord&) { return {}; }
  // The moment has been chosen when `meanwhile` comes.
  template <class Meanwhile>
  static Result<CarryReport> write_out(const Ledger& from, const Meanwhile& meanwhile) {
    bool begun = false;
    const auto lines = [&](std::string_view) -> Status {
      if (!std::exchange(begun, true)) meanwhile();
      return {};
    };
    return from.write_export(PlainLines(), lines, nothing);
  }
  [[nodiscard]] Ledger reader() {
    Options options;
    options.read_only = true;
    return must(Ledger::open(ledger.directory(), options));
  }
};

TEST_F(CarryOut, DamagedFileIsNotWrittenOut) {
  const DeploymentId id = sealed(*ledger, "demo", "page", std::string(5000, 'q') + "end");
  ledger.close();
  const auto [pack, at] = pack_with("PURSBLCK");
  flip(pack, at + 40);
  ledger.open();
  (void)failure_of<Corruption>(ledger->retrieve(id, "page"));
  (void)failure_of<Corruption>(ledger->write_export(PlainLines(), none, nothing));
  (void)failure_of<Corruption>(reader().write_export(PlainLines(), none, nothing));
}

TEST_F(CarryOut, OfWhatIsCollectedMeanwhileTellsWhatWasDeletedAndIsNoDamage) {
  const DeploymentId kept = sealed(*ledger, "demo", "page", std::string(5000, 'q'));
  for (const bool only_reads : {false, true}) {
    const DeploymentId deleted = sealed(*ledger, "demo", "page", std::string(5000, 'r'));
    const auto collect = [&] {
      must(ledger->delete_artifact(deleted));
      must(ledger->collect({0, false, false}));
    };
    const Ledger only_reader = reader();
    const Ledger& from = only_reads ? only_reader : *ledger;
    EXPECT_EQ(failure_of<ArtifactDeleted>(write_out(from, collect)).id, deleted);
    EXPECT_EQ(must(write_out(from, [] {})).files, 1u);
  }
  EXPECT_EQ(must(ledger->retrieve(kept, "page")).size(), 5000u);
}

}  // namespace
}  // namespace purser::carry_test
