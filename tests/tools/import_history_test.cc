// purser import-log and import-ferro: what other programs have kept, there with every id, time and
// pointer; and what is hostile.
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "tools/program_test.h"

namespace purser::tools::import_history_test {
namespace {

namespace fs = std::filesystem;

class ImportHistoryTest : public ProgramTest {
 protected:
  [[nodiscard]] std::string made() const { return path("made"); }
  // Runs a verb that makes a ledger from `source`.
  [[nodiscard]] Finished import(const std::string& verb, const std::string& source) const {
    return run_program({verb, made(), source, "--json"});
  }
  [[nodiscard]] Json of_made(Words words) const {
    words.insert(words.begin(), {"--ledger", made(), "--json"});
    const Finished finished = run_program(words);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return one_line(finished.out);
  }
  void expect_whole() const { EXPECT_EQ(of_made({"verify"})["divergences"], Json::array()); }

  // Refused as `what`, and nothing is made.
  void expect_refused(const Finished& finished, const std::string& what,
                      const std::string& code = "InvalidArgument", int exit_code = 2) const {
    EXPECT_EQ(finished.exit_code, exit_code) << what;
    const Json error = one_line(finished.err)["error"];
    EXPECT_EQ(error["code"], code) << what;
    const std::string told = error.contains("what") ? error["what"].get<std::string>() : "";
    EXPECT_TRUE(told.starts_with(what)) << told << ", not " << what;
    EXPECT_FALSE(fs::exists(made())) << what;
  }
};

// --- Lines ---------------------------------------------------------------------------------------

class ImportLogTest : public ImportHistoryTest {
 protected:
  [[nodiscard]] Finished import(const std::string& lines) const {
    return ImportHistoryTest::import("import-log", write_file("history.jsonl", lines));
  }
};

TEST_F(ImportLogTest, EachEventIsThereWithWhatItsLineSays) {
  const std::string of = R"("owner":"demo","deployment":")";
  const std::string day = R"(","time":"2020-01-0)";
  const std::string lines[] = {
      R"({"event":"created","actor":"kim","reason":"first","source_ref":"sha-1",)"
      R"("labels":{"branch":"main"},"identifier":"6d5ad04e-0b5f-4a3d-9f0e-6a2f6c9f0001",)" +
          of + "r1" + day + R"(1T00:00:00Z"})",
      R"({"event":"ready","location":"releases/r1","bytes":12,)" + of + "r1" + day +
          R"(1T01:00:00+01:00"})",
      R"({"event":"promoted","channel":"beta",)" + of + "r1" + day + R"(2T00:00:00.5Z"})",
      R"({"event":"failed","code":"exit-1","message":"no disk",)" + of + "r2" + day +
          R"(3T00:00:00Z"})",
      R"({"event":"promoted","channel":null,)" + of + "r3" + day + R"(4T00:00:00Z"})",
      R"({"event":"cleared","owner":"demo","time":"2020-01-05T00:00:00Z"})",
      R"({"event":"rolled_back",)" + of + R"(r3"})",
      R"({"event":"rolled_back",)" + of + R"(r1"})",
      R"({"event":"promoted",)" + of + R"(r1"})",
      R"({"event":"artifact_deleted",)" + of + "r3" + day + R"(6T00:00:00Z"})",
  };
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const Finished finished = import(text);

  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const Json report = one_line(finished.out);
  EXPECT_EQ(report["deployments"], 3);
  EXPECT_EQ(report["movements"], 5);
  EXPECT_EQ(report["unchanged"], 1);
  EXPECT_EQ(report["unknown_times"], 5);
  EXPECT_EQ(report["implied"], 3);
  EXPECT_EQ(report["path"], made());
  const Json first = of_made({"show", "1"});
  EXPECT_EQ(first["identifier"], "6d5ad04e-0b5f-4a3d-9f0e-6a2f6c9f0001");
  EXPECT_EQ(first["source_ref"], "sha-1");
  EXPECT_EQ(first["labels"], (Json{{"branch", "main"}, {"imported_as", "r1"}}));
  EXPECT_EQ(first["artifact"],
            (Json{{"kind", "external"}, {"location", "releases/r1"}, {"bytes", 12}}));
  EXPECT_EQ(first["created_at"], "2020-01-01T00:00:00.000000Z");
  EXPECT_EQ(first["terminated_at"], "2020-01-01T00:00:00.000000Z");
  EXPECT_EQ(of_made({"show", "2"})["failure"], (Json{{"code", "exit-1"}, {"message", "no disk"}}));
  const Json third = of_made({"show", "3"});
  EXPECT_EQ(third["artifact"]["location"], "r3") << "implied by its promotion";
  EXPECT_EQ(third["artifact_deleted_at"], "2020-01-06T00:00:00.000000Z");
  EXPECT_EQ(of_made({"active", "demo", "--channel", "beta"})["id"], 1);
  std::vector<std::string> causes;
  const Json activations = of_made({"activations", "demo"});
  for (const Json& one : activations["items"]) causes.push_back(one["cause"]);
  EXPECT_EQ(causes, (std::vector<std::string>{"restore", "rollback", "clear", "promote"}));
  const Json log = of_made({"log"});
  EXPECT_EQ(log["items"].front()["actor"], "kim");
  EXPECT_EQ(log["items"].front()["reason"], "first");
  expect_whole();
}

