#include "bench_artifact_round.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "escape.h"
#include "interrupt.h"
#include "purser/ledger.h"

namespace purser::tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/proc/self/exe";
constexpr const char* kCopy = "cp -a -- \"$1\" \"$2\" && sync -f \"$2\"";

Status read_through(const fs::path& path) {
  std::array<char, 256ul << 10> block;
  std::ifstream file(path, std::ios::binary);
  while (file.read(block.data(), block.size())) {
  }
  if (!file.eof()) return Io{"read", path.native(), "it cannot be read"};
  return {};
}

// Calls `visit` for every regular file below `path`.
template <class Visit>
Status each_file(const std::string& path, const Visit& visit) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (interrupted()) return Cancelled{};
    if (!entry->is_regular_file() || entry->is_symlink()) continue;
    if (Status visited = visit(*entry); !visited) return visited;
  }
  if (error) return Io{"list", path, error.message()};
  return {};
}

Result<std::uint64_t> bytes_below(const std::string& path) {
  std::uint64_t bytes = 0;
  const Status added = each_file(path, [&](const fs::directory_entry& file) -> Status {
    bytes += file.file_size();
    return {};
  });
  if (!added) return added.error();
  return bytes;
}

// In the child: every file of a deployment, one after the other.
Status retrieve_all(const std::string& path, DeploymentId id) {
  Options options;
  options.read_only = true;
  const auto ledger = Ledger::open(path, options);
  if (!ledger) return ledger.error();
  const auto files = ledger->list_files(id);
  if (!files) return files.error();
  for (const FileEntry& file : *files) {
    const auto bytes = ledger->retrieve(id, file.path);
    if (!bytes) return bytes.error();
  }
  return {};
}

}  // namespace

bool has_cp() {
  return run_words("cp", {"cp", "--version"}).has_value() &&
         run_words("sync", {"sync", "--version"}).has_value();
}

Result<ArtifactFolder> read_artifact_folder(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    return NotFound{std::nullopt, fmt::format("folder '{}'", path)};
  }
  if (error) return Io{"look at", path, error.message()};
  if (!fs::is_directory(status))
    return InvalidArgument{"DIR", fmt::format("'{}' is no folder", path)};
  ArtifactFolder folder{path, 0, 0};
  const Status read = each_file(path, [&](const fs::directory_entry& file) -> Status {
    ++folder.files;
    folder.bytes += file.file_size();
    return read_through(file.path());
  });
  if (!read) return read.error();
  return folder;
}

Result<std::vector<ArtifactStep>> ArtifactRound::run() {
  const auto made = purser({"init"});
  if (!made) return made.error();
  for (const auto step : {&ArtifactRound::ingest, &ArtifactRound::retrieve,
                          &ArtifactRound::materialize, &ArtifactRound::verify}) {
    if (const Status done = (this->*step)(); !done) return done.error();
  }
  return std::move(steps_);
}

// Each version beside a copy of it; all of them are one step, the last by itself another.
Status ArtifactRound::ingest() {
  ArtifactStep all{"ingest", {}, 0, 0, std::nullopt};
  std::optional<ArtifactStep> newest;
  for (const ArtifactFolder& version : versions_) {
    auto one = measured("ingest newest", version, {"deploy", "bench", version.path});
    if (!one) return one.error();
    all.cost.seconds += one->cost.seconds;
    all.cost.cpu_seconds += one->cost.cpu_seconds;
    all.cost.peak_bytes = std::max(all.cost.peak_bytes, one->cost.peak_bytes);
    all.logical_bytes += version.bytes;
    if (one->cp_seconds) all.cp_seconds = all.cp_seconds.value_or(0) + *one->cp_seconds;
    newest = *one;
  }
  if (Status added = add(all); !added) return added;
  return versions_.size() > 1 ? add(*newest) : Status();
}

Status ArtifactRound::retrieve() {
  const ArtifactFolder& newest = versions_.back();
  const auto cp_seconds = copy(newest);
  if (!cp_seconds) return cp_seconds.error();
  const auto cost = run_child("retrieve", [&] {
    const Status retrieved = retrieve_all(ledger_, DeploymentId{versions_.size()});
    if (retrieved) return 0;
    std::fputs(escape(retrieved.error().message()).c_str(), stderr);
    return 1;
  });
  if (!cost) return cost.error();
  if (Status counted = count(); !counted) return counted;
  return add({"retrieve newest", *cost, newest.bytes, 0, *cp_seconds});
}

Status ArtifactRound::materialize() {
  const std::string id = fmt::to_string(versions_.size());
  auto step = measured("materialize newest", versions_.back(),
                       {"materialize", id, room_ + "/materialized"});
  return step ? add(*std::move(step)) : Status(step.error());
}

// Beside the copies of all versions.
Status ArtifactRound::verify() {
  if (Status settled = settle(); !settled) return settled;
  const auto cost = purser({"verify"});
  if (!cost) return cost.error();
  if (Status counted = count(); !counted) return counted;
  return add({"verify", *cost, steps_.front().logical_bytes, 0, steps_.front().cp_seconds});
}

Result<ArtifactStep> ArtifactRound::measured(const char* name, const ArtifactFolder& folder,
                                             const std::vector<std::string>& words) {
  const auto cp_seconds = copy(folder);
  if (!cp_seconds) return cp_seconds.error();
  const auto cost = purser(words);
  if (!cost) return cost.error();
  if (const Status counted = count(); !counted) return counted.error();
  return ArtifactStep{name, *cost, folder.bytes, 0, *cp_seconds};
}

Result<BenchCost> ArtifactRound::purser(std::vector<std::string> words) const {
  const std::string name = "purser " + words.front();
  words.insert(words.begin(), {kProgram, "--ledger", ledger_});
  return run_words(name, std::move(words));
}

// The yardstick. Leaves nothing to be written for what is measured after it.
Result<std::optional<double>> ArtifactRound::copy(const ArtifactFolder& folder) {
  if (const Status settled = settle(); !settled) return settled.error();
  if (!with_cp_) return std::optional<double>();
  const std::string target = fmt::format("{}/copy-{}", room_, ++copies_);
  const auto cost = run_words("cp", {"sh", "-c", kCopy, "sh", folder.path, target});
  if (!cost) return cost.error();
  return std::optional<double>(cost->seconds);
}

Status ArtifactRound::add(ArtifactStep step) {
  const auto bytes = bytes_below(ledger_);
  if (!bytes) return bytes.error();
  step.bytes_on_disk = *bytes;
  steps_.push_back(step);
  return {};
}

// What was written before is not charged to what comes.
Status ArtifactRound::settle() const {
  const int fd = ::open(room_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::syncfs(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) return Io{"sync", room_, std::generic_category().message(error)};
  return {};
}

Status ArtifactRound::count() {
  const std::uint64_t total = steps_for(versions_.size());
  if (progress_ && !progress_({++done_, total, 0, 0})) return Cancelled{};
  return {};
}

}  // namespace purser::tools
