#include <sqlite3.h>

#include <utility>

#include "in_file.h"
#include "interrupt.h"
#include "loaded_library.h"
#include "sql.h"

namespace purser::tools {
namespace {

constexpr int kBytesMax = 1 << 20;      // of a value, and of a statement
constexpr int kStepsPerLook = 100'000;  // of SQLite's virtual machine
constexpr int kBusyMilliseconds = 2'000;

constexpr char kLibrary[] = "libsqlite3.so.0";

struct Sqlite {
  decltype(&sqlite3_open_v2) open_v2;
  decltype(&sqlite3_close) close;
  decltype(&sqlite3_db_config) db_config;
  decltype(&sqlite3_limit) limit;
  decltype(&sqlite3_busy_timeout) busy_timeout;
  decltype(&sqlite3_progress_handler) progress_handler;
  decltype(&sqlite3_prepare_v2) prepare_v2;
  decltype(&sqlite3_finalize) finalize;
  decltype(&sqlite3_column_count) column_count;
  decltype(&sqlite3_step) step;
  decltype(&sqlite3_column_type) column_type;
  decltype(&sqlite3_column_text) column_text;
  decltype(&sqlite3_column_bytes) column_bytes;
  decltype(&sqlite3_errcode) errcode;
  decltype(&sqlite3_errstr) errstr;
  decltype(&sqlite3_errmsg) errmsg;
};

Result<const Sqlite*> sqlite() {
  static Sqlite functions{};
  const auto library = LoadedLibrary::load(kLibrary, "libsqlite3-0");
  if (!library) return library.error();
  const bool complete = library->find("sqlite3_open_v2", functions.open_v2) &&
                        library->find("sqlite3_close", functions.close) &&
                        library->find("sqlite3_db_config", functions.db_config) &&
                        library->find("sqlite3_limit", functions.limit) &&
                        library->find("sqlite3_busy_timeout", functions.busy_timeout) &&
                        library->find("sqlite3_progress_handler", functions.progress_handler) &&
                        library->find("sqlite3_prepare_v2", functions.prepare_v2) &&
                        library->find("sqlite3_finalize", functions.finalize) &&
                        library->find("sqlite3_column_count", functions.column_count) &&
                        library->find("sqlite3_step", functions.step) &&
                        library->find("sqlite3_column_type", functions.column_type) &&
                        library->find("sqlite3_column_text", functions.column_text) &&
                        library->find("sqlite3_column_bytes", functions.column_bytes) &&
                        library->find("sqlite3_errcode", functions.errcode) &&
                        library->find("sqlite3_errstr", functions.errstr) &&
                        library->find("sqlite3_errmsg", functions.errmsg);
  if (!complete) return Io{"load", kLibrary, "it lacks functions of SQLite"};
  return &functions;
}

class SqliteDatabase : public SqlDatabase {
 public:
  SqliteDatabase(const Sqlite& sql, std::string path) : sql_(sql), path_(std::move(path)) {}
  ~SqliteDatabase() override { sql_.close(db_); }

  Status open() {
    const int opened = sql_.open_v2(path_.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr);
    if (opened != SQLITE_OK) return trouble();
    // Its schema is as hostile as its rows.
    sql_.db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sql_.db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sql_.limit(db_, SQLITE_LIMIT_LENGTH, kBytesMax);
    sql_.busy_timeout(db_, kBusyMilliseconds);
    sql_.progress_handler(
        db_, kStepsPerLook, [](void*) { return interrupted() ? 1 : 0; }, nullptr);
    return query("BEGIN", [](const SqlRow&) { return Status(); });
  }

  Status query(const std::string& sql, const std::function<Status(const SqlRow&)>& visit) override {
    sqlite3_stmt* prepared = nullptr;
    if (sql_.prepare_v2(db_, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) return trouble();
    const std::unique_ptr<sqlite3_stmt, decltype(sql_.finalize)> statement(prepared, sql_.finalize);
    SqlRow row(static_cast<std::size_t>(sql_.column_count(prepared)));
    while (true) {
      const int step = sql_.step(prepared);
      if (step == SQLITE_DONE) return {};
      if (step != SQLITE_ROW) return trouble();
      for (int i = 0; i < static_cast<int>(row.size()); ++i) {
        auto cell = value(prepared, i);
        if (!cell) return cell.error();
        row[static_cast<std::size_t>(i)] = *std::move(cell);
      }
      if (Status visited = visit(row); !visited) return visited;
    }
  }

  [[nodiscard]] std::string time_of(const std::string& column) const override { return column; }

 private:
  Result<std::optional<std::string>> value(sqlite3_stmt* statement, int column) const {
    if (sql_.column_type(statement, column) == SQLITE_NULL) return std::optional<std::string>();
    const auto* text = reinterpret_cast<const char*>(sql_.column_text(statement, column));
    const auto size = static_cast<std::size_t>(sql_.column_bytes(statement, column));
    if (text == nullptr && sql_.errcode(db_) == SQLITE_NOMEM) return trouble();
    return std::optional(text == nullptr ? std::string() : std::string(text, size));
  }

  [[nodiscard]] Error trouble() const {
    const int code = db_ == nullptr ? SQLITE_NOMEM : sql_.errcode(db_);
    if (code == SQLITE_INTERRUPT) return Cancelled{};
    const char* told = db_ == nullptr ? sql_.errstr(code) : sql_.errmsg(db_);
    const std::string why = std::string("SQLite says: ") + told;
    // These may go well another time; all others are of the file.
    const bool may_pass = code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_IOERR ||
                          code == SQLITE_NOMEM || code == SQLITE_CANTOPEN ||
                          code == SQLITE_READONLY;
    if (may_pass) return Io{"read", path_, why};
    return InvalidArgument{"DATABASE", "'" + path_ + "': " + why};
  }

  const Sqlite& sql_;
  const std::string path_;
  sqlite3* db_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<SqlDatabase>> open_sqlite(const std::string& path) {
  if (path == "-") return InvalidArgument{"DATABASE", "must be a file, not standard input"};
  // SQLite would say the same for every reason.
  if (const auto file = InFile::open(path); !file) return file.error();
  const auto functions = sqlite();
  if (!functions) return functions.error();
  auto database = std::make_unique<SqliteDatabase>(**functions, path);
  if (Status opened = database->open(); !opened) return opened.error();
  return std::unique_ptr<SqlDatabase>(std::move(database));
}

}  // namespace purser::tools
