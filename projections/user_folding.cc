#include "user_folding.h"

#include <exception>
#include <string>
#include <utility>

#include "try.h"
#include "wire.h"

namespace purser {
namespace {

constexpr std::size_t kWhyBytesMax = 1024;

// The program that calls the ledger does not learn of what its fold has thrown.
Status call(const UserFold& fold, const Event& event, FoldRows& rows) {
  try {
    return fold(event, rows);
  } catch (const std::exception& thrown) {
    return InvalidArgument{"fold", std::string("it has thrown: ") + thrown.what()};
  } catch (...) {
    return InvalidArgument{"fold", "it has thrown something"};
  }
}

}  // namespace

// What the fold sees of one event.
class UserFolding::EventRows final : public FoldRows {
 public:
  EventRows(UserRowTable& table, Position before) : table_(table), before_(before) {}

  [[nodiscard]] Position position() const override { return before_; }

  Result<std::optional<std::string>> get(std::string_view key) const override {
    const auto changed = changes_.find(key);
    if (changed != changes_.end()) return changed->second;
    return table_.get(key);
  }
  Status scan(std::string_view from, std::string_view to,
              const ProjectionRowVisitor& visit) const override {
    return table_.scan(from, to, changes_, visit);
  }
  Status put(std::string_view key, std::string_view value) override {
    return change(key, std::string(value));
  }
  Status erase(std::string_view key) override { return change(key, std::nullopt); }

  // What the fold did is taken, unless it went too far.
  Status take() { return broken_ ? *broken_ : table_.apply(std::move(changes_), next()); }

 private:
  [[nodiscard]] Position next() const { return Position{before_.value + 1}; }
  Status refuse(Error error) {
    broken_ = std::move(error);
    return *broken_;
  }
  Status change(std::string_view key, std::optional<std::string> value) {
    if (key.empty()) return refuse(InvalidArgument{"key", "must not be empty"});
    if (key.size() > kProjectionKeyBytesMax) {
      return refuse(LimitExceeded{"key", kProjectionKeyBytesMax, key.size()});
    }
    bytes_ += key.size() + (value ? value->size() : 0);
    if (bytes_ > kFoldBytesMax) {
      return refuse(LimitExceeded{"bytes changed by one event", kFoldBytesMax, bytes_});
    }
    changes_.insert_or_assign(std::string(key), std::move(value));
    return {};
  }

  UserRowTable& table_;
  const Position before_;
  UserChanges changes_;
  std::size_t bytes_ = 0;  // that were given, also of what was given twice
  std::optional<Error> broken_;
};

UserFolding::UserFolding(const UserProjection& projection, UserBuild build,
                         std::size_t memory_bytes)
    : projection_(projection),
      name_(build.name),
      table_(std::move(build.name), memory_bytes, !build.cursor),
      position_(build.position()),
      written_(std::move(build.cursor)) {
  if (build.failure) failure_stored_ = build.failure->position;
}

void UserFolding::fold(const Event& event) {
  EventRows rows(table_, position_);
  Status folded = call(projection_.fold, event, rows);
  if (folded) folded = rows.take();
  if (!folded) return stop(folded.error());
  position_ = event.position;
}

void UserFolding::stop(const Error& why) {
  failure_ = UserFailure{Position{position_.value + 1}, why.message().substr(0, kWhyBytesMax)};
}

void UserFolding::end_group(WriteSet& changes) {
  if (!written_ || position_ > written_->position) {
    UserCursor cursor{position_, std::nullopt, table_.end_group(changes)};
    if (written_) {
      cursor.before = written_->position;
      for (const UserVersion& old : written_->replaced) {
        changes.erase_once(Space::state, user_row_key(name_, old.key, old.position));
      }
      if (written_->before) {
        changes.erase_once(Space::state, user_cursor_key(name_, *written_->before));
      }
    }
    changes.put(Space::state, user_cursor_key(name_, position_), to_stored(cursor));
    written_ = std::move(cursor);
  }
  if (!failure_ || failure_stored_ == failure_->position) return;
  changes.put(Space::state, user_failure_key(name_, failure_->position), to_wire(failure_->why));
  failure_stored_ = failure_->position;
}

std::unique_ptr<ProjectionRows> UserFolding::rows() {
  return std::make_unique<EventRows>(table_, position_);
}

}  // namespace purser
