// SQLite with the SQL of ferro-deployments: read the deployment, then in one transaction write the
// pointer. One connection for each client, every statement prepared beforehand, nothing durable
// switched off.
#include "clients.h"
#include "sqlite.h"
#include "subjects.h"
#include "walk.h"

namespace purser::peers {
namespace {

class SqlitePromotes final : public Subject {
 public:
  explicit SqlitePromotes(const std::string& journal) : journal_(journal) {}

  void prepare(const std::string& directory) override {
    path_ = directory + "/peer.db";
    keeper_ = std::make_unique<SqliteConnection>(path_, journal_);
    create_sqlite_tables(*keeper_);
  }

  Outcome run(int clients, double seconds) override {
    return run_clients(clients, seconds, [&](int client) -> Call {
      const auto promoter = std::make_shared<SqlitePromoter>(path_, journal_);
      return [promoter, walk = Walk(client, clients)]() mutable {
        promoter->promote(walk.next().deployment);
      };
    });
  }

 private:
  const std::string journal_;
  std::string path_;
  std::unique_ptr<SqliteConnection> keeper_;  // so that no client is the last one to close
};

}  // namespace

std::unique_ptr<Subject> sqlite_promotes(const std::string& journal) {
  return std::make_unique<SqlitePromotes>(journal);
}

}  // namespace purser::peers
