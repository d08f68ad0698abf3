#include "text_diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "child.h"
#include "escape.h"

namespace purser::tools {
namespace {

constexpr int kDiffer = 1;  // exit codes of diff(1): 0 the same, 1 they differ, 2 trouble

Result<std::string> run_diff(std::string_view before, std::string_view after,
                             const std::string& before_name, const std::string& after_name) {
  const auto one = HeldBytes::hold(before);
  if (!one) return one.error();
  const auto other = HeldBytes::hold(after);
  if (!other) return other.error();
  const auto output = HeldBytes::hold("");
  if (!output) return output.error();
  const auto code = run_child({{"diff", "-u", "--label", before_name, "--label", after_name, "--",
                                one->path(), other->path()},
                               {"LC_ALL=C"},
                               -1,
                               output->fd()});
  if (!code) return code.error();
  if (*code > kDiffer) return Io{"run", "diff", fmt::format("it ended with {}", *code)};
  return output->read();
}

}  // namespace

bool is_text(std::string_view bytes) {
  if (!is_utf8(bytes)) return false;
  std::string visible(bytes);
  std::erase_if(visible, [](char c) { return c == '\n' || c == '\r' || c == '\t' || c == '\f'; });
  return escape(visible) == visible;
}

Result<std::optional<std::string>> TextDiff::side(std::optional<DeploymentId> id,
                                                  const std::optional<FileEntry>& file) const {
  if (!file) return std::optional(std::string());
  if (file->size > kTextBytesMax) return std::optional<std::string>();
  auto bytes = ledger_.retrieve(*id, file->path);
  if (!bytes) return bytes.error();
  return is_text(*bytes) ? std::optional(*std::move(bytes)) : std::nullopt;
}

Result<std::optional<std::string>> TextDiff::of(const FileChange& change) const {
  const auto before = side(before_, change.before);
  if (!before) return before.error();
  const auto after = side(after_, change.after);
  if (!after) return after.error();
  if (!*before || !*after) return std::optional<std::string>();
  const auto name = [&](const std::optional<FileEntry>& file, char letter) {
    return file ? fmt::format("{}/{}", letter, escape(file->path)) : std::string("/dev/null");
  };
  auto made = run_diff(**before, **after, name(change.before, 'a'), name(change.after, 'b'));
  if (!made) return made.error();
  return std::optional(*std::move(made));
}

}  // namespace purser::tools
