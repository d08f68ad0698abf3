// `cosign`: taking in what witnesses answered.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

constexpr std::size_t kFileBytesMax = 1u << 20;

struct CosignArguments {
  std::string file;
  std::vector<std::string> witnesses;
  std::optional<std::string> size;
};

Result<std::string> read_lines(const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  if (!in) return Io{"open", path, "it cannot be read"};
  std::string bytes(kFileBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad()) return Io{"read", path, "it cannot be read"};
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.size() > kFileBytesMax) return LimitExceeded{path, kFileBytesMax, bytes.size()};
  return bytes;
}

Result<Position> checkpoint_of(const Ledger& ledger, const CosignArguments& arguments) {
  if (!arguments.size) {
    const auto newest = ledger.signed_checkpoint();
    if (!newest) return newest.error();
    return newest->size;
  }
  const auto size = parse_number("--size", *arguments.size, 0);
  if (!size) return size.error();
  return Position{*size};
}

Outcome cosign(Session& session, Ledger& ledger, const CosignArguments& arguments) {
  const auto size = checkpoint_of(ledger, arguments);
  if (!size) return size.error();
  const auto lines = read_lines(arguments.file);
  if (!lines) return lines.error();
  const auto report = ledger.add_cosignatures(*size, *lines, arguments.witnesses);
  if (!report) return report.error();
  return session.answer(
      Json{{"size", size->value}, {"added", report->added}, {"unknown", report->unknown}},
      fmt::format("{} cosignatures added to the checkpoint of {} events, {} lines of unknown "
                  "witnesses left out\n",
                  report->added.size(), size->value, report->unknown));
}

}  // namespace

void add_cosign(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<CosignArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"cosign", kAudit, "Add the lines that witnesses answered with to a checkpoint",
       "purser cosign answer.txt --witness \"$WITNESS\"", Access::edit},
      [&session, arguments](Ledger& ledger) { return cosign(session, ledger, *arguments); });
  add_argument(*verb, "FILE", arguments->file, "With the lines; - is standard input");
  verb->add_option("--witness", arguments->witnesses, "Verifier key of a witness; may be repeated")
      ->required()
      ->allow_extra_args(false)
      ->type_name("VKEY");
  add_text_option(*verb, "--size", arguments->size, "N",
                  "Which checkpoint; the newest unless given");
}

}  // namespace purser::tools
