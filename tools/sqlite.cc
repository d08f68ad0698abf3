#include <sqlite3.h>

#include <utility>

#include "in_file.h"
#include "interrupt.h"
#include "sql.h"

namespace purser::tools {
namespace {

constexpr int kBytesMax = 1 << 20;      // of a value, and of a statement
constexpr int kStepsPerLook = 100'000;  // of SQLite's virtual machine
constexpr int kBusyMilliseconds = 5'000;

class SqliteDatabase : public SqlDatabase {
 public:
  ~SqliteDatabase() override { sqlite3_close(db_); }

  Status open(const std::string& path) {
    const int opened = sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READONLY, nullptr);
    if (opened != SQLITE_OK) return trouble();
    // Its schema is as hostile as its rows.
    sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, kBytesMax);
    sqlite3_busy_timeout(db_, kBusyMilliseconds);
    sqlite3_progress_handler(
        db_, kStepsPerLook, [](void*) { return interrupted() ? 1 : 0; }, nullptr);
    return query("BEGIN", [](const SqlRow&) { return Status(); });
  }

  Status query(const std::string& sql, const std::function<Status(const SqlRow&)>& visit) override {
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) return trouble();
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(prepared,
                                                                               sqlite3_finalize);
    SqlRow row(static_cast<std::size_t>(sqlite3_column_count(prepared)));
    while (true) {
      const int step = sqlite3_step(prepared);
      if (step == SQLITE_DONE) return {};
      if (step != SQLITE_ROW) return trouble();
      for (int i = 0; i < static_cast<int>(row.size()); ++i) {
        row[static_cast<std::size_t>(i)] = value(prepared, i);
      }
      if (Status visited = visit(row); !visited) return visited;
    }
  }

  [[nodiscard]] std::string time_of(const std::string& column) const override { return column; }

 private:
  static std::optional<std::string> value(sqlite3_stmt* statement, int column) {
    if (sqlite3_column_type(statement, column) == SQLITE_NULL) return std::nullopt;
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    if (text == nullptr) return std::nullopt;
    return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
  }

  [[nodiscard]] Error trouble() const {
    const int code = db_ == nullptr ? SQLITE_NOMEM : sqlite3_errcode(db_);
    if (code == SQLITE_INTERRUPT) return Cancelled{};
    const char* told = db_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db_);
    return InvalidArgument{"DATABASE", std::string("SQLite says: ") + told};
  }

  sqlite3* db_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<SqlDatabase>> open_sqlite(const std::string& path) {
  // SQLite would say the same for every reason.
  if (const auto file = InFile::open(path); !file) return file.error();
  auto database = std::make_unique<SqliteDatabase>();
  if (Status opened = database->open(path); !opened) return opened.error();
  return std::unique_ptr<SqlDatabase>(std::move(database));
}

}  // namespace purser::tools
