#include "row_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace purser {
namespace {

enum class Form : std::uint8_t { byte, number, text, rest };
struct Field {
  std::string_view name;
  Form form;
};

// As the folds make them; docs/storage-format.md.
const std::vector<Field>& fields_of(ProjectionId id) {
  static const std::array<std::vector<Field>, kProjectionCount> kFields{{
      {{"deployment", Form::number}, {"position", Form::number}},
      {{"owner", Form::text}, {"channel", Form::text}, {"generation", Form::number}},
      {{"owner", Form::text},
       {"channel", Form::text},
       {"deployment", Form::number},
       {"generation", Form::number}},
      {{"owner", Form::text}, {"deployment", Form::number}},
      {{"identifier", Form::rest}},
      {{"request id", Form::text}},
      {{"owner", Form::text}, {"channel", Form::text}, {"position", Form::number}},
      {{"level", Form::byte}, {"number", Form::number}},
  }};
  return kFields[static_cast<std::size_t>(id)];
}

std::string hex(std::string_view bytes) {
  std::string digits;
  for (const unsigned char byte : bytes) digits += fmt::format("{:02x}", byte);
  return digits;
}

// Takes the field off the front of `key`.
std::optional<std::string> take(const Field& field, std::string_view& key) {
  std::size_t size = key.size();
  if (field.form == Form::byte) size = 1;
  if (field.form == Form::number) size = sizeof(std::uint64_t);
  if (field.form == Form::text) size = key.find('\0');
  if (size > key.size()) return std::nullopt;
  const std::string_view value = key.substr(0, size);
  key.remove_prefix(std::min(key.size(), size + (field.form == Form::text ? 1 : 0)));
  if (field.form == Form::byte) return fmt::to_string(trailing<std::uint8_t>(value));
  if (field.form == Form::number) return fmt::to_string(trailing_u64(value));
  return std::string(value);
}

}  // namespace

std::string name_of_row(ProjectionId id, std::string_view key) {
  std::string name;
  std::string_view rest = key;
  for (const Field& field : fields_of(id)) {
    const auto value = take(field, rest);
    if (!value) return "key " + hex(key);
    name += fmt::format("{}{} {}", name.empty() ? "" : ", ", field.name, *value);
  }
  return rest.empty() ? name : "key " + hex(key);
}

std::string excerpt(std::string_view value, std::string_view other) {
  constexpr std::size_t kShown = 16;
  const auto differs = std::mismatch(value.begin(), value.end(), other.begin(), other.end());
  const auto from = static_cast<std::size_t>(differs.first - value.begin());
  std::string text = fmt::format("{} bytes", value.size());
  if (from == value.size()) return text;
  return fmt::format("{}, from byte {} on {}{}", text, from, hex(value.substr(from, kShown)),
                     value.size() - from > kShown ? "..." : "");
}

}  // namespace purser
