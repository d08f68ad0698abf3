// One defect of each class: `verify` names it and nothing else, and what is derived it makes anew.
#include <gtest/gtest.h>

#include <filesystem>

#include "anchor.h"
#include "build.h"
#include "chunk_lists.h"
#include "event_codec.h"
#include "event_log.h"
#include "hash.h"
#include "rocks_store.h"
#include "support/ledger_on_disk.h"

namespace purser::verify_defects_test {
namespace {

namespace fs = std::filesystem;
using Edit = std::function<void(const RowReader& rows, WriteSet& changes)>;
using Found = std::vector<std::string>;

// By value: what it is taken of is often gone after the expression.
template <class T>
T first_of(const std::vector<T>& found) {
  if (!found.empty()) return found.front();
  ADD_FAILURE() << "nothing was found";
  return {};
}

Options uncompressed() {
  Options options;
  options.compression_level = 0;
  return options;
}

class VerifyDefects : public LedgerOnDisk {
 protected:
  VerifyDefects() : LedgerOnDisk(uncompressed()) {
    fill();
    ledger.close();
  }

  // Events of every kind, files of every kind, in more than one block.
  void fill() {
    const DeploymentId first = deployed({{"small", "some bytes"}, {"empty", ""}});
    const DeploymentId second = deployed({{"large", large_}});
    const auto ids = promoted(*ledger, 3);
    must(ledger->promote("demo", ids[2], {}, as_request("k")));
    RollbackOptions mark_bad;
    mark_bad.mark_bad = true;
    must(ledger->rollback("demo", mark_bad));
    must(ledger->unmark_bad(ids[2]));
    must(ledger->pin(ids[2]));
    must(ledger->unpin(ids[2]));
    failed(*ledger, "other");
    must(ledger->freeze("other", {std::nullopt, true}));
    must(ledger->unfreeze("other", {std::nullopt}));
    must(ledger->clear("demo"));
    draft_ = create(*ledger);
    must(ledger->store(draft_, "not/sealed", "of a draft"));
    ASSERT_EQ(first.value, 1u);
    ASSERT_EQ(second.value, 2u);
  }
  DeploymentId deployed(const std::vector<std::pair<std::string, std::string>>& files) {
    const DeploymentId id = create(*ledger);
    for (const auto& [path, bytes] : files) must(ledger->store(id, path, bytes));
    must(ledger->mark_ready(id));
    return id;
  }

  static Row some_row(const RowReader& rows, const std::string& prefix) {
    const auto row = must(last_row(rows, Space::state, prefix_range(prefix)));
    EXPECT_TRUE(row.has_value()) << prefix;
    return row.value_or(Row{});
  }

  // As the program looks: read-only.
  [[nodiscard]] VerifyReport look(bool quick = false) const {
    const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
    return must(reader.verify({quick, false}));
  }
  // "check projection count" of every divergence, "id path" of every problem.
  static Found found(const VerifyReport& report) {
    Found all;
    for (const Divergence& one : report.divergences) {
      all.push_back(std::string(to_string(one.check)) + " " + one.projection + " " +
                    std::to_string(one.count));
    }
    for (const VerifyProblem& problem : report.problems) {
      all.push_back(std::to_string(problem.id.value) + " " + problem.path);
    }
    return all;
  }

  void expect_derived(const Found& expected) {
    const VerifyReport report = look();
    EXPECT_EQ(found(report), expected);
    EXPECT_FALSE(report.evidence_lost());
    EXPECT_TRUE(report.derived_differs());
    EXPECT_EQ(found(look(true)), expected);
    ledger.open();
    (void)must(ledger->verify({false, true}));
    const VerifyReport mended = must(ledger->verify());
    EXPECT_EQ(found(mended), Found());
    EXPECT_TRUE(mended.files_checked);
    EXPECT_EQ(must(ledger->retrieve(DeploymentId{1}, "small")), "some bytes");
    EXPECT_EQ(must(ledger->retrieve(DeploymentId{2}, "large")), large_);
    ledger.close();
    EXPECT_EQ(found(look()), Found());
  }
  VerifyReport expect_lost(const Found& expected) const {
    VerifyReport report = look();
    EXPECT_EQ(found(report), expected);
    EXPECT_TRUE(report.evidence_lost());
    EXPECT_FALSE(report.derived_differs());
    return report;
  }
  // Puts another event where one of kind `P` is; returns its position.
  template <class P>
  Position replace_event(const std::function<void(Event& event)>& edit) const {
    Position position;
    change([&](const RowReader& rows, WriteSet& changes) {
      must(scan_events(rows, Position{1}, must(log_size(rows)), Direction::ascending,
                       [&](const Event& event) -> Result<bool> {
                         if (!std::holds_alternative<P>(event.payload)) return true;
                         Event other = event;
                         edit(other);
                         position = other.position;
                         changes.put(Space::log, event_key(position), must(encode_event(other)));
                         return false;
                       }));
    });
    return position;
  }
  [[nodiscard]] std::string only_pack() const {
    return ledger.directory() + "/chunks/packs/0000000000000001.pack";
  }

