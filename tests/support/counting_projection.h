// The projection of counting_fold.h in a ledger under test.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/counting_fold.h"
#include "support/test_ledger.h"

namespace purser {

inline Options with_projections(std::vector<UserProjection> projections) {
  Options options;
  options.projections = std::move(projections);
  return options;
}

/// Looks at the rows of `name`, which must be right, and returns up to where they speak.
inline Position counted(const Ledger& ledger, std::string_view name = "counting") {
  Position position;
  must(ledger.look_at_projection(name, [&](const ProjectionRows& rows) -> Status {
    EXPECT_EQ(wrong_with_counts(rows), "");
    position = rows.position();
    return {};
  }));
  return position;
}

/// What the figures of a ledger say of a projection.
inline UserProjectionStats stats_of(const Ledger& ledger, std::string_view name = "counting") {
  for (const UserProjectionStats& one : must(ledger.stats()).user_projections) {
    if (one.name == name) return one;
  }
  ADD_FAILURE() << "stats know no projection " << name;
  return {};
}

/// All rows of a projection.
inline std::map<std::string, std::string> rows_of(const Ledger& ledger, std::string_view name) {
  std::map<std::string, std::string> all;
  must(ledger.look_at_projection(name, [&](const ProjectionRows& rows) {
    return rows.scan({}, {}, [&](std::string_view key, std::string_view value) {
      all.emplace(key, value);
      return true;
    });
  }));
  return all;
}

}  // namespace purser
