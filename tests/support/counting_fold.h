// A projection whose rows say of themselves whether they are right: whatever subset of events was
// folded, or folded twice, or mixed with rows of another moment, one of them is wrong.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "purser/user_projection.h"

namespace purser {

/// "all": how many events; "last": the position of the last; "owner/...": how many of each owner;
/// "recent/...": a row for each of the last ten events; earlier ones are erased.
inline Status count_event(const Event& event, FoldRows& rows) {
  const auto raise = [&](const std::string& key) -> Status {
    const auto before = rows.get(key);
    if (!before) return before.error();
    return rows.put(key, std::to_string(std::stoull(before->value_or("0")) + 1));
  };
  const std::string owner =
      std::visit([](const auto& payload) { return payload.owner_key; }, event.payload);
  const std::uint64_t position = event.position.value;
  if (Status raised = raise("all"); !raised) return raised;
  if (Status raised = raise("owner/" + owner); !raised) return raised;
  if (Status put = rows.put("last", std::to_string(position)); !put) return put;
  if (position > 10) {
    Status erased = rows.erase("recent/" + std::to_string(position - 10));
    if (!erased) return erased;
  }
  return rows.put("recent/" + std::to_string(position), owner);
}

inline UserProjection counting(std::string name = "counting", std::uint32_t version = 1) {
  return {std::move(name), version, count_event, false};
}

/// What is wrong with rows of the above; empty: nothing.
inline std::string wrong_with_counts(const ProjectionRows& rows) {
  const std::uint64_t position = rows.position().value;
  const auto number = [&](std::string_view key) {
    const auto value = rows.get(key);
    return value && *value ? std::stoull(**value) : 0;
  };
  std::uint64_t owners = 0;
  std::uint64_t recent = 0;
  const auto add_owner = [&](std::string_view, std::string_view value) {
    owners += std::stoull(std::string(value));
    return true;
  };
  const auto add_recent = [&](std::string_view key, std::string_view) {
    const std::uint64_t at = std::stoull(std::string(key.substr(key.find('/') + 1)));
    recent += at + 10 > position && at <= position ? 1 : 1000;
    return true;
  };
  if (!rows.scan("owner/", behind_prefix("owner/"), add_owner)) return "owners cannot be read";
  if (!rows.scan("recent/", behind_prefix("recent/"), add_recent)) return "recent ones cannot";
  const auto expect = [&](const char* what, std::uint64_t is, std::uint64_t should) {
    return is == should ? std::string()
                        : std::string(what) + " is " + std::to_string(is) + ", not " +
                              std::to_string(should) + "; ";
  };
  return expect("all", number("all"), position) + expect("last", number("last"), position) +
         expect("sum of owners", owners, position) +
         expect("recent", recent, std::min<std::uint64_t>(position, 10));
}

}  // namespace purser
