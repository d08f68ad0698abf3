// SQLite, as much of it as is needed here: connections and prepared statements that clean up, and
// the tables of ferro-deployments with 2,000 ready deployments.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>

namespace purser::peers {

class SqliteStatement {
 public:
  SqliteStatement(sqlite3* db, const std::string& sql);

  void bind(int parameter, int value);
  /// `value` must live until the statement has been reset.
  void bind(int parameter, const std::string& value);
  /// Whether there is a row (more).
  bool step();
  void reset() { sqlite3_reset(statement_.get()); }
  /// Steps to the end.
  void run();
  /// Valid until the next step or reset; null for NULL.
  [[nodiscard]] const char* text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Every commit reaches the disk before it returns (`synchronous=FULL`); one that finds the
/// database locked waits.
class SqliteConnection {
 public:
  SqliteConnection(const std::string& path, const std::string& journal);
  SqliteStatement statement(const std::string& sql) { return {db_.get(), sql}; }
  void execute(const std::string& sql) { statement(sql).run(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  std::unique_ptr<sqlite3, Close> db_;
};

void create_sqlite_tables(SqliteConnection& connection);

/// One client's promotions, with the SQL of ferro-deployments.
class SqlitePromoter {
 public:
  SqlitePromoter(const std::string& path, const std::string& journal);
  void promote(int deployment);

 private:
  SqliteConnection connection_;  // first: statements must go before it
  SqliteStatement get_;
  SqliteStatement begin_;
  SqliteStatement promote_;
  SqliteStatement commit_;
};

}  // namespace purser::peers
