// Lines of another tool's history: refused by line, or events of which each could have happened
// after those before.
#include "past_lines.h"

#include <map>

#include "faults/fuzz/harness.h"
#include "past_rules.h"

namespace purser::fuzz {
namespace {

// What must be so of the past, told in another way than the rules do.
class Past {
 public:
  void add(const PastChange& change) { std::visit(*this, change); }

  void operator()(const PastCreate& change) {
    require(change.id.value == deployments_.size() + 1, "ids have no gaps");
    deployments_[change.id.value].owner = change.owner;
  }
  void operator()(const PastReady& change) { end(change.id, DeploymentStatus::ready); }
  void operator()(const PastFailure& change) { end(change.id, DeploymentStatus::failed); }
  void operator()(const PastDeletion& change) {
    Deployment& deployment = known(change.id);
    require(deployment.status != DeploymentStatus::building, "what is deleted has ended");
    require(!deployment.deleted, "nothing is deleted twice");
    deployment.deleted = true;
  }
  void operator()(const PastMovement& change) {
    if (!change.to) return;
    const Deployment& deployment = known(*change.to);
    require(deployment.owner == change.owner, "a pointer is on what its owner has");
    require(deployment.status == DeploymentStatus::ready, "a pointer is on what is ready");
  }

 private:
  struct Deployment {
    std::string owner;
    DeploymentStatus status = DeploymentStatus::building;
    bool deleted = false;
  };
  Deployment& known(DeploymentId id) {
    const auto found = deployments_.find(id.value);
    require(found != deployments_.end(), "what is named was created");
    return found->second;
  }
  void end(DeploymentId id, DeploymentStatus status) {
    Deployment& deployment = known(id);
    require(deployment.status == DeploymentStatus::building, "a deployment ends once");
    deployment.status = status;
  }

  std::map<std::uint64_t, Deployment> deployments_;
};

}  // namespace

void look(std::string_view text) {
  tools::PastLines lines([text](char* buffer, std::size_t size) mutable {
    const std::size_t count = text.copy(buffer, size);
    text.remove_prefix(count);
    return Result<std::size_t>(count);
  });
  PastRules rules;
  Past past;
  std::uint64_t number = 0;
  while (true) {
    const auto event = lines.next();
    if (!event) {
      const auto* wrong = event.error().as<InvalidArgument>();
      const auto* limit = event.error().as<LimitExceeded>();
      require(wrong != nullptr || limit != nullptr, "a line is refused for what it says");
      require((wrong != nullptr ? wrong->what : limit->what).starts_with("line "),
              "what is refused is named");
      return;
    }
    if (!*event) return;
    const PastChange& change = (*event)->change;
    const auto payload = rules.next(change, std::to_string(++number));
    if (!payload && !mutant("any-change")) return;
    past.add(change);
  }
}

}  // namespace purser::fuzz