TEST_F(ImportLogTest, TakesStandardInputAndALastLineWithoutANewline) {
  RunOptions options;
  options.input = R"({"event":"created","owner":"demo","deployment":"r1"})";
  const Finished finished = run_program({"import-log", made(), "-"}, options);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_NE(finished.out.find("1 deployments"), std::string::npos) << finished.out;
}

TEST_F(ImportLogTest, ALineThatIsNotUnderstoodIsNamedAndNothingIsMade) {
  const std::string good = R"({"event":"created","owner":"demo","deployment":"r1"})";
  const std::string begin = R"({"owner":"demo","deployment":"r2",)";
  const std::pair<std::string, std::string> cases[] = {
      {"", "line 2"},
      {"nonsense", "line 2"},
      {"[1]", "line 2"},
      {good, "line 2: deployment"},
      {good + " ", "line 2: deployment"},
      {R"({"owner":"demo","deployment":"r2"})", "line 2: event"},
      {R"({"event":"created","deployment":"r2"})", "line 2: owner"},
      {R"({"event":"created","owner":"demo"})", "line 2: deployment"},
      {begin + R"("event":"exploded"})", "line 2: event"},
      {begin + R"("event":7})", "line 2: event"},
      {begin + R"("event":"created","colour":"red"})", "line 2: colour"},
      {begin + R"("event":"created","event":"ready"})", "line 2: event"},
      {begin + R"("event":"created","labels":{"a":"1","a":"2"}})", "line 2: a"},
      {begin + R"("event":"created","labels":{"a":1}})", "line 2: labels"},
      {begin + R"("event":"created","labels":["a"]})", "line 2: labels"},
      {begin + R"("event":"created","labels":{"imported_as":"r3"}})", "line 2: labels"},
      {begin + R"("event":"created","channel":"live"})", "line 2: channel"},
      {begin + R"("event":"created","bytes":1})", "line 2: bytes"},
      {begin + R"("event":"ready","bytes":-1})", "line 2: bytes"},
      {begin + R"("event":"ready","bytes":1.5})", "line 2: bytes"},
      {begin + R"("event":"created","time":"yesterday"})", "line 2: time"},
      {begin + R"("event":"created","time":1577836800})", "line 2: time"},
      {begin + R"("event":"created","time":"2999-01-01T00:00:00Z"})",
       "line 2, deployment 'r2': time"},
      {begin + R"("event":"created","identifier":"r2"})", "line 2, deployment 'r2': identifier"},
      {begin + R"("event":"artifact_deleted"})", "line 2, deployment 'r2'"},
      {R"({"event":"ready","owner":"demo","deployment":"r1","source_ref":"x"})",
       "line 2: source_ref"},
      {R"({"event":"cleared","owner":"demo","deployment":"r1"})", "line 2: deployment"},
      {R"({"event":"promoted","owner":"demo","deployment":"r1","actor":""})",
       "line 2, deployment 'r1': actor"},
  };
  for (const auto& [line, what] : cases) expect_refused(import(good + "\n" + line + "\n"), what);
}

