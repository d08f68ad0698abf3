// Rows that no fold has made: whoever reads them comes to an end, with a typed error.
#include <gtest/gtest.h>

#include "memory_store.h"
#include "pointers.h"
#include "projection.h"
#include "storage/results.h"
#include "wire.h"

namespace purser::hostile_rows_test {
namespace {

constexpr Builds kFirstBuilds{1, 1, 1, 1, 1, 1, 1, 1};

class HostileRows : public testing::Test {
 protected:
  // A row of a pointer as a fold makes it, but for its key and its parent.
  void put(const std::string& key, Generation parent) {
    std::string value;
    WireWriter writer(value);
    writer(Position{1}, Timestamp{1}, std::optional(DeploymentId{1}), std::optional<DeploymentId>(),
           parent);
    WriteSet changes;
    changes.put(Space::state, key, value);
    ASSERT_TRUE(ok(store_.write(changes)));
  }
  static Key pointers() { return build_key(ProjectionId::pointers, 1); }

  MemoryStore store_;
  const std::unique_ptr<RowReader>& rows() { return rows_ = store_.snapshot(); }

 private:
  std::unique_ptr<RowReader> rows_;
};

// A rollback would go round and round.
TEST_F(HostileRows, AParentThatIsNotOlderThanItsChildIsDamage) {
  put(pointers().text("o").text("c").number(Generation{2}).str(), Generation{2});
  const View view{*rows(), kFirstBuilds, Position{9}};
  EXPECT_TRUE(fails_with<Corruption>(pointer_at(view, "o", "c", Generation{2})));
  EXPECT_TRUE(fails_with<Corruption>(latest_pointer(view, "o", "c")));
  EXPECT_TRUE(fails_with<Corruption>(
      scan_pointer(view, "o", "c", Generation{9}, [](const PointerRow&) { return true; })));
}

// The walk over all names stood still.
TEST_F(HostileRows, ANameThatDoesNotEndIsDamageAndEndsTheWalk) {
  put(pointers().text("o").raw("c\x05").number(Generation{1}).str(), Generation{0});
  const View view{*rows(), kFirstBuilds, Position{9}};
  EXPECT_TRUE(fails_with<Corruption>(scan_pointer_names(
      view, std::nullopt, [](const PointerName&) { return Result<bool>(true); })));
}

}  // namespace
}  // namespace purser::hostile_rows_test
