// PostgreSQL with the SQL of ferro-deployments over a Unix socket: read the deployment, BEGIN,
// write the pointer, COMMIT. One connection for each client and prepared statements. The server is
// used as it comes; one that does not wait for the disk is refused.
#include <libpq-fe.h>

#include "clients.h"
#include "scratch_ledger.h"
#include "subjects.h"
#include "walk.h"

namespace purser::peers {
namespace {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

class Connection {
 public:
  explicit Connection(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) fail_here("connect");
  }

  void execute(const std::string& sql) {
    check(PQexec(connection_.get(), sql.c_str()), PGRES_COMMAND_OK, sql);
  }
  std::string show(const std::string& setting) {
    const Answer row =
        check(PQexec(connection_.get(), ("SHOW " + setting).c_str()), PGRES_TUPLES_OK, setting);
    return PQgetvalue(row.get(), 0, 0);
  }
  void prepare(const char* name, const char* sql) {
    check(PQprepare(connection_.get(), name, sql, 0, nullptr), PGRES_COMMAND_OK, name);
  }
  Answer row(const char* name, const std::vector<const char*>& values) {
    Answer answer = check(PQexecPrepared(connection_.get(), name, static_cast<int>(values.size()),
                                         values.data(), nullptr, nullptr, 0),
                          PGRES_TUPLES_OK, name);
    if (PQntuples(answer.get()) != 1) bench::fail(name, "not one row");
    return answer;
  }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  Answer check(PGresult* result, ExecStatusType wanted, const std::string& what) {
    Answer answer(result);
    if (PQresultStatus(result) != wanted) fail_here(what);
    return answer;
  }
  [[noreturn]] void fail_here(const std::string& what) {
    bench::fail("PostgreSQL, " + what, PQerrorMessage(connection_.get()));
  }
  std::unique_ptr<PGconn, Finish> connection_;
};

void create_tables(Connection& connection) {
  connection.execute("SET client_min_messages = warning");
  connection.execute("DROP TABLE IF EXISTS deployment_pointers, deployments");
  connection.execute(
      "CREATE TABLE deployments (id BIGSERIAL PRIMARY KEY, identifier TEXT NOT NULL UNIQUE,"
      " owner_key TEXT NOT NULL, source_ref TEXT, artifact_location TEXT, byte_size BIGINT,"
      " status TEXT NOT NULL, artifact_deleted_at TIMESTAMPTZ, terminated_at TIMESTAMPTZ,"
      " created_at TIMESTAMPTZ NOT NULL)");
  connection.execute(
      "CREATE TABLE deployment_pointers (owner_key TEXT PRIMARY KEY,"
      " deployment_id BIGINT NOT NULL, previous_deployment_id BIGINT,"
      " updated_at TIMESTAMPTZ NOT NULL)");
  connection.execute(
      "INSERT INTO deployments (identifier, owner_key, source_ref, artifact_location, byte_size,"
      " status, created_at) SELECT 'id-' || i, 'owner:' || (i % " +
      std::to_string(kOwners) +
      "), 'sha', 'deployments/' || i || '/', 100, 'ready', NOW() FROM generate_series(1, " +
      std::to_string(kDeployments) + ") i");
  connection.execute("VACUUM ANALYZE deployments");
  connection.execute("CHECKPOINT");
}

class Promoter {
 public:
  explicit Promoter(const std::string& conninfo) : connection_(conninfo) {
    connection_.prepare(
        "get",
        "SELECT id, identifier, owner_key, source_ref, artifact_location, byte_size, status,"
        " artifact_deleted_at, terminated_at, created_at FROM deployments WHERE id = $1");
    connection_.prepare(
        "promote",
        "INSERT INTO deployment_pointers (owner_key, deployment_id, previous_deployment_id,"
        " updated_at) VALUES ($1, $2, NULL, NOW()) ON CONFLICT (owner_key) DO UPDATE SET"
        " previous_deployment_id = deployment_pointers.deployment_id, deployment_id = $2,"
        " updated_at = NOW() RETURNING previous_deployment_id");
  }

  void promote(int deployment) {
    const std::string id = std::to_string(deployment);
    const Answer row = connection_.row("get", {id.c_str()});
    connection_.execute("BEGIN");
    connection_.row("promote", {PQgetvalue(row.get(), 0, 2), id.c_str()});
    connection_.execute("COMMIT");
  }

 private:
  Connection connection_;
};

class PostgresPromotes final : public Subject {
 public:
  explicit PostgresPromotes(const std::string& conninfo) : conninfo_(conninfo) {}

  // The tables are made anew in the server's own directory, which is on the same disk.
  void prepare(const std::string&) override {
    Connection connection(conninfo_);
    if (connection.show("fsync") != "on" || connection.show("synchronous_commit") != "on") {
      bench::fail("PostgreSQL", "this server does not wait for the disk");
    }
    create_tables(connection);
  }

  Outcome run(int clients, double seconds) override {
    return run_clients(clients, seconds, [&](int client) -> Call {
      const auto promoter = std::make_shared<Promoter>(conninfo_);
      return [promoter, walk = Walk(client, clients)]() mutable {
        promoter->promote(walk.next().deployment);
      };
    });
  }

 private:
  const std::string conninfo_;
};

}  // namespace

std::unique_ptr<Subject> postgres_promotes(const std::string& conninfo) {
  return std::make_unique<PostgresPromotes>(conninfo);
}

}  // namespace purser::peers
