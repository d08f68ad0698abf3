#include <utility>

#include "loaded_library.h"
#include "sql.h"

namespace purser::tools {
namespace {

// libpq is loaded when it is needed: linked, it would make every start of the program slower, and
// few have a PostgreSQL. What is declared here is the same in every libpq.so.5 (PostgreSQL's
// manual, "libpq - C Library").
constexpr char kLibrary[] = "libpq.so.5";
struct Connection;
struct Answer;
constexpr int kConnectionOk = 0;
constexpr int kCommandOk = 1;
constexpr int kTuplesOk = 2;

struct Libpq {
  Connection* (*connect)(const char* url);
  int (*status)(const Connection*);
  char* (*connection_error)(const Connection*);
  void (*finish)(Connection*);
  Answer* (*exec)(Connection*, const char* sql);
  int (*answer_status)(const Answer*);
  void (*clear)(Answer*);
  int (*rows)(const Answer*);
  int (*columns)(const Answer*);
  int (*is_null)(const Answer*, int row, int column);
  char* (*value)(const Answer*, int row, int column);
  int (*length)(const Answer*, int row, int column);
};

Result<const Libpq*> libpq() {
  static Libpq functions{};
  const auto library = LoadedLibrary::load(kLibrary, "libpq5");
  if (!library) return library.error();
  const bool complete =
      library->find("PQconnectdb", functions.connect) &&
      library->find("PQstatus", functions.status) &&
      library->find("PQerrorMessage", functions.connection_error) &&
      library->find("PQfinish", functions.finish) && library->find("PQexec", functions.exec) &&
      library->find("PQresultStatus", functions.answer_status) &&
      library->find("PQclear", functions.clear) && library->find("PQntuples", functions.rows) &&
      library->find("PQnfields", functions.columns) &&
      library->find("PQgetisnull", functions.is_null) &&
      library->find("PQgetvalue", functions.value) &&
      library->find("PQgetlength", functions.length);
  if (!complete) return Io{"load", kLibrary, "it lacks functions of libpq"};
  return &functions;
}

class PostgresDatabase : public SqlDatabase {
 public:
  PostgresDatabase(const Libpq& pq, const std::string& url)
      : pq_(pq), connection_(pq.connect(url.c_str())) {}
  ~PostgresDatabase() override { pq_.finish(connection_); }

  Status begin() {
    // What it says names the server, and no password.
    if (pq_.status(connection_) != kConnectionOk) return Io{"connect to", "DATABASE", complaint()};
    const auto nothing = [](const SqlRow&) { return Status(); };
    if (Status set = query("SET client_encoding = 'UTF8'", nothing); !set) return set;
    return query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", nothing);
  }

  Status query(const std::string& sql, const std::function<Status(const SqlRow&)>& visit) override {
    const std::unique_ptr<Answer, void (*)(Answer*)> answer(pq_.exec(connection_, sql.c_str()),
                                                            pq_.clear);
    const int status = pq_.answer_status(answer.get());
    if (status != kCommandOk && status != kTuplesOk) {
      return InvalidArgument{"DATABASE", "PostgreSQL says: " + complaint()};
    }
    SqlRow row(static_cast<std::size_t>(pq_.columns(answer.get())));
    for (int r = 0; r < pq_.rows(answer.get()); ++r) {
      for (int c = 0; c < static_cast<int>(row.size()); ++c) {
        row[static_cast<std::size_t>(c)] = value(answer.get(), r, c);
      }
      if (Status visited = visit(row); !visited) return visited;
    }
    return {};
  }

  // Microseconds are all that PostgreSQL keeps.
  [[nodiscard]] std::string time_of(const std::string& column) const override {
    return "to_char(" + column + R"( AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))";
  }

 private:
  [[nodiscard]] std::optional<std::string> value(const Answer* answer, int row, int column) const {
    if (pq_.is_null(answer, row, column) != 0) return std::nullopt;
    return std::string(pq_.value(answer, row, column),
                       static_cast<std::size_t>(pq_.length(answer, row, column)));
  }

  // On one line.
  [[nodiscard]] std::string complaint() const {
    std::string text = pq_.connection_error(connection_);
    while (text.ends_with('\n')) text.pop_back();
    for (char& c : text) {
      if (c == '\n' || c == '\t') c = ' ';
    }
    return text;
  }

  const Libpq& pq_;
  Connection* connection_;
};

}  // namespace

Result<std::unique_ptr<SqlDatabase>> open_postgres(const std::string& url) {
  const auto pq = libpq();
  if (!pq) return pq.error();
  auto database = std::make_unique<PostgresDatabase>(**pq, url);
  if (Status begun = database->begin(); !begun) return begun.error();
  return std::unique_ptr<SqlDatabase>(std::move(database));
}

}  // namespace purser::tools
