#include <fmt/format.h>

#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

constexpr std::size_t kRowsAtOnce = 1000;

struct FilesArguments {
  std::string id;
  bool all = false;
};

void print_table(Session& session, const std::vector<FileEntry>& files) {
  Table table({{"MODE"}, {"SIZE", true}, {"SHA-256"}, {"PATH"}}, session.colour());
  std::size_t rows = 0;
  for (const FileEntry& file : files) {
    table.add({{file.executable ? "0755" : "0644"},
               {fmt::to_string(file.size)},
               {to_hex(file.digest), Style::faint},
               {file.path}});
    if (++rows % kRowsAtOnce == 0) session.out().write(table.take());
  }
  session.out().write(table.take());
}

Outcome files(Session& session, const Ledger& ledger, const FilesArguments& arguments) {
  const auto id = parse_id(ledger, arguments.id);
  if (!id) return id.error();
  const auto entries = ledger.list_files(*id);
  if (!entries) return entries.error();
  if (!session.json()) {
    print_table(session, *entries);
  } else if (arguments.all) {
    for (const FileEntry& file : *entries) session.out().json(json_of(file));
  } else {
    session.out().json(Json{{"items", json_of(*entries)}, {"next", nullptr}});
  }
  return kDone;
}

}  // namespace

void add_files(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<FilesArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"files", kFiles, "The files of a deployment, sorted by path", "purser files 3",
       Access::query},
      [&session, arguments](Ledger& ledger) { return files(session, ledger, *arguments); });
  add_argument(*verb, "ID", arguments->id, "An id, or an identifier or its beginning");
  verb->add_flag("--all", arguments->all, "With --json: one object a line for every file");
}

}  // namespace purser::tools
