#include "root_check.h"

#include <fmt/format.h>

#include <utility>

#include "checkpoint_log.h"
#include "event_log.h"
#include "merkle_rows.h"
#include "try.h"

namespace purser {
namespace {

class RootCheck {
 public:
  explicit RootCheck(const View& view) : view_(view) {}

  Status compare(const std::string& where, Position size, const Digest& root) {
    if (size > view_.at) {
      note(where, size, fmt::format("a log of {} events", size.value),
           fmt::format("one of {}", view_.at.value));
      return {};
    }
    PURSER_ASSIGN(const Digest found, root_at(size));
    if (found != root) note(where, size, "root " + to_hex(root), "root " + to_hex(found));
    return {};
  }

  Status compare(const SignedCheckpoint& checkpoint) {
    const std::string where =
        fmt::format("checkpoint of {} events in epoch {}", checkpoint.size.value, checkpoint.epoch);
    PURSER_TRY(compare(where, checkpoint.size, checkpoint.root));
    PURSER_ASSIGN(const std::optional<Epoch> epoch, last_epoch(view_.rows, checkpoint.epoch));
    if (!epoch || epoch->number != checkpoint.epoch) {
      note(where, checkpoint.size, "the key of its epoch", "nothing");
      return {};
    }
    const auto key = parse_note_key(epoch->verifier_key);
    if (!key) {
      note(where, checkpoint.size, "the key of its epoch", key.error().cause());
      return {};
    }
    const auto tree = parse_signed_tree(checkpoint.note);
    const Status is_signed = tree ? check_tree(*tree, *key) : Status(tree.error());
    if (!is_signed) {
      note(where, checkpoint.size, "a signature by " + key->text(), is_signed.error().cause());
    }
    return {};
  }

  [[nodiscard]] Findings take() { return std::move(findings_); }

 private:
  Result<Digest> root_at(Position size) const {
    const bool has_rows = view_.builds[static_cast<std::size_t>(ProjectionId::merkle)] != 0;
    return has_rows ? tree_root(view_, size) : root_from_events(view_.rows, {}, size);
  }
  void note(const std::string& where, Position size, std::string expected, std::string found) {
    findings_.add({Check::roots, {}, 1, size, where, std::move(expected), std::move(found)});
  }

  const View& view_;
  Findings findings_;
};

}  // namespace

Result<Findings> check_roots(const View& view, const LedgerId& ledger,
                             const std::optional<AnchorMark>& anchor) {
  RootCheck check(view);
  if (anchor && anchor->root) {
    PURSER_TRY(check.compare("anchor", anchor->log_size, *anchor->root));
  }
  PURSER_ASSIGN(const std::optional<Origin> origin, read_origin(view.rows));
  if (origin && origin->root) {
    PURSER_TRY(check.compare("the ledger that it was made of", origin->size, *origin->root));
  }
  PURSER_TRY(for_each_checkpoint(view.rows, ledger, [&](const SignedCheckpoint& checkpoint) {
    return check.compare(checkpoint);
  }));
  return check.take();
}

}  // namespace purser
