// Manifests: refused, or the one text of the files they name.
#include "manifest.h"

#include "artifact_path.h"
#include "faults/fuzz/harness.h"

namespace purser::fuzz {
namespace {

void look_at(std::string_view text) {
  const auto files =
      decoded(text, [](std::string_view bytes) { return decode_manifest(bytes, "manifest"); });
  if (!files) return;
  std::size_t path_bytes = 0;
  for (const FileEntry& file : *files) {
    path_bytes += file.path.size();
    require(check_artifact_path(file.path).has_value(), "every path may name a file");
  }
  require(path_bytes <= text.size(), "what is decoded is no longer than its bytes");
  require(encode_manifest(*files) == text, "a manifest has one text");
}

}  // namespace

void look(std::string_view text) {
  look_at(text);
  look_at("purser-manifest 1\n" + std::string(text));
}

}  // namespace purser::fuzz
