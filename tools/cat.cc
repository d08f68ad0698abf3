#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct CatArguments {
  std::string id;
  std::string path;
  std::optional<std::string> offset;
  std::optional<std::string> length;
  bool verify = false;
};

Result<RetrieveOptions> options_of(const CatArguments& arguments) {
  RetrieveOptions options;
  options.verify = arguments.verify;
  if (arguments.offset) {
    const auto offset = parse_number("--offset", *arguments.offset);
    if (!offset) return offset.error();
    options.offset = *offset;
  }
  if (arguments.length) {
    const auto length = parse_number("--length", *arguments.length);
    if (!length) return length.error();
    options.length = *length;
  }
  return options;
}

Outcome cat(Session& session, const Ledger& ledger, const CatArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto options = options_of(arguments);
  if (!options) return options.error();
  const ByteSink sink = [&out = session.out()](std::string_view bytes) -> Status {
    out.write(bytes);
    return out.failed() ? out.flush() : Status();
  };
  const auto count = ledger.retrieve_to(*id, arguments.path, sink, *options);
  if (!count) return count.error();
  return kDone;
}

}  // namespace

void add_cat(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<CatArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"cat", kFiles, "The bytes of one file, exactly, to standard output",
       "purser cat 3 app.wasm --offset 4096 --length 512", Access::query},
      [&session, arguments](Ledger& ledger) { return cat(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  add_argument(*verb, "PATH", arguments->path, "As files lists it");
  add_text_option(*verb, "--offset", arguments->offset, "N", "Begin at this byte, from 0");
  add_text_option(*verb, "--length", arguments->length, "N", "Stop after so many bytes");
  verb->add_flag("--verify", arguments->verify,
                 "Compute the SHA-256 of the whole file; the last bytes come once it was right");
}

}  // namespace purser::tools
