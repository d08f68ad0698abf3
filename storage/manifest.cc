#include "manifest.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <optional>

#include "artifact_path.h"
#include "check.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::string_view kFirstWord = "purser-manifest ";
constexpr std::string_view kModeFile = "0644";
constexpr std::string_view kModeExecutable = "0755";

std::vector<std::string_view> paths_of(const std::vector<FileEntry>& files) {
  std::vector<std::string_view> paths;
  paths.reserve(files.size());
  for (const FileEntry& file : files) paths.push_back(file.path);
  return paths;
}

// Decimal digits without a leading zero.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

// Takes what stands before the next `separator` off `rest`; nothing if there is none.
std::optional<std::string_view> take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return taken;
}

std::optional<FileEntry> parse_line(std::string_view line) {
  const auto mode = take(line, ' ');
  if (mode != kModeFile && mode != kModeExecutable) return std::nullopt;
  const auto size = parse_number(take(line, ' ').value_or(""));
  const auto digest = parse_digest(take(line, ' ').value_or(""));
  if (!size || !digest || !check_artifact_path(line)) return std::nullopt;
  return FileEntry{std::string(line), mode == kModeExecutable, *size, *digest};
}

}  // namespace

std::string encode_manifest(const std::vector<FileEntry>& files) {
  std::string text = fmt::format("{}{}\n", kFirstWord, kManifestFormat);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileEntry& file = files[i];
    PURSER_CHECK(i == 0 || files[i - 1].path < file.path, "manifest is not sorted");
    fmt::format_to(std::back_inserter(text), "{} {} {} {}\n",
                   file.executable ? kModeExecutable : kModeFile, file.size, to_hex(file.digest),
                   file.path);
  }
  return text;
}

Result<std::vector<FileEntry>> decode_manifest(std::string_view text, std::string_view where) {
  const auto damaged = [&](std::string_view what) {
    return Corruption{std::string(where), std::string(what)};
  };
  if (!text.starts_with(kFirstWord)) return damaged("it does not begin like a manifest");
  text.remove_prefix(kFirstWord.size());
  const auto format = parse_number(take(text, '\n').value_or(""));
  if (!format || *format == 0) return damaged("its first line is wrong");
  if (*format > kManifestFormat) {
    return UnsupportedVersion{std::string(where), *format, kManifestFormat};
  }

  std::vector<FileEntry> files;
  std::uint64_t total = 0;
  while (!text.empty()) {
    if (files.size() == kArtifactFilesMax) {
      return LimitExceeded{"files of an artifact", kArtifactFilesMax, kArtifactFilesMax + 1};
    }
    const auto line = take(text, '\n');
    std::optional<FileEntry> file = line ? parse_line(*line) : std::nullopt;
    if (!file) return damaged(fmt::format("line {} is malformed", files.size() + 2));
    if (!files.empty() && file->path <= files.back().path) {
      return damaged(fmt::format("line {} is out of order", files.size() + 2));
    }
    if (file->size > std::numeric_limits<std::uint64_t>::max() - total) {
      return damaged("its sizes add up to more than 64 bits");
    }
    total += file->size;
    files.push_back(std::move(*file));
  }
  if (const Status clash = check_no_clash(paths_of(files)); !clash) {
    return damaged(clash.error().message());
  }
  return files;
}

}  // namespace purser
