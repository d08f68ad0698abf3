#include "user_keys.h"

#include <utility>

namespace purser {
namespace {

constexpr char kRowKind = 'r';
constexpr char kCursorKind = 'c';
constexpr char kFailureKind = 'f';
constexpr std::string_view kKeyEnd("\0\0", 2);
constexpr std::string_view kZeroInKey("\0\xff", 2);

Key build_prefix(const UserBuildName& name) {
  return std::move(Key(kUserRowTag).text(name.name).u32(name.build));
}

Key kind_prefix(const UserBuildName& name, char kind) {
  return std::move(build_prefix(name).raw({&kind, 1}));
}

// Sorts as the key does, whatever stands behind it.
std::string ordered(std::string_view key) {
  std::string bytes;
  bytes.reserve(key.size() + kKeyEnd.size());
  for (const char byte : key) {
    byte == '\0' ? bytes.append(kZeroInKey) : bytes.append(1, byte);
  }
  return bytes.append(kKeyEnd);
}

// Takes a key off the front of `stored`.
std::optional<std::string> take_key(std::string_view& stored) {
  std::string key;
  while (!stored.empty()) {
    if (stored.starts_with(kKeyEnd)) {
      stored.remove_prefix(kKeyEnd.size());
      return key;
    }
    const bool is_zero = stored.starts_with(kZeroInKey);
    if (stored.front() == '\0' && !is_zero) return std::nullopt;
    key.push_back(stored.front());
    stored.remove_prefix(is_zero ? kZeroInKey.size() : 1);
  }
  return std::nullopt;
}

}  // namespace

std::string user_announcement_key(const UserBuildName& name) {
  return Key(kUserBuildTag).text(name.name).u32(name.build).str();
}

KeyRange range_of_user_build(const UserBuildName& name) {
  return prefix_range(build_prefix(name).str());
}

std::string user_cursor_key(const UserBuildName& name, Position position) {
  return kind_prefix(name, kCursorKind).number(position).str();
}

std::string user_failure_key(const UserBuildName& name, Position position) {
  return kind_prefix(name, kFailureKind).number(position).str();
}

std::string user_row_key(const UserBuildName& name, std::string_view key, Position position) {
  return kind_prefix(name, kRowKind).raw(ordered(key)).u64(~position.value).str();
}

KeyRange range_of_user_rows(const UserBuildName& name, std::string_view from, std::string_view to) {
  const KeyRange all = prefix_range(kind_prefix(name, kRowKind).str());
  return {from.empty() ? all.from : all.from + ordered(from),
          to.empty() ? all.to : all.from + ordered(to)};
}

KeyRange range_of_user_versions(const UserBuildName& name, std::string_view key,
                                Position position) {
  const std::string first = user_row_key(name, key, position);
  const std::string last = user_row_key(name, key, Position{0});
  return {first, last + '\0'};
}

std::optional<UserRowName> parse_user_row_key(const UserBuildName& name, std::string_view stored) {
  const std::string prefix = kind_prefix(name, kRowKind).str();
  if (!stored.starts_with(prefix)) return std::nullopt;
  stored.remove_prefix(prefix.size());
  std::optional<std::string> key = take_key(stored);
  if (!key || stored.size() != sizeof(std::uint64_t)) return std::nullopt;
  return UserRowName{*std::move(key), Position{~trailing_u64(stored)}};
}

std::optional<UserBuildName> parse_user_build(std::string_view stored) {
  if (stored.empty() || (stored[0] != kUserBuildTag && stored[0] != kUserRowTag)) {
    return std::nullopt;
  }
  const std::size_t end = stored.find('\0');
  if (end == std::string_view::npos || stored.size() < end + 1 + sizeof(std::uint32_t)) {
    return std::nullopt;
  }
  UserBuildName name;
  name.name = stored.substr(1, end - 1);
  name.build = trailing_u32(stored.substr(0, end + 1 + sizeof name.build));
  return name;
}

}  // namespace purser
