// What is active, from SQLite in WAL mode: one prepared SELECT that joins the pointer with its
// deployment, where ferro-deployments asks twice. The row is looked at, and nothing is copied.
#include "clients.h"
#include "scratch_ledger.h"
#include "sqlite.h"
#include "subjects.h"
#include "walk.h"

namespace purser::peers {
namespace {

constexpr int kColumns = 10;

class SqliteReads final : public Subject {
 public:
  void prepare(const std::string& directory) override {
    const std::string path = directory + "/peer.db";
    connection_ = std::make_unique<SqliteConnection>(path, "wal");
    create_sqlite_tables(*connection_);
    SqlitePromoter promoter(path, "wal");
    Walk walk(0, 1);
    for (int i = 0; i < kOwners; ++i) promoter.promote(walk.next().deployment);
  }

  Outcome run(int, double seconds) override {
    SqliteStatement select = connection_->statement(
        "SELECT d.id, d.identifier, d.owner_key, d.source_ref, d.artifact_location, d.byte_size,"
        " d.status, d.artifact_deleted_at, d.terminated_at, d.created_at"
        " FROM deployment_pointers p JOIN deployments d ON d.id = p.deployment_id"
        " WHERE p.owner_key = ?1");
    const std::vector<std::string> owners = owner_names();
    std::size_t turn = 0;
    return run_reader(seconds, [&] {
      select.bind(1, owners[turn]);
      if (!select.step()) bench::fail("SQLite", "nothing is active");
      for (int column = 0; column < kColumns; ++column) (void)select.text(column);
      select.reset();
      turn = turn + 1 == owners.size() ? 0 : turn + 1;
    });
  }

 private:
  std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace

std::unique_ptr<Subject> sqlite_reads() { return std::make_unique<SqliteReads>(); }

}  // namespace purser::peers
