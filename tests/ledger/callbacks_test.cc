// What a caller does from within a callback comes to an end, also on a handle that only reads.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "ledger/carried.h"
#include "support/counting_projection.h"
#include "support/ledger_on_disk.h"

namespace purser::callbacks_test {
namespace {

using std::chrono::milliseconds;

class Callbacks : public LedgerOnDisk {
 protected:
  Callbacks() : LedgerOnDisk(with_projections({counting()})) {}
  [[nodiscard]] Ledger reader() { return must(Ledger::open(ledger.directory(), read_only())); }
  static Result<CarryReport> write_out(const Ledger& from) {
    return from.write_export(
        PlainLines(), [](std::string_view) { return Status(); },
        [](const CarriedRecord&) { return Status(); });
  }
  void damage(const std::string& bytes) {
    const auto [pack, at] = pack_with(bytes);
    flip(pack, at);
  }
};

TEST_F(Callbacks, VisitorOfADiffReadsADamagedFile) {
  const DeploymentId before = sealed(*ledger, "demo", "page", "as it was");
  const DeploymentId after = sealed(*ledger, "demo", "page", "as it is now");
  damage("as it is now");
  const Ledger opened = reader();
  int visited = 0;
  must(opened.diff(before, after, [&](const FileChange&) {
    (void)failure_of<Corruption>(opened.retrieve(after, "page"));
    return ++visited > 0;
  }));
  EXPECT_EQ(visited, 1);
}

TEST_F(Callbacks, WithinOneNothingWaitsUntilNobodyReads) {
  const DeploymentId id = sealed(*ledger, "demo", "page", "some bytes");
  damage("some bytes");
  Ledger opened = reader();
  const ProjectionLook look = [&](const ProjectionRows&) -> Status {
    (void)failure_of<InvalidArgument>(opened.refresh());
    (void)failure_of<InvalidArgument>(opened.wait_for(Position{1000}, milliseconds(1)));
    (void)failure_of<Corruption>(opened.retrieve(id, "page"));
    (void)failure_of<Corruption>(write_out(opened));
    EXPECT_TRUE(must(opened.wait_for(Position{1}, milliseconds(1))));
    EXPECT_EQ(must(opened.get(id)).id, id);
    EXPECT_EQ(must(opened.stats()).log_size, log_size(*ledger));
    return {};
  };
  must(opened.fold_in_memory(counting(), look));
  must(opened.look_at_projection("counting", look));
  must(opened.refresh());
}

TEST_F(Callbacks, AWaitEndsInTimeBesideALongRead) {
  promoted(*ledger);
  Ledger opened = reader();
  std::promise<void> begun;
  std::promise<void> over;
  std::thread reading([&] {
    must(opened.fold_in_memory(counting(), [&](const ProjectionRows&) -> Status {
      begun.set_value();
      over.get_future().wait();
      return {};
    }));
  });
  begun.get_future().wait();
  EXPECT_FALSE(must(opened.wait_for(Position{1000}, milliseconds(50))));
  over.set_value();
  reading.join();
  const DeploymentId next = promoted(*ledger);
  EXPECT_TRUE(must(opened.wait_for(log_size(*ledger), std::chrono::hours(1))));
  EXPECT_EQ(must(opened.get(next)).id, next);
}

TEST_F(Callbacks, ProgressOfARebuildBesideCommitsMayCommit) {
  for (int i = 0; i < 600; ++i) create(*ledger);
  int asked = 0;
  must(ledger->rebuild_projection("counting", [&](const Progress&) {
    create(*ledger);
    return ++asked > 0;
  }));
  EXPECT_GT(asked, 0);
  EXPECT_EQ(counted(*ledger), log_size(*ledger));
}

}  // namespace
}  // namespace purser::callbacks_test
