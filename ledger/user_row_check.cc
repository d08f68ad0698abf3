#include "user_row_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "row_names.h"
#include "try.h"
#include "user_build.h"
#include "user_rows.h"

namespace purser {
namespace {

struct Version {
  std::string key;
  Position position;
  std::string value;
};

std::string describe(const Version& row, const std::string& other) {
  return fmt::format("{}, by event {}", excerpt(row.value, other), row.position.value);
}

// The stored rows and those of the fold, both in order.
class Comparison {
 public:
  explicit Comparison(const std::string& projection) : projection_(projection) {}

  void compare(const std::vector<Version>& expected, const StoredUserRows& stored) {
    auto next = expected.begin();
    const Status read = stored.scan_versions(
        {}, {}, [&](std::string_view key, Position position, std::string_view value) {
          for (; next != expected.end() && next->key < key; ++next) missing(*next);
          const Version found{std::string(key), position, std::string(value)};
          if (next == expected.end() || next->key != key) {
            note(found.key, "nothing", describe(found, {}));
            return true;
          }
          if (next->position != position || next->value != value) {
            note(found.key, describe(*next, found.value), describe(found, next->value));
          }
          ++next;
          return true;
        });
    if (!read) return note("?", "rows that can be read", read.error().cause());
    for (; next != expected.end(); ++next) missing(*next);
  }

  [[nodiscard]] Findings take() { return std::move(findings_); }

 private:
  void missing(const Version& row) { note(row.key, describe(row, {}), "nothing"); }
  void note(const std::string& key, std::string expected, std::string found) {
    findings_.add({Check::projections, projection_, 1, Position{}, "key '" + key + "'",
                   std::move(expected), std::move(found)});
  }

  const std::string& projection_;
  Findings findings_;
};

class UserRowCheck {
 public:
  UserRowCheck(const RowReader& rows, std::size_t memory_bytes, Meter& meter, VerifyReport& report)
      : rows_(rows), memory_bytes_(memory_bytes), meter_(meter), report_(report) {}

  // `projection`: null where the code is not at hand.
  Status check(const UserBuild& build, const UserProjection* projection) {
    const std::string& name = build.name.name;
    if (build.damaged) {
      findings_.add({Check::projections, name, 1, Position{}, "what says how far it is",
                     "a row that can be read", "none"});
      return {};
    }
    if (projection == nullptr) return leave_out(name, "its code is not in this program");
    if (projection->version != build.version) {
      return leave_out(name, fmt::format("its rows are of version {}, its code is of {}",
                                         build.version, projection->version));
    }
    return compare(build, *projection);
  }

  [[nodiscard]] Findings take() { return std::move(findings_); }

 private:
  Status leave_out(const std::string& name, std::string why) {
    report_.unchecked.push_back({name, std::move(why)});
    return {};
  }

  Status compare(const UserBuild& build, const UserProjection& projection) {
    std::uint64_t seen = 0;
    const auto folded = fold_in_memory(
        rows_, build.position(), projection, memory_bytes_, [&](std::uint64_t events) {
          return meter_.files(events - std::exchange(seen, events)).has_value();
        });
    if (!folded) {
      const Error& error = folded.error();
      const bool goes_on = error.is<LimitExceeded>() || error.is<InvalidArgument>();
      return goes_on ? leave_out(build.name.name, error.cause()) : Status(error);
    }
    std::vector<Version> expected;
    (*folded)->table().visit([&](std::string_view key, Position position, std::string_view value) {
      expected.push_back({std::string(key), position, std::string(value)});
      return true;
    });
    report_.rows += expected.size();
    Comparison comparison(build.name.name);
    comparison.compare(expected, StoredUserRows(rows_, build.name, build.position()));
    findings_.add(comparison.take());
    return {};
  }

  const RowReader& rows_;
  const std::size_t memory_bytes_;
  Meter& meter_;
  VerifyReport& report_;
  Findings findings_;
};

}  // namespace

Result<Findings> check_user_rows(const RowReader& rows, Position at,
                                 const std::vector<UserProjection>& projections,
                                 std::size_t memory_bytes, Meter& meter, VerifyReport& report) {
  PURSER_ASSIGN(const auto builds, read_user_builds(rows, at));
  UserRowCheck check(rows, memory_bytes, meter, report);
  for (const UserBuild& build : builds) {
    if (!build.is_in_use()) continue;
    const auto code =
        std::find_if(projections.begin(), projections.end(),
                     [&](const UserProjection& one) { return one.name == build.name.name; });
    PURSER_TRY(check.check(build, code == projections.end() ? nullptr : &*code));
  }
  return check.take();
}

}  // namespace purser
