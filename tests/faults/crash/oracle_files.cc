// The part of the oracle that is about the files of deployments.
#include <fmt/format.h>

#include <algorithm>

#include "oracle.h"

namespace purser::faults {
namespace {

// All that is known of files that were deleted.
bool is_of_size(const Files& files, const StoredArtifact& stored) {
  std::uint64_t bytes = 0;
  for (const auto& [path, content] : files) bytes += content.size();
  return stored.files == files.size() && stored.bytes == bytes;
}

}  // namespace

// Finds out which edits have happened, and has the model make them.
void Oracle::settle_draft(const Ledger& ledger, std::uint64_t id) {
  if (id == 0 || id > model_.deployments().size()) {
    return wrong(fmt::format("files were stored for deployment {}, which is not there", id));
  }
  const DeploymentId name{id};
  touched_.insert(id);
  const auto now = ledger.get(name);
  const auto entries = ledger.list_files(name);
  const bool deleted = now && now->artifact_deleted_at.has_value();
  if (!entries && !deleted)
    return wrong(fmt::format("files of {}: {}", id, entries.error().message()));
  const auto* stored =
      now && now->artifact ? std::get_if<StoredArtifact>(&*now->artifact) : nullptr;
  std::string told = "before:";
  for (const auto& [path, bytes] : model_.files(name)) {
    told += fmt::format(" {} of {}", path, bytes.size());
  }
  told += "; edits:" + drafts_.in_words(id) + "; now:";
  for (const FileEntry& entry : entries ? *entries : std::vector<FileEntry>()) {
    told += fmt::format(" {} of {}", entry.path, entry.size);
  }
  const auto happened = drafts_.settle(id, model_.files(name), [&](const Files& files) {
    if (!entries) return stored == nullptr || is_of_size(files, *stored);
    return std::equal(entries->begin(), entries->end(), files.begin(), files.end(),
                      [&](const FileEntry& entry, const auto& file) {
                        const auto bytes = ledger.retrieve(name, entry.path);
                        return entry.path == file.first && bytes && *bytes == file.second;
                      });
  });
  if (!happened) return wrong(fmt::format("files of {} are not what was stored: {}", id, told));
  for (const Order& order : *happened) apply_edit(order);
}

void Oracle::apply_edit(const Order& order) {
  const DeploymentId id{order.id};
  const std::string path = kPaths.at(order.path % kPaths.size());
  Status done;
  switch (order.verb) {
    case Verb::store: done = model_.store(id, path, bytes_of(order.seed, order.number)); break;
    case Verb::store_tree:
      for (const auto& [name, bytes] : files_of_tree(order.path)) {
        if (done) done = model_.store(id, name, bytes);
      }
      break;
    case Verb::remove: done = model_.remove(id, path); break;
    default: done = model_.remove_all(id); break;
  }
  if (!done)
    wrong(fmt::format("an edit of {}: the rules refuse it: {}", id.value, done.error().message()));
}

void Oracle::compare_files(const Ledger& ledger, DeploymentId id) {
  const auto entries = ledger.list_files(id);
  if (model_.deployments().at(id.value - 1).artifact_deleted_at) {
    if (entries || !entries.error().is<ArtifactDeleted>()) {
      wrong(fmt::format("files of {} are deleted, and listed", id.value));
    }
    return;
  }
  if (!entries) return wrong(fmt::format("files of {}: {}", id.value, entries.error().message()));
  Files found;
  for (const FileEntry& entry : *entries) {
    auto bytes = ledger.retrieve(id, entry.path, {0, {}, true});
    if (!bytes) {
      return wrong(fmt::format("{} of {}: {}", entry.path, id.value, bytes.error().message()));
    }
    found[entry.path] = *std::move(bytes);
  }
  if (found != model_.files(id))
    wrong(fmt::format("files of {} are not what was stored", id.value));
  ++counted_.read_back;
}

}  // namespace purser::faults