  // Cut into several chunks.
  const std::string large_ = [] {
    std::string bytes;
    while (bytes.size() < 100'000) bytes += to_hex(sha256(bytes));
    return bytes;
  }();
  DeploymentId draft_;
};

TEST_F(VerifyDefects, WithoutOneThereIsNothingToTell) {
  for (const bool quick : {false, true}) {
    const VerifyReport report = look(quick);
    EXPECT_EQ(found(report), Found());
    EXPECT_FALSE(report.evidence_lost() || report.derived_differs());
    EXPECT_TRUE(report.files_checked);
    EXPECT_EQ(report.deployments, 4u);
    EXPECT_GT(report.events, 20u);
    EXPECT_GT(report.rows, 20u);
  }
}

TEST_F(VerifyDefects, RowOfAProjectionThatIsChangedMissingOrTooMany) {
  const std::vector<std::function<void(const Row&, WriteSet&)>> edits = {
      [](const Row& row, WriteSet& changes) {
        std::string other = row.value;
        other.back() = static_cast<char>(other.back() ^ 1);
        changes.put(Space::state, row.key, other);
      },
      [](const Row& row, WriteSet& changes) { changes.erase(Space::state, row.key); },
      [](const Row& row, WriteSet& changes) {
        std::string other = row.key;
        ++other.back();
        changes.put(Space::state, other, row.value);
      }};
  for (const Projection& projection : all_projections()) {
    for (const auto& edit : edits) {
      change([&](const RowReader& rows, WriteSet& changes) {
        const std::uint32_t build =
            must(read_builds(rows))[static_cast<std::size_t>(projection.id)].build;
        edit(some_row(rows, build_key(projection.id, build).str()), changes);
      });
      SCOPED_TRACE(projection.name);
      expect_derived({"projections " + std::string(projection.name) + " 1"});
    }
  }
}

TEST_F(VerifyDefects, FirstDifferenceOfAProjectionIsNamedByItsKeyAndBytes) {
  change([&](const RowReader& rows, WriteSet& changes) {
    const Row row = must(first_row(rows, Space::state,
                                   prefix_range(build_key(ProjectionId::pointers, 1).str())))
                        .value_or(Row{});
    changes.put(Space::state, row.key, row.value.substr(0, row.value.size() - 1));
    changes.erase(Space::state, some_row(rows, build_key(ProjectionId::pointers, 1).str()).key);
  });
  const VerifyReport report = look();
  ASSERT_EQ(found(report), Found{"projections pointers 2"});
  const Divergence one = first_of(report.divergences);
  EXPECT_EQ(one.where, "owner demo, channel live, generation 1");
  EXPECT_TRUE(one.expected.ends_with("on 00")) << one.expected;
  EXPECT_TRUE(one.found.ends_with(" bytes")) << one.found;
  EXPECT_FALSE(report.files_checked);
}

TEST_F(VerifyDefects, CursorThatStandsElsewhere) {
  change([](const RowReader& rows, WriteSet& changes) {
    std::string row = must(rows.get(Space::state, Key('c').str())).value_or("");
    --row[0];
    changes.put(Space::state, Key('c').str(), row);
  });
  expect_derived({"cursors  8"});
}

TEST_F(VerifyDefects, DamagedEventOfEveryByte) {
  std::string stored;
  change([&](const RowReader& rows, WriteSet& changes) {
    stored = must(rows.get(Space::log, event_key(Position{5}))).value_or("");
    changes.put(Space::log, event_key(Position{5}), stored + "x");
  });
  EXPECT_EQ(first_of(expect_lost({"events  1"}).divergences).position, Position{5});
  for (std::size_t at = 0; at < stored.size(); at += 7) {
    if (at >= 4 && at < 6) continue;  // the format: of a newer one nothing is said
    change([&](const RowReader&, WriteSet& changes) {
      std::string other = stored;
      other[at] = static_cast<char>(other[at] ^ 0x10);
      changes.put(Space::log, event_key(Position{5}), other);
    });
    SCOPED_TRACE(at);
    const VerifyReport report = expect_lost({"events  1"});
    EXPECT_TRUE(report.files_checked);
  }
}

TEST_F(VerifyDefects, MissingEventsAndARowThatIsNone) {
  change([](const RowReader&, WriteSet& changes) {
    changes.erase(Space::log, event_key(Position{5}));
    changes.erase(Space::log, event_key(Position{6}));
  });
  const VerifyReport report = expect_lost({"events  2"});
  EXPECT_EQ(first_of(report.divergences).where, "event 5");
  EXPECT_EQ(first_of(report.divergences).found, "nothing");
  change([](const RowReader&, WriteSet& changes) {
    changes.put(Space::log, event_key(Position{8}) + "x", "rubbish");
  });
  EXPECT_EQ(first_of(expect_lost({"events  3"}).divergences).position, Position{5});
}

TEST_F(VerifyDefects, EventBeforeTheOneBeforeIt) {
  const Position position =
      replace_event<Unpinned>([](Event& event) { event.time.unix_us -= 60'000'000; });
  EXPECT_EQ(first_of(expect_lost({"times  1"}).divergences).position, position);
}

TEST_F(VerifyDefects, GroupOfEventsThatIsNotWhole) {
  const Position position = replace_event<Unpinned>([](Event& event) {
    event.header.group = EventGroup{event.position, 1000};
  });
  EXPECT_EQ(first_of(expect_lost({"groups  1"}).divergences).position, position);
}

TEST_F(VerifyDefects, RootThatWasAnchoredOrSignedAndIsNotThatOfTheLog) {
  AnchorMark anchor = must(Anchor::read(ledger.directory()));
  const AnchorMark whole = anchor;
  anchor.root->bytes[0] ^= 1;
  must(must(Anchor::open(ledger.directory())).write(anchor));
  EXPECT_EQ(first_of(expect_lost({"roots  1"}).divergences).where, "anchor");
  must(must(Anchor::open(ledger.directory())).write(whole));
  EXPECT_EQ(found(look()), Found());
  // An event that is whole and is not the one that was anchored, behind the last row of the tree.
  replace_event<Unpinned>([](Event& event) { event.header.reason = "another"; });
  EXPECT_EQ(first_of(expect_lost({"roots  1"}).divergences).position, whole.log_size);
}

TEST_F(VerifyDefects, EventThatCannotFollowOnThoseBefore) {
  replace_event<Unpinned>(
      [](Event& event) { std::get<Unpinned>(event.payload).id = DeploymentId{99}; });
  EXPECT_NE(first_of(expect_lost({"events  1"}).divergences).found.find("deployment 99"),
            std::string::npos);
}

TEST_F(VerifyDefects, RowOfAChunkThatSaysAnotherPlaceOrNone) {
  const std::vector<std::function<void(const Row&, WriteSet&)>> edits = {
      [](const Row& row, WriteSet& changes) {
        std::string other = row.value;
        ++other[0];
        changes.put(Space::state, row.key, other);
      },
      [](const Row& row, WriteSet& changes) {
        changes.put(Space::state, row.key, row.value + "x");
      },
      [](const Row& row, WriteSet& changes) { changes.erase(Space::state, row.key); },
      [](const Row& row, WriteSet& changes) {  // in a pack that is not there
        changes.erase(Space::state, row.key);
        std::string other = row.key;
        --other.back();
        changes.put(Space::state, other, row.value);
      }};
  for (const auto& edit : edits) {
    change([&](const RowReader& rows, WriteSet& changes) { edit(some_row(rows, "k"), changes); });
    expect_derived({"index  1"});
  }
}

TEST_F(VerifyDefects, RowsOfTwoChunksExchanged) {
  change([&](const RowReader& rows, WriteSet& changes) {
    const Row last = some_row(rows, "k");
    must(rows.scan(Space::state, prefix_range("k"), Direction::ascending,
                   [&](std::string_view key, std::string_view value) {
                     if (value == last.value) return true;
                     changes.put(Space::state, std::string(key), last.value);
                     changes.put(Space::state, last.key, std::string(value));
                     return false;
                   }));
  });
  expect_derived({"index  2"});
}

TEST_F(VerifyDefects, PackThatCountsTooFarTooLittleOrNotAtAll) {
  const std::vector<std::function<void(const Row&, WriteSet&)>> edits = {
      [](const Row& row, WriteSet& changes) {
        std::string other = row.value;
        other[3] = 1;
        changes.put(Space::state, row.key, other);
      },
      [](const Row& row, WriteSet& changes) {
        changes.put(Space::state, row.key, std::string("\x21\0\0\0\0\0\0\0", 8));
      },
      [](const Row& row, WriteSet& changes) { changes.put(Space::state, row.key, "x"); },
      [](const Row& row, WriteSet& changes) { changes.erase(Space::state, row.key); }};
  for (const auto& edit : edits) {
    change([&](const RowReader& rows, WriteSet& changes) { edit(some_row(rows, "p"), changes); });
    expect_derived({"index  1"});
  }
}

TEST_F(VerifyDefects, MissingOrTornPack) {
  const std::string whole = read_file(only_pack());
  write_file(only_pack(), whole.substr(0, whole.size() - 1), 0600);
  EXPECT_EQ(expect_lost({std::to_string(draft_.value) + " not/sealed"}).lost_chunks, 1u);
  fs::remove(only_pack());
  const VerifyReport report =
      expect_lost({"1 ", "2 ", std::to_string(draft_.value) + " not/sealed"});
  EXPECT_GT(report.lost_chunks, 5u);
  ledger.open();
  const VerifyReport repaired = must(ledger->verify({false, true}));
  EXPECT_EQ(repaired.problems.size(), 3u);
  EXPECT_EQ(must(ledger->verify()).lost_chunks, 0u);
}

TEST_F(VerifyDefects, DamagedManifest) {
  std::string bytes = read_file(only_pack());
  bytes[bytes.find("purser-manifest 1")] = 'P';
  write_file(only_pack(), bytes, 0600);
  const VerifyReport report = expect_lost({"1 "});
  EXPECT_EQ(report.lost_chunks, 1u);
  EXPECT_NE(first_of(report.problems).what.find("checksum"), std::string::npos);
}

TEST_F(VerifyDefects, DamagedOrMissingChunkListOfASmallFileOrManifestIsDerived) {
  std::vector<Digest> files = {sha256("some bytes"), sha256("")};
  const Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  const auto artifact = must(reader.get(DeploymentId{2})).artifact;
  files.push_back(std::get<StoredArtifact>(*artifact).digest);
  for (const Digest& file : files) {
    for (const bool missing : {false, true}) {
      change([&](const RowReader& rows, WriteSet& changes) {
        if (missing) return must(erase_chunk_list(changes, rows, file));
        changes.put(Space::state, "l" + std::string(file.bytes.begin(), file.bytes.end()), "x");
      });
      expect_derived({"chunk_lists  1"});
    }
  }
}

TEST_F(VerifyDefects, DamagedOrMissingChunkListOfALargeFileIsEvidence) {
  const Digest file = sha256(large_);
  change([&](const RowReader&, WriteSet& changes) {
    changes.put(Space::state, "l" + std::string(file.bytes.begin(), file.bytes.end()), "x");
  });
  EXPECT_EQ(expect_lost({"2 large"}).lost_files, 1u);
  change([&](const RowReader& rows, WriteSet& changes) {
    must(erase_chunk_list(changes, rows, file));
  });
  EXPECT_EQ(first_of(expect_lost({"2 large"}).problems).what, "its chunk list is missing");
}

TEST_F(VerifyDefects, DamagedRowsOfADraft) {
  for (const char* tag : {"f", "h"}) {
    Row before;
    change([&](const RowReader& rows, WriteSet& changes) {
      before = some_row(rows, tag);
      changes.put(Space::state, before.key, "x");
    });
    SCOPED_TRACE(tag);
    expect_lost({std::to_string(draft_.value) + " "});
    change([&](const RowReader&, WriteSet& changes) {
      changes.put(Space::state, before.key, before.value);
    });
  }
}

}  // namespace
}  // namespace purser::verify_defects_test
