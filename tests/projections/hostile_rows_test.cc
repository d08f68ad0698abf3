// Rows that no fold has made: whoever reads them comes to an end, with a typed error.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "activations.h"
#include "memory_store.h"
#include "pointers.h"
#include "projection.h"
#include "storage/results.h"
#include "user_build.h"
#include "user_rows.h"
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

// What lies before the key was read for the rest of it.
TEST_F(HostileRows, AnActivationWithoutItsDeploymentIsDamage) {
  WriteSet changes;
  changes.put(Space::state, build_key(ProjectionId::activations, 1).text("o").str(),
              to_wire(Position{1}));
  ASSERT_TRUE(ok(store_.write(changes)));
  const View view{*rows(), kFirstBuilds, Position{9}};
  EXPECT_TRUE(fails_with<Corruption>(once_active(view, "o")));
}

// Rows of users' projections with random ends, behind beginnings that somebody looks at.
TEST_F(HostileRows, WhateverIsStoredOfUsersIsReadToAnEndOrIsDamage) {
  using std::string_literals::operator""s;
  const std::array<std::string, 7> beginnings{"x",
                                              "X",
                                              "xp\0\0\0\0\1"s,
                                              "Xp\0\0\0\0\1r"s,
                                              "Xp\0\0\0\0\1c"s,
                                              "Xp\0\0\0\0\1f"s,
                                              "Xp\0\xff\xff\xff\xff"s};
  std::mt19937 random(3);
  const auto some_bytes = [&](std::size_t max) {
    std::string bytes(random() % max, '\0');
    for (char& byte : bytes) byte = "\0\1\5a\xff"[random() % 5];
    return bytes;
  };
  const auto is_damage = [](const auto& answer) {
    return answer.has_value() || answer.error().template is<Corruption>();
  };
  for (int round = 0; round < 5000; ++round) {
    MemoryStore store;
    WriteSet changes;
    for (std::size_t rows = random() % 8; rows > 0; --rows) {
      changes.put(Space::state, beginnings[random() % beginnings.size()] + some_bytes(20),
                  some_bytes(20));
    }
    ASSERT_TRUE(ok(store.write(changes)));
    const auto stored = store.snapshot();
    EXPECT_TRUE(ok(look_for_user_builds(*stored)));
    const auto build = find_user_build(*stored, "p", Position{random() % 10});
    ASSERT_TRUE(ok(build));
    const StoredUserRows rows(*stored, {"p", 1}, Position{random() % 10});
    EXPECT_TRUE(is_damage(rows.get("a")));
    std::size_t seen = 0;
    EXPECT_TRUE(is_damage(rows.scan(some_bytes(3), some_bytes(3), [&](auto, auto) {
      ++seen;
      return true;
    })));
    EXPECT_LE(seen, changes.size());
    EXPECT_TRUE(ok(drop_unused_user_builds(store)));
  }
}

}  // namespace
}  // namespace purser::hostile_rows_test
