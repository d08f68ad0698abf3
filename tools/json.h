// The program's JSON: ledger values as objects whose shape docs/cli.md promises.
//
// Absent is null, never missing. A string that is not UTF-8 is given with U+FFFD in the place of
// each stray byte, and beside it stands `<key>_hex` with the exact bytes.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "purser/ledger.h"

namespace purser::tools {

/// Keys stay in the order in which they were put.
using Json = nlohmann::ordered_json;

/// Puts `text` under `key`, with `<key>_hex` where it is needed.
void put_text(Json& object, const std::string& key, std::string_view text);
/// The same, or null.
void put_optional_text(Json& object, const std::string& key,
                       const std::optional<std::string>& text);

[[nodiscard]] Json json_of(const Deployment& deployment);
/// The deployment with `position`, `unchanged` and `replayed`.
[[nodiscard]] Json json_of(const DeploymentAnswer& answer);
[[nodiscard]] Json json_of(const PointerAnswer& answer);
[[nodiscard]] Json json_of(const Pointer& pointer);
[[nodiscard]] Json json_of(const ChannelFreeze& freeze);
[[nodiscard]] Json json_of(const FreezeAnswer& answer);
[[nodiscard]] Json json_of(const Activation& activation);
[[nodiscard]] Json json_of(const Event& event);
[[nodiscard]] Json json_of(const FileEntry& file);
[[nodiscard]] Json json_of(const StoreReport& report);
[[nodiscard]] Json json_of(const RebuildReport& report);
[[nodiscard]] Json json_of(const Origin& origin);
[[nodiscard]] Json json_of(const SignedCheckpoint& checkpoint);
[[nodiscard]] Json json_of(const Skipped& skipped);
[[nodiscard]] Json json_of(const Failure& failure);

template <class Tag>
[[nodiscard]] Json json_of(StrongNumber<Tag> number) {
  return number.value;
}
[[nodiscard]] Json json_of(Timestamp time);

template <class Value>
[[nodiscard]] Json json_of(const std::optional<Value>& value) {
  return value ? json_of(*value) : Json(nullptr);
}
template <class Value>
[[nodiscard]] Json json_of(const std::vector<Value>& values) {
  Json array = Json::array();
  for (const Value& value : values) array.push_back(json_of(value));
  return array;
}

/// The value on one line, without a newline, safe to show on a terminal.
[[nodiscard]] std::string to_line(const Json& value);

}  // namespace purser::tools
