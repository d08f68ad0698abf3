#include "audit/checkpoint.h"

#include <fmt/format.h>

#include "audit/base64.h"
#include "audit/lines.h"

namespace purser {
namespace {

Error malformed_checkpoint(const char* why) { return InvalidArgument{"checkpoint", why}; }

}  // namespace

std::string Checkpoint::text() const {
  return fmt::format("{}\n{}\n{}\n", origin, size, to_base64(root));
}

Result<Checkpoint> parse_checkpoint(std::string_view note_text) {
  std::string_view rest = note_text;
  Checkpoint checkpoint;
  checkpoint.origin = take_line(rest);
  if (checkpoint.origin.empty())
    return malformed_checkpoint("its first line, the origin, is empty");
  const auto size = parse_plain_number(take_line(rest));
  if (!size) return malformed_checkpoint("its second line is not a number of entries");
  checkpoint.size = *size;
  const auto root = digest_from_base64(take_line(rest));
  if (!root) return malformed_checkpoint("its third line is not a root hash");
  checkpoint.root = *root;
  while (!rest.empty()) {
    if (take_line(rest).empty()) return malformed_checkpoint("an extension line is empty");
  }
  return checkpoint;
}

}  // namespace purser