TEST_F(ImportLogTest, WhatIsTooLongOrTooDeepIsRefused) {
  const std::string owner(300, 'x');
  expect_refused(import(R"({"event":"cleared","owner":")" + owner + R"("})"), "line 1: owner",
                 "LimitExceeded");
  expect_refused(import("{}\n" + std::string(1 << 20, ' ')), "line 1");
  expect_refused(import(std::string(1 << 20, ' ') + "\n"), "line 1", "LimitExceeded");
  expect_refused(import(std::string(500'000, '[')), "line 1");
}

TEST_F(ImportLogTest, ALedgerWithEventsIsLeftAsItIs) {
  building();
  const auto before = files_on_disk();
  const std::string file = write_file("history.jsonl", "");
  EXPECT_EQ(run_program({"import-log", ledger(), file}).exit_code, 4);
  EXPECT_EQ(files_on_disk(), before);
  EXPECT_EQ(run_program({"import-log", made(), path("none")}).exit_code, 3);
  EXPECT_EQ(run_program({"import-log", file}).exit_code, 2) << "no directory was named";
}

// --- ferro-deployments ---------------------------------------------------------------------------

constexpr char kTables[] = R"(
CREATE TABLE deployments (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT, identifier varchar NOT NULL UNIQUE,
  owner_key varchar NOT NULL, source_ref varchar NULL, artifact_location varchar NULL,
  byte_size bigint NULL, status varchar NOT NULL DEFAULT 'building',
  artifact_deleted_at timestamp_with_timezone_text NULL,
  terminated_at timestamp_with_timezone_text NULL,
  created_at timestamp_with_timezone_text NOT NULL);
CREATE TABLE deployment_pointers (
  owner_key varchar NOT NULL PRIMARY KEY, deployment_id bigint NOT NULL,
  previous_deployment_id bigint NULL, updated_at timestamp_with_timezone_text NOT NULL);
)";

// 10,000 deployments of 100 owners: ids with gaps, several at one time, some with nanoseconds; of
// each ten one fails, one is still building, one was deleted. Pointers with and without a place
// before.
constexpr char kManyRows[] = R"(
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
INSERT INTO deployments
SELECT i + i / 100,
  printf('%08x-0000-4000-8000-%012x', i, i * 7),
  'project:' || (i % 100),
  CASE WHEN i % 3 = 0 THEN NULL ELSE 'sha-' || i END,
  CASE WHEN i % 10 IN (1, 2) THEN NULL ELSE 'deployments/' || i || '/' END,
  CASE WHEN i % 10 IN (1, 2) THEN NULL ELSE i * 1000 END,
  CASE i % 10 WHEN 1 THEN 'failed' WHEN 2 THEN 'building' ELSE 'ready' END,
  CASE i % 10 WHEN 3
    THEN strftime('%Y-%m-%dT%H:%M:%S', 1700900000 + i, 'unixepoch') || '+00:00' END,
  CASE WHEN i % 10 <> 2 THEN strftime('%Y-%m-%dT%H:%M:%S', 1700000000 + i / 4 + 30, 'unixepoch')
    || printf('.%06d', i) || CASE WHEN i % 2 THEN '' ELSE '789' END || '+00:00' END,
  strftime('%Y-%m-%dT%H:%M:%S', 1700000000 + i / 4, 'unixepoch') || '+00:00'
FROM n;
INSERT INTO deployment_pointers
SELECT owner_key, max(id), CASE WHEN min(id) % 2 THEN min(id) END,
  strftime('%Y-%m-%dT%H:%M:%S', 1700500000 + max(id), 'unixepoch') || '.25+00:00'
FROM deployments WHERE status = 'ready' AND artifact_deleted_at IS NULL GROUP BY owner_key;
)";

class ImportFerroTest : public ImportHistoryTest {
 protected:
  ImportFerroTest() { sqlite3_open(path("app.sqlite").c_str(), &db_); }
  ~ImportFerroTest() override { sqlite3_close(db_); }

  void sql(const std::string& text) {
    char* complaint = nullptr;
    sqlite3_exec(db_, text.c_str(), nullptr, nullptr, &complaint);
    EXPECT_EQ(complaint, nullptr) << complaint;
    sqlite3_free(complaint);
  }
  // The one number that a query gives.
  std::int64_t number(const std::string& text) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_, text.c_str(), -1, &statement, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db_);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const std::int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
  }
  [[nodiscard]] Finished import() const {
    return ImportHistoryTest::import("import-ferro", path("app.sqlite"));
  }
  // Puts JSON objects into a table, to be compared by SQL.
  void arrive(const std::string& table, const std::vector<Json>& rows) {
    sql("CREATE TABLE " + table + " (row text)");
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db_, ("INSERT INTO " + table + " VALUES (?)").c_str(), -1, &statement,
                       nullptr);
    sql("BEGIN");
    for (const Json& row : rows) {
      const std::string text = row.dump();
      sqlite3_bind_text(statement, 1, text.data(), static_cast<int>(text.size()), nullptr);
      EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE);
      sqlite3_reset(statement);
    }
    sql("COMMIT");
    sqlite3_finalize(statement);
  }
  std::vector<Json> all(Words words) const {
    words.insert(words.begin(), {"--ledger", made(), "--json"});
    words.emplace_back("--all");
    return lines_of(run_program(words).out);
  }

 private:
  sqlite3* db_ = nullptr;
};

