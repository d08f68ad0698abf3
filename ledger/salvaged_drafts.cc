#include "salvaged_drafts.h"

#include <optional>
#include <utility>
#include <vector>

#include "event_log.h"
#include "try.h"

namespace purser {
namespace {

Status lose_draft(SalvageReport& report, DeploymentId id, const std::string& path,
                  const std::string& what) {
  ++report.drafts_lost;
  if (report.lost_drafts.size() < kSalvageListMax) report.lost_drafts.push_back({id, path, what});
  return {};
}

}  // namespace

SalvagedDrafts::SalvagedDrafts(const std::string& database, std::size_t block_cache_bytes,
                               const std::optional<ClosingSum>& closing, Position expected,
                               Position copied)
    : all_events_copied_(copied == expected) {
  auto opened = RocksStore::open(database, RocksStore::Mode::read_only, block_cache_bytes);
  if (!opened) {
    why_none_ = "the database does not open: " + opened.error().cause();
    return;
  }
  const auto size = log_size(*(*opened)->snapshot());
  if (!size || *size < expected) {
    why_none_ = "the database does not have all events";
    return;
  }
  const Status unchanged = closing ? check_closing_sum(database, *closing) : Status();
  if (!unchanged) {
    why_none_ = unchanged.error().cause();
    return;
  }
  rows_ = *std::move(opened);
}

Status SalvagedDrafts::save(DeploymentId id, SalvagedFiles& files, Store& target,
                            SalvageReport& report) const {
  if (!rows_) return lose_draft(report, id, {}, why_none_);
  const std::unique_ptr<RowReader> rows = rows_->snapshot();
  const auto head = draft_head(*rows, id);
  if (!head) return lose_draft(report, id, {}, head.error().cause());
  if (!*head) {
    if (all_events_copied_) return {};  // it never had any files
    return lose_draft(report, id, {}, "an event that was not copied has sealed it");
  }
  const DraftHead found = **head;
  const auto entries = draft_files(*rows, id, found);
  if (!entries) return lose_draft(report, id, {}, entries.error().cause());
  WriteSet changes;
  for (const FileEntry& file : *entries) {
    PURSER_ASSIGN(const std::string wrong, files.copy(file));
    if (!wrong.empty()) return lose_draft(report, id, file.path, wrong);
    put_draft_file(changes, id, found.revision, file);
  }
  PURSER_TRY(files.flush());
  put_draft_head(changes, id, {found.revision, 0});
  PURSER_TRY(target.write(changes));
  ++report.drafts_copied;
  return {};
}

}  // namespace purser
