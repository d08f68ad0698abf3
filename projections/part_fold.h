// Folds a part of the log and adds up the rows that it gives, beside others that fold other parts.
//
// What lies before the part is taken from stored rows, although it is these that the sums are to be
// compared with. That is enough: of the stored rows that are not what the events say, one belongs
// to the earliest event. All that its fold asks for is right, so it gives the row as it should be,
// and the sums differ.
//
// One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "merkle_rows.h"
#include "recent_deployments.h"
#include "row_check.h"
#include "row_sum.h"

namespace purser {

class PartFold {
 public:
  /// `before`: the event before the part, none at the beginning of the log. Keeps deployments in
  /// `memory_bytes`. `rows` and `builds` must outlive this.
  PartFold(const RowReader& rows, const ComparedBuilds& builds, std::optional<Event> before,
           std::size_t memory_bytes);

  /// The next event, and how it is stored. Errors: Io. Corruption, UnsupportedVersion: it cannot be
  /// folded, or not on the rows that are stored; nothing may follow that.
  Status add(const Event& event, std::string_view stored);
  /// All events have come. Rows of the Merkle tree are compared here, to the byte as well: a root
  /// must be that of the events, and equal sums are no proof. Errors: Corruption where one differs;
  /// Io.
  Status finish();

  [[nodiscard]] const RowSums& sums() const { return sums_; }

 private:
  class Deployments final : public RecentDeployments {
   public:
    Deployments(const RowReader& rows, const ComparedBuilds& builds, std::size_t memory_bytes)
        : RecentDeployments(memory_bytes), before_{rows, builds.builds, Position{}} {}
    void stand_at(Position position) { before_.at = Position{position.value - 1}; }
    Result<SharedDeployment> deployment(DeploymentId id) override;

   private:
    View before_;
  };

  Status begin_tree(Position before);
  Status fold_into(const Projection& projection, const FoldInput& input, std::string_view stored);
  Status compare_level(std::span<const Row> expected);

  const RowReader& rows_;
  const ComparedBuilds& builds_;
  std::optional<Event> before_;  // of the event that comes next
  Deployments deployments_;
  std::optional<GrowingTree> tree_;  // once there is an event
  std::vector<Row> tree_rows_;
  WriteSet folded_;
  RowSums sums_;
};

}  // namespace purser
