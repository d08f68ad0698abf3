#include "sqlite.h"

#include "scratch_ledger.h"
#include "walk.h"

namespace purser::peers {
namespace {

constexpr int kBusyMs = 60'000;
constexpr char kNow[] = "2026-01-01T00:00:00.000000Z";

void check(sqlite3* db, int code, const std::string& what) {
  if (code != SQLITE_OK) bench::fail(what, sqlite3_errmsg(db));
}

}  // namespace

SqliteStatement::SqliteStatement(sqlite3* db, const std::string& sql) : db_(db) {
  sqlite3_stmt* statement = nullptr;
  check(db, sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
        sql);
  statement_.reset(statement);
}

void SqliteStatement::bind(int parameter, int value) {
  check(db_, sqlite3_bind_int(statement_.get(), parameter, value), "bind");
}

void SqliteStatement::bind(int parameter, const std::string& value) {
  check(db_,
        sqlite3_bind_text(statement_.get(), parameter, value.data(), static_cast<int>(value.size()),
                          SQLITE_STATIC),
        "bind");
}

bool SqliteStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    bench::fail(sqlite3_sql(statement_.get()), sqlite3_errmsg(db_));
  }
  return code == SQLITE_ROW;
}

void SqliteStatement::run() {
  while (step()) {
  }
  reset();
}

const char* SqliteStatement::text(int column) const {
  return reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
}

SqliteConnection::SqliteConnection(const std::string& path, const std::string& journal) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open(path.c_str(), &db);
  db_.reset(db);
  check(db, code, "open " + path);
  sqlite3_busy_timeout(db, kBusyMs);
  execute("PRAGMA journal_mode=" + journal);
  execute("PRAGMA synchronous=FULL");
}

void create_sqlite_tables(SqliteConnection& connection) {
  connection.execute(
      "CREATE TABLE deployments (id INTEGER PRIMARY KEY AUTOINCREMENT,"
      " identifier TEXT UNIQUE NOT NULL, owner_key TEXT NOT NULL, source_ref TEXT,"
      " artifact_location TEXT, byte_size INTEGER, status TEXT NOT NULL,"
      " artifact_deleted_at TEXT, terminated_at TEXT, created_at TEXT NOT NULL)");
  connection.execute(
      "CREATE TABLE deployment_pointers (owner_key TEXT PRIMARY KEY,"
      " deployment_id INTEGER NOT NULL, previous_deployment_id INTEGER,"
      " updated_at TEXT NOT NULL)");
  connection.execute("BEGIN");
  SqliteStatement insert = connection.statement(
      "INSERT INTO deployments VALUES (?1, 'id-' || ?1, ?2, 'sha', 'deployments/' || ?1 || '/',"
      " 100, 'ready', NULL, NULL, ?3)");
  const std::vector<std::string> owners = owner_names();
  const std::string now = kNow;
  for (int id = 1; id <= kDeployments; ++id) {
    insert.bind(1, id);
    insert.bind(2, owners[static_cast<std::size_t>(owner_of(id))]);
    insert.bind(3, now);
    insert.run();
  }
  connection.execute("COMMIT");
}

SqlitePromoter::SqlitePromoter(const std::string& path, const std::string& journal)
    : connection_(path, journal),
      get_(connection_.statement(
          "SELECT id, identifier, owner_key, source_ref, artifact_location, byte_size, status,"
          " artifact_deleted_at, terminated_at, created_at FROM deployments WHERE id = ?1")),
      begin_(connection_.statement("BEGIN IMMEDIATE")),
      promote_(connection_.statement(
          "INSERT INTO deployment_pointers (owner_key, deployment_id, previous_deployment_id,"
          " updated_at) VALUES (?1, ?2, NULL, ?3) ON CONFLICT (owner_key) DO UPDATE SET"
          " previous_deployment_id = deployment_id, deployment_id = ?2, updated_at = ?3"
          " RETURNING previous_deployment_id")),
      commit_(connection_.statement("COMMIT")) {}

void SqlitePromoter::promote(int deployment) {
  get_.bind(1, deployment);
  if (!get_.step()) bench::fail("SQLite", "no such deployment");
  const std::string owner = get_.text(2);
  get_.reset();

  begin_.run();
  static const std::string kTime = kNow;
  promote_.bind(1, owner);
  promote_.bind(2, deployment);
  promote_.bind(3, kTime);
  promote_.run();
  commit_.run();
}

}  // namespace purser::peers
