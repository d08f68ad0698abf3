#include "export_form.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "json.h"

namespace purser::tools {
namespace {

constexpr char kFormat[] = "purser_export";
constexpr std::string_view kBeginOfEnd = R"({"size":)";
constexpr std::string_view kBeforeRaw = R"(,"raw":")";
constexpr std::string_view kBeforeChain = R"(","chain":")";
constexpr std::size_t kChainDigits = 16;
constexpr std::string_view kBehindChain = R"("})";

// The text under `key`; nothing where there is none.
std::optional<std::string> text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::uint64_t> number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::string digits_of(std::uint64_t chain) { return fmt::format("{:016x}", chain); }

std::optional<std::uint64_t> parse_chain(std::string_view digits) {
  std::uint64_t chain = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, chain, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return chain;
}

std::optional<std::uint64_t> chain_of(const Json& object) {
  const auto digits = text_of(object, "chain");
  return digits ? parse_chain(*digits) : std::nullopt;
}

std::optional<Digest> root_of(const Json& object) {
  const auto digits = text_of(object, "root");
  return digits ? parse_digest(*digits) : std::nullopt;
}

std::optional<LedgerId> id_of(const Json& object) {
  const auto digits = text_of(object, "ledger_id");
  return digits ? parse_ledger_id(*digits) : std::nullopt;
}

// What is no object has none of the keys.
Json parse_object(std::string_view line) {
  Json parsed = Json::parse(line, nullptr, false);
  return parsed.is_object() ? parsed : Json::object();
}

}  // namespace

std::string JsonLines::head(const ExportHead& head) const {
  return to_line(Json{{kFormat, kExportFormat},
                      {"ledger_id", to_hex(head.ledger_id)},
                      {"size", head.size.value},
                      {"root", to_hex(head.root)},
                      {"chain", digits_of(head.chain)}});
}

std::string JsonLines::event(const Event& event, const EventLine& line) const {
  std::string text = to_line(json_of(event));
  text.pop_back();  // the object goes on, with what needs no escapes
  fmt::format_to(std::back_inserter(text), "{}{}{}{}{}", kBeforeRaw, line.raw, kBeforeChain,
                 digits_of(line.chain), kBehindChain);
  return text;
}

std::string JsonLines::end(const ExportEnd& end) const {
  Json object{
      {"size", end.size.value}, {"root", to_hex(end.root)}, {"ledger_id", to_hex(end.ledger_id)}};
  put_optional_text(object, "checkpoint", end.checkpoint);
  object["chain"] = digits_of(end.chain);
  return to_line(object);
}

Result<std::optional<ExportHead>> JsonLines::read_head(std::string_view line) const {
  const Json object = parse_object(line);
  const auto format = number_of(object, kFormat);
  if (!format) return std::optional<ExportHead>();
  if (*format > kExportFormat) return UnsupportedVersion{"export", *format, kExportFormat};
  const auto id = id_of(object);
  const auto size = number_of(object, "size");
  const auto root = root_of(object);
  const auto chain = chain_of(object);
  if (!id || !size || !root || !chain) return std::optional<ExportHead>();
  return std::optional(ExportHead{*id, Position{*size}, *root, *chain});
}

bool JsonLines::is_end(std::string_view line) const { return line.starts_with(kBeginOfEnd); }

std::optional<EventLine> JsonLines::read_event(std::string_view line) const {
  constexpr std::size_t kTail = kBeforeChain.size() + kChainDigits + kBehindChain.size();
  if (line.size() < kTail) return std::nullopt;
  const std::string_view digits =
      line.substr(line.size() - kBehindChain.size() - kChainDigits, kChainDigits);
  const auto chain = parse_chain(digits);
  line.remove_suffix(kTail);
  const std::size_t before_raw = line.rfind(kBeforeRaw);
  if (!chain || before_raw == std::string_view::npos) return std::nullopt;
  return EventLine{line.substr(before_raw + kBeforeRaw.size()), *chain};
}

std::optional<ExportEnd> JsonLines::read_end(std::string_view line) const {
  const Json object = parse_object(line);
  const auto id = id_of(object);
  const auto size = number_of(object, "size");
  const auto root = root_of(object);
  const auto chain = chain_of(object);
  if (!id || !size || !root || !chain) return std::nullopt;
  return ExportEnd{*id, Position{*size}, *root, text_of(object, "checkpoint"), *chain};
}

}  // namespace purser::tools
