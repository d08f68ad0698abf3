#include "draft.h"

#include <fmt/format.h>

#include <utility>

#include "key.h"
#include "try.h"
#include "wire.h"

namespace purser {

template <class Archive>
void serialize(Archive& ar, DraftHead& head) {
  ar(head.revision, head.floor);
}

namespace {

constexpr char kHeadTag = 'h';
constexpr char kFileTag = 'f';
constexpr std::size_t kErasedPerWrite = 4096;
constexpr char kFileInTheWay[] = "a file of the draft; a name is a file or a folder";

// What a file row holds; the path is in its key. An empty row is a removal.
struct FileRow {
  bool executable = false;
  std::uint64_t size = 0;
  Digest digest;
};
template <class Archive>
void serialize(Archive& ar, FileRow& row) {
  ar(row.executable, row.size, row.digest);
}

Key files_key(DeploymentId id) { return Key(kFileTag).number(id); }

Error damaged(DeploymentId id) {
  return Corruption{fmt::format("draft of deployment {}", id.value), "a row is not well-formed"};
}

// The path and revision in the key of a file row.
std::pair<std::string_view, std::uint64_t> split_key(std::string_view key) {
  constexpr std::size_t kBefore = 1 + sizeof(std::uint64_t);
  constexpr std::size_t kBehind = 1 + sizeof(std::uint64_t);
  if (key.size() < kBefore + kBehind) return {};
  return {key.substr(kBefore, key.size() - kBefore - kBehind), trailing_u64(key)};
}

// The newest state of each path of `range` as of `head`, removed ones left out.
Status visit_files(const RowReader& rows, DeploymentId id, DraftHead head, const KeyRange& range,
                   const std::function<bool(FileEntry file)>& visit) {
  std::optional<FileEntry> pending;
  bool ok = true;
  bool go_on = true;
  PURSER_TRY(rows.scan(
      Space::state, range, Direction::ascending, [&](std::string_view key, std::string_view value) {
        const auto [path, revision] = split_key(key);
        if (pending && pending->path != path) {
          go_on = visit(*std::exchange(pending, std::nullopt));
          if (!go_on) return false;
        }
        if (revision > head.revision || revision <= head.floor) return true;
        pending.reset();
        if (value.empty()) return true;
        FileRow row;
        ok = from_wire(value, row);
        pending = FileEntry{std::string(path), row.executable, row.size, row.digest};
        return ok;
      }));
  if (!ok) return damaged(id);
  if (go_on && pending) visit(*std::move(pending));
  return {};
}

}  // namespace

Result<std::optional<DraftHead>> draft_head(const RowReader& rows, DeploymentId id) {
  PURSER_ASSIGN(const std::optional<Row> row,
                last_row(rows, Space::state, prefix_range(Key(kHeadTag).number(id).str())));
  if (!row) return std::optional<DraftHead>();
  DraftHead head;
  if (!from_wire(row->value, head) || head.revision != trailing_u64(row->key)) return damaged(id);
  return std::optional<DraftHead>(head);
}

Result<std::vector<FileEntry>> draft_files(const RowReader& rows, DeploymentId id, DraftHead head) {
  std::vector<FileEntry> files;
  PURSER_TRY(visit_files(rows, id, head, prefix_range(files_key(id).str()), [&](FileEntry file) {
    files.push_back(std::move(file));
    return true;
  }));
  return files;
}

Result<bool> draft_is_empty(const RowReader& rows, DeploymentId id, DraftHead head) {
  bool empty = true;
  PURSER_TRY(visit_files(rows, id, head, prefix_range(files_key(id).str()), [&](const FileEntry&) {
    empty = false;
    return false;
  }));
  return empty;
}

Result<std::optional<FileEntry>> draft_file(const RowReader& rows, DeploymentId id, DraftHead head,
                                            std::string_view path) {
  std::optional<FileEntry> found;
  const KeyRange range = prefix_range(files_key(id).text(path).str());
  PURSER_TRY(visit_files(rows, id, head, range, [&](FileEntry file) {
    found = std::move(file);
    return false;
  }));
  return found;
}

Status check_draft_clash(const RowReader& rows, DeploymentId id, DraftHead head,
                         std::string_view path) {
  for (std::size_t end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
    PURSER_ASSIGN(const auto parent, draft_file(rows, id, head, path.substr(0, end)));
    if (parent) return AlreadyExists{parent->path, kFileInTheWay};
  }
  std::optional<std::string> below;
  const KeyRange range = prefix_range(files_key(id).raw(path).raw("/").str());
  PURSER_TRY(visit_files(rows, id, head, range, [&](FileEntry file) {
    below = std::move(file.path);
    return false;
  }));
  if (below) return AlreadyExists{*std::move(below), kFileInTheWay};
  return {};
}

void put_draft_head(WriteSet& changes, DeploymentId id, DraftHead head) {
  changes.put(Space::state, Key(kHeadTag).number(id).u64(head.revision).str(), to_wire(head));
}

void put_draft_file(WriteSet& changes, DeploymentId id, std::uint64_t revision,
                    const FileEntry& file) {
  changes.put(Space::state, files_key(id).text(file.path).u64(revision).str(),
              to_wire(FileRow{file.executable, file.size, file.digest}));
}

void put_draft_removal(WriteSet& changes, DeploymentId id, std::uint64_t revision,
                       std::string_view path) {
  changes.put(Space::state, files_key(id).text(path).u64(revision).str(), std::string());
}

void erase_untouched_draft(WriteSet& changes, DeploymentId id) {
  changes.erase_once(Space::state, Key(kHeadTag).number(id).u64(DraftHead{}.revision).str());
}

Result<std::vector<DeploymentId>> all_drafts(const RowReader& rows) {
  std::vector<DeploymentId> ids;
  KeyRange range = prefix_range(Key(kHeadTag).str());
  while (true) {
    PURSER_ASSIGN(const std::optional<Row> row, first_row(rows, Space::state, range));
    if (!row) return ids;
    const std::string_view key = row->key;
    const DeploymentId id{trailing_u64(key.substr(0, sizeof kHeadTag + sizeof id))};
    if (key.size() != sizeof kHeadTag + sizeof id + sizeof(DraftHead::revision)) return damaged(id);
    ids.push_back(id);
    range.from = prefix_range(Key(kHeadTag).number(id).str()).to;
  }
}

Status erase_drafts(Store& store, const std::vector<DeploymentId>& ids) {
  const std::unique_ptr<RowReader> rows = store.snapshot();
  WriteSet changes;
  Status written;
  const RowVisitor erase = [&](std::string_view key, std::string_view) {
    changes.erase_once(Space::state, std::string(key));  // every edit makes keys of its own
    if (changes.size() < kErasedPerWrite) return true;
    written = store.write(changes);
    changes.clear();
    return written.has_value();
  };
  for (DeploymentId id : ids) {
    // Files first: a draft that lost only some of its rows still has a head to be found by.
    for (const std::string& prefix : {files_key(id).str(), Key(kHeadTag).number(id).str()}) {
      PURSER_TRY(rows->scan(Space::state, prefix_range(prefix), Direction::ascending, erase));
      PURSER_TRY(written);
    }
  }
  return changes.empty() ? Status() : store.write(changes);
}

}  // namespace purser
