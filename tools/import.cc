#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "artifact_tar.h"
#include "carry_report.h"
#include "escape.h"
#include "export_form.h"
#include "progress_bar.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

struct ImportArguments {
  std::vector<std::string> words;  // DIR, unless --ledger stands for it, and FILE
  std::string directory;
  std::string file;
  std::optional<std::string> artifacts;
};

// Open for reading while it lives; `-` is standard input.
class InFile {
 public:
  static Result<InFile> open(const std::string& path) {
    InFile file;
    file.name_ = path == "-" ? "standard input" : path;
    file.fd_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file.fd_ >= 0) return file;
    if (errno == ENOENT) return NotFound{{}, "file '" + path + "'"};
    return Io{"open", path, std::generic_category().message(errno)};
  }
  InFile(InFile&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), name_(std::move(other.name_)) {}
  InFile& operator=(InFile&&) = delete;
  ~InFile() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  InFile() = default;
  int fd_ = -1;
  std::string name_;
};

Result<CarryReport> read(const ImportArguments& arguments) {
  const auto file = InFile::open(arguments.file);
  if (!file) return file.error();
  ProgressBar bar("importing", "steps");
  const JsonLines form;
  const ByteSource lines = from_descriptor(file->fd(), file->name());
  if (!arguments.artifacts) {
    return import_ledger(arguments.directory, form, lines, {}, {}, bar.callback());
  }
  const auto artifacts = InFile::open(*arguments.artifacts);
  if (!artifacts) return artifacts.error();
  TarReader tar(artifacts->fd(), artifacts->name());
  return import_ledger(
      arguments.directory, form, lines, [&] { return tar.next(); }, {}, bar.callback());
}

// One word is FILE, and --ledger stands for DIR.
Status tell_apart(const Session& session, ImportArguments& arguments) {
  arguments.file = arguments.words.back();
  const std::string directory = arguments.words.size() > 1 ? arguments.words.front() : "";
  const auto path = session.path_of_ledger(directory);
  if (!path) return path.error();
  arguments.directory = *path;
  if (arguments.file.empty()) return InvalidArgument{"FILE", "is empty"};
  if (arguments.artifacts && arguments.artifacts->empty()) {
    return InvalidArgument{"--artifacts", "is empty"};
  }
  return {};
}

Outcome import(Session& session, ImportArguments arguments) {
  if (const Status status = tell_apart(session, arguments); !status) return status.error();
  const auto report = read(arguments);
  if (!report) return report.error();
  Json json = json_of(*report);
  put_text(json, "path", arguments.directory);
  const std::string text = fmt::format(
      "{} holds the {} events of ledger {}, as ledger {}, and has the same root, {}{}\n",
      escape(arguments.directory), report->size.value, to_hex(report->source_id),
      to_hex(report->ledger_id), to_hex(report->root), artifacts_text(*report));
  static_cast<void>(session.answer(json, text));
  if (!report->with_artifacts) {
    session.hint("files and drafts did not come along: its files cannot be read");
  }
  return kDone;
}

}  // namespace

void add_import(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<ImportArguments>();
  CLI::App* verb = session.add_verb_without_ledger(
      app,
      {"import", kUpkeep, "Make a ledger from what `export` has written",
       "purser import /var/lib/purser ledger.jsonl --artifacts ledger.tar", Access::none},
      [&session, arguments] { return import(session, *arguments); });
  verb->add_option("FILE", arguments->words,
                   "DIR, absent or empty or a ledger without events, and FILE, - for standard "
                   "input; --ledger stands for DIR")
      ->required()
      ->expected(1, 2)
      ->type_name("");
  add_text_option(*verb, "--artifacts", arguments->artifacts, "TAR",
                  "Take files and drafts as well, from a tar");
}

}  // namespace purser::tools
