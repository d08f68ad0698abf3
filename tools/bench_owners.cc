#include "bench_owners.h"

#include <fmt/format.h>

#include <algorithm>

namespace purser::tools {
namespace {

constexpr std::size_t kOwnersPerCall = kApplyCommandsMax / 2;  // two deployments each

// The same command for both deployments of each owner.
template <class MakeCommand>
std::vector<Command> for_each_deployment(std::span<const BenchOwner> owners, MakeCommand make) {
  std::vector<Command> commands;
  for (const BenchOwner& owner : owners) {
    for (const DeploymentId id : owner.deployments) commands.emplace_back(make(owner, id));
  }
  return commands;
}

Status create_deployments(Ledger& ledger, std::span<BenchOwner> owners) {
  const auto answers =
      ledger.apply(for_each_deployment(owners, [](const BenchOwner& owner, DeploymentId) {
        return Create{owner.key, {}};
      }));
  if (!answers) return answers.error();
  auto answer = answers->begin();
  for (BenchOwner& owner : owners) {
    for (DeploymentId& id : owner.deployments) id = std::get<DeploymentAnswer>(*answer++).id;
  }
  return {};
}

Status make_ready(Ledger& ledger, std::span<const BenchOwner> owners) {
  const auto answers =
      ledger.apply(for_each_deployment(owners, [](const BenchOwner&, DeploymentId id) {
        return MarkReadyExternal{id, "nowhere", 0};
      }));
  return answers ? Status() : answers.error();
}

Status activate_first(Ledger& ledger, std::span<const BenchOwner> owners) {
  std::vector<Command> commands;
  for (const BenchOwner& owner : owners) {
    commands.emplace_back(Promote{owner.key, owner.deployments[0], {}});
  }
  const auto answers = ledger.apply(commands);
  return answers ? Status() : answers.error();
}

Status record_owners(Ledger& ledger, std::span<BenchOwner> owners) {
  if (Status created = create_deployments(ledger, owners); !created) return created;
  if (Status ready = make_ready(ledger, owners); !ready) return ready;
  return activate_first(ledger, owners);
}

}  // namespace

Result<std::vector<BenchOwner>> make_bench_owners(Ledger& ledger, std::size_t count,
                                                  const ProgressCallback& progress) {
  std::vector<BenchOwner> owners;
  owners.reserve(count);
  while (owners.size() < count) {
    if (!progress({owners.size(), count, 0, 0})) return Cancelled{};
    const std::size_t first = owners.size();
    for (std::size_t i = first; i < std::min(count, first + kOwnersPerCall); ++i) {
      owners.push_back({fmt::format("bench:{}", i + 1), {}});
    }
    const Status recorded = record_owners(ledger, std::span(owners).subspan(first));
    if (!recorded) return recorded.error();
  }
  return owners;
}

Promote PromotionsInTurn::next() {
  BenchOwner& owner = owners_[turn_];
  turn_ = (turn_ + 1) % owners_.size();
  owner.active = 1 - owner.active;
  return Promote{owner.key, owner.deployments[owner.active], {}};
}

}  // namespace purser::tools
