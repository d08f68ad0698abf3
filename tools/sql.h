// A database of another program, open for reading.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "purser/status.h"

namespace purser::tools {

/// The values of a row as text; nothing is NULL.
using SqlRow = std::vector<std::optional<std::string>>;

class SqlDatabase {
 public:
  virtual ~SqlDatabase() = default;

  /// All queries of an object see one state of the database. Errors: InvalidArgument{DATABASE} for
  /// what the database refuses, Cancelled when interrupted, those of `visit`.
  virtual Status query(const std::string& sql,
                       const std::function<Status(const SqlRow& row)>& visit) = 0;

  /// An expression for a column of times, in RFC 3339.
  [[nodiscard]] virtual std::string time_of(const std::string& column) const = 0;
};

/// A file of SQLite. Errors: NotFound, InvalidArgument, Io.
Result<std::unique_ptr<SqlDatabase>> open_sqlite(const std::string& path);

/// A server of PostgreSQL, by URL. Needs libpq at run time. Errors: InvalidArgument, Io.
Result<std::unique_ptr<SqlDatabase>> open_postgres(const std::string& url);

}  // namespace purser::tools