// What a column of times says to the microsecond, as the program prints times.
std::string printed(const std::string& column) {
  return "strftime('%Y-%m-%dT%H:%M:%S', " + column + ") || '.' || CASE WHEN instr(" + column +
         ", '.') THEN substr(substr(" + column + ", 21, instr(" + column +
         ", '+') - 21) || '000000', 1, 6) ELSE '000000' END || 'Z'";
}

TEST_F(ImportFerroTest, TenThousandDeploymentsArriveWithEveryIdStatusPointerAndTime) {
  sql(std::string(kTables) + kManyRows);
  const Finished finished = import();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const Json report = one_line(finished.out);
  EXPECT_EQ(report["deployments"], 10'000);
  EXPECT_EQ(report["to_deleted"], 0);
  EXPECT_EQ(
      report["shortened_times"],
      number("SELECT count(*) FROM deployments WHERE terminated_at LIKE '%.______789+00:00'"));
  EXPECT_EQ(report["movements"],
            number("SELECT count(*) + count(previous_deployment_id) FROM deployment_pointers"));
  expect_whole();

  std::vector<Json> deployments;
  std::vector<Json> pointers;
  for (const Json& owner : all({"owners"})) {
    const std::string key = owner["owner_key"];
    for (Json& one : all({"list", key})) deployments.push_back(std::move(one));
    if (number("SELECT count(*) FROM deployment_pointers WHERE owner_key = '" + key + "'") > 0) {
      pointers.push_back(of_made({"pointer", key}));
    }
  }
  arrive("arrived", deployments);
  arrive("moved", pointers);
  EXPECT_EQ(number("SELECT count(*) FROM arrived"), 10'000);
  EXPECT_EQ(number(R"(SELECT count(*) FROM deployments d JOIN arrived a ON d.id = row ->> '$.id'
      WHERE d.identifier IS row ->> '$.identifier' AND d.owner_key IS row ->> '$.owner_key'
        AND d.source_ref IS row ->> '$.source_ref' AND d.status IS row ->> '$.status'
        AND d.artifact_location IS row ->> '$.artifact.location'
        AND d.byte_size IS row ->> '$.artifact.bytes'
        AND row ->> '$.created_at' IS )" +
                   printed("d.created_at") + " AND row ->> '$.terminated_at' IS " +
                   printed("d.terminated_at") + " AND row ->> '$.artifact_deleted_at' IS " +
                   printed("d.artifact_deleted_at")),
            10'000);
  EXPECT_EQ(number(R"(SELECT count(*) FROM deployment_pointers p
      JOIN moved m ON p.owner_key = row ->> '$.owner_key'
      WHERE p.deployment_id IS row ->> '$.active'
        AND p.previous_deployment_id IS row ->> '$.previous'
        AND row ->> '$.since' IS )" +
                   printed("p.updated_at")),
            number("SELECT count(*) FROM deployment_pointers"));
}

TEST_F(ImportFerroTest, ItsKnownFaultsArriveAsTheyAre) {
  sql(kTables);
  sql(R"(INSERT INTO deployments VALUES
    (1, '00000001-0000-4000-8000-000000000001', 'a', NULL, 'x', 1, 'ready',
     '2024-01-02T00:00:00+00:00', '2024-01-01T00:00:01+00:00', '2024-01-01 00:00:00 +00:00'),
    (2, '00000001-0000-4000-8000-000000000002', 'a', '', 'x', 0, 'ready', NULL,
     '2023-12-31T00:00:00+00:00', '2024-01-01T00:00:00+00:00'))");
  // It went live after it was deleted; and promoting the active one lost the way back.
  sql(R"(INSERT INTO deployment_pointers VALUES ('a', 1, 1, '2024-01-03T00:00:00+00:00'))");
  const Finished finished = import();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const Json report = one_line(finished.out);
  EXPECT_EQ(report["to_deleted"], 1);
  EXPECT_EQ(report["movements"], 1);
  EXPECT_EQ(report["lost_previous"], 1);
  EXPECT_EQ(of_made({"pointer", "a"})["active"], 1);
  EXPECT_EQ(of_made({"pointer", "a"})["previous"], nullptr);
  EXPECT_EQ(of_made({"show", "2"})["terminated_at"], "2023-12-31T00:00:00.000000Z");
  expect_whole();
}

TEST_F(ImportFerroTest, TheOneBeforeWasActiveAtATimeThatNobodyKnows) {
  sql(kTables);
  sql(R"(INSERT INTO deployments VALUES
    (1, '00000001-0000-4000-8000-000000000001', 'a', NULL, 'x', 1, 'ready',
     '2024-01-02T00:00:00+00:00', '2024-01-01T00:00:01+00:00', '2024-01-01T00:00:00+00:00'),
    (2, '00000001-0000-4000-8000-000000000002', 'a', NULL, 'x', 1, 'ready', NULL,
     '2024-01-01T00:00:01+00:00', '2024-01-01T00:00:00+00:00');
    INSERT INTO deployment_pointers VALUES ('a', 2, 1, '2024-01-03T00:00:00+00:00'))");
  const Json report = one_line(import().out);
  EXPECT_EQ(report["unknown_times"], 1);
  EXPECT_EQ(report["to_deleted"], 0) << "it was active before it was deleted";
  const Json earlier = of_made({"activations", "a"})["items"][1];
  EXPECT_EQ(earlier["deployment"], 1);
  EXPECT_EQ(earlier["reason"], "imported: when it became active is not known");
}

TEST_F(ImportFerroTest, ARowThatCannotBeIsNamedAndNothingIsMade) {
  const std::string row = "INSERT INTO deployments VALUES (7, ";
  const std::string id = "'00000001-0000-4000-8000-000000000001', ";
  const std::string times = "NULL, '2024-01-01T00:00:00Z', '2024-01-01T00:00:00Z')";
  const std::string good = row + id + "'a', NULL, 'x', 1, 'ready', " + times;
  const std::pair<std::string, std::string> cases[] = {
      {row + "'none', 'a', NULL, 'x', 1, 'ready', " + times, "deployment 7: identifier"},
      {row + id + "'a', NULL, 'x', 1, 'lost', " + times, "deployment 7: status"},
      {row + id + "'a', NULL, NULL, 1, 'ready', " + times, "deployment 7: artifact_location"},
      {row + id + "'a', NULL, 'x', NULL, 'ready', " + times, "deployment 7: byte_size"},
      {row + id + "'a', NULL, 'x', -1, 'ready', " + times, "deployment 7: byte_size"},
      {row + id + "'a', NULL, '', 1, 'ready', " + times, "deployment 7: location"},
      {row + id + "'', NULL, 'x', 1, 'ready', " + times, "deployment 7: owner"},
      {row + id + "'a', NULL, 'x', 1, 'ready', NULL, NULL, 1704067200)",
       "deployment 7: created_at"},
      {row + id + "'a', NULL, 'x', 1, 'ready', NULL, NULL, '2024-01-01')",
       "deployment 7: created_at"},
      {row + id + "'a', NULL, 'x', 1, 'ready', NULL, NULL, '2999-01-01T00:00:00Z')",
       "deployment 7: time"},
      {good + "; INSERT INTO deployment_pointers VALUES ('a', 8, NULL, '2024-01-01T00:00:00Z')",
       "pointer of 'a' to deployment 8"},
      {good + "; INSERT INTO deployment_pointers VALUES ('b', 7, NULL, '2024-01-01T00:00:00Z')",
       "pointer of 'b' to deployment 7"},
      {good + "; INSERT INTO deployment_pointers VALUES ('a', 7, 9, '2024-01-01T00:00:00Z')",
       "pointer of 'a' from deployment 9"},
      {"DROP TABLE deployment_pointers", "DATABASE"},
  };
  for (const auto& [statement, what] : cases) {
    sql(kTables + statement);
    expect_refused(import(), what);
    sql("DROP TABLE deployments; DROP TABLE IF EXISTS deployment_pointers");
  }
}

TEST_F(ImportFerroTest, WhatIsNoDatabaseIsRefused) {
  expect_refused(import(), "DATABASE");
  expect_refused(
      ImportHistoryTest::import("import-ferro", write_file("text", "no database at all")),
      "DATABASE");
  expect_refused(ImportHistoryTest::import("import-ferro", path("none")), "file", "NotFound", 3);
  expect_refused(ImportHistoryTest::import("import-ferro", "postgresql://127.0.0.1:1/none"), "",
                 "Io", 8);
}

TEST_F(ImportFerroTest, TheDatabaseMayBeInUseAndIsLeftAsItIs) {
  sql(std::string("PRAGMA journal_mode=WAL;") + kTables);
  sql("BEGIN IMMEDIATE; INSERT INTO deployments VALUES (1, '00000001-0000-4000-8000-000000000001', "
      "'a', NULL, NULL, NULL, 'building', NULL, NULL, '2024-01-01T00:00:00Z')");
  EXPECT_EQ(one_line(import().out)["deployments"], 0) << "not committed";
  fs::remove_all(made());
  sql("COMMIT");
  EXPECT_EQ(one_line(import().out)["deployments"], 1);
}

TEST_F(ImportFerroTest, ADatabaseThatAnotherHoldsForItselfIsNoBadArgument) {
  sql(kTables);
  sql("BEGIN EXCLUSIVE");
  const Finished finished = import();
  EXPECT_EQ(finished.exit_code, 8) << finished.out;
  EXPECT_NE(finished.err.find("database is locked"), std::string::npos) << finished.err;
  sql("ROLLBACK");
  EXPECT_EQ(import().exit_code, 0);
}

}  // namespace
}  // namespace purser::tools::import_history_test
