#include "part_fold.h"

#include <algorithm>
#include <utility>

#include "deployments.h"
#include "rebuild.h"
#include "try.h"

namespace purser {
namespace {

char level_of(const Row& row) { return row.key[kTablePrefixBytes]; }

}  // namespace

Result<SharedDeployment> PartFold::Deployments::deployment(DeploymentId id) {
  PURSER_ASSIGN(const SharedDeployment recent, RecentDeployments::deployment(id));
  if (!take_unknown()) return recent;
  PURSER_ASSIGN(DatedDeployment stored, find_dated_deployment(before_, id));
  return std::move(stored.deployment);
}

PartFold::PartFold(const RowReader& rows, const ComparedBuilds& builds, std::optional<Event> before,
                   std::size_t memory_bytes)
    : rows_(rows),
      builds_(builds),
      before_(before && before->header.group ? std::move(before) : std::nullopt),
      deployments_(rows, builds, memory_bytes) {}

Status PartFold::add(const Event& event, std::string_view stored) {
  const FoldInput input{event, begins_command(event, before_ ? &*before_ : nullptr), deployments_};
  deployments_.stand_at(event.position);
  for (const Projection& projection : all_projections()) {
    if (builds_.has(projection.id)) PURSER_TRY(fold_into(projection, input, stored));
  }
  event.header.group ? before_ = event : before_ = std::nullopt;  // nobody else asks for it
  return {};
}

Status PartFold::fold_into(const Projection& projection, const FoldInput& input,
                           std::string_view stored) {
  const auto index = static_cast<std::size_t>(projection.id);
  const std::uint32_t build = builds_.builds[index];
  if (projection.fold != nullptr) {
    PURSER_TRY(projection.fold(input, build, folded_));
  } else {
    if (!tree_) PURSER_TRY(begin_tree(Position{input.event.position.value - 1}));
    tree_->append(merkle_leaf(stored), build, folded_);
  }
  if (folded_.empty()) return {};
  for (const WriteSet::Change& row : folded_.changes()) {
    sums_[index].add(row.key, *row.value);
    if (projection.id == ProjectionId::deployments) deployments_.was_written(row.key, *row.value);
    if (projection.fold == nullptr) tree_rows_.push_back({row.key, *row.value});
  }
  folded_.clear();
  return {};
}

Status PartFold::finish() {
  std::ranges::sort(tree_rows_, {}, &Row::key);
  for (auto begin = tree_rows_.begin(); begin != tree_rows_.end();) {
    const auto end = std::find_if(
        begin, tree_rows_.end(), [&](const Row& row) { return level_of(row) != level_of(*begin); });
    PURSER_TRY(compare_level({begin, end}));
    begin = end;
  }
  return {};
}

// Subtrees of one level that end in this part lie beside each other.
Status PartFold::compare_level(std::span<const Row> expected) {
  const KeyRange range{expected.front().key, expected.back().key + '\0'};
  auto next = expected.begin();
  bool same = true;
  PURSER_TRY(rows_.scan(Space::state, range, Direction::ascending,
                        [&](std::string_view key, std::string_view value) {
                          same = next != expected.end() && next->key == key && next->value == value;
                          if (same) ++next;
                          return same;
                        }));
  return same && next == expected.end() ? Status() : damaged_row(ProjectionId::merkle);
}

Status PartFold::begin_tree(Position before) {
  if (before.value == 0) {
    tree_.emplace();
    return {};
  }
  PURSER_ASSIGN(CompactRange range, compact_range({rows_, builds_.builds, before}, before));
  tree_.emplace(std::move(range));
  return {};
}

}  // namespace purser
