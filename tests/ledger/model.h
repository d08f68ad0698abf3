// What the ledger means, in maps and vectors: written from the rules, not from the library, and
// slow.
//
// It answers as a Ledger does. What it cannot know (identifiers, digests) it is told. No threads.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "purser/ledger.h"

namespace purser {

class Model {
 public:
  Timestamp wall;  ///< what the clock says

  Result<DeploymentAnswer> create(const std::string& owner, const CreateOptions& options,
                                  const Context& context, const std::string& identifier);
  Result<DeploymentAnswer> mark_ready(DeploymentId id, const ReadyOptions& options,
                                      const Context& context, const Digest& digest);
  Result<DeploymentAnswer> mark_ready_external(DeploymentId id, const std::string& location,
                                               std::uint64_t bytes, const Context& context);
  Result<DeploymentAnswer> mark_failed(DeploymentId id, const std::string& code,
                                       const std::string& message, const Context& context);
  Result<DeploymentAnswer> mark_bad(DeploymentId id, const Context& context);
  Result<DeploymentAnswer> unmark_bad(DeploymentId id, const Context& context);
  Result<DeploymentAnswer> pin(DeploymentId id, const Context& context);
  Result<DeploymentAnswer> unpin(DeploymentId id, const Context& context);
  Result<DeploymentAnswer> delete_artifact(DeploymentId id, std::uint32_t keep,
                                           const Context& context);
  std::vector<PruneItem> prune_plan(const std::string& owner, const PrunePolicy& policy) const;
  Result<PruneReport> prune(const std::string& owner, const PrunePolicy& policy,
                            const Context& context);
  Result<ExpireReport> expire(Timestamp older_than, const Context& context);
  Result<PointerAnswer> promote(const std::string& owner, DeploymentId id,
                                const PromoteOptions& options, const Context& context);
  Result<PointerAnswer> rollback(const std::string& owner, const RollbackOptions& options,
                                 const Context& context);
  Result<PointerAnswer> rollback_to(const std::string& owner, DeploymentId id,
                                    const RollbackToOptions& options, const Context& context);
  Result<PointerAnswer> clear(const std::string& owner, const ClearOptions& options,
                              const Context& context);
  Result<FreezeAnswer> freeze(const std::string& owner, const FreezeOptions& options,
                              const Context& context);
  Result<FreezeAnswer> unfreeze(const std::string& owner, const UnfreezeOptions& options,
                                const Context& context);
  Status store(DeploymentId id, const std::string& path, const std::string& bytes);
  Status remove(DeploymentId id, const std::string& path);
  Status remove_all(DeploymentId id);

  using Files = std::map<std::string, std::string>;
  using Activations = std::vector<Activation>;  // by generation, from 1

  [[nodiscard]] const std::vector<Event>& log() const { return log_; }  ///< no command digests
  [[nodiscard]] const std::vector<Deployment>& deployments() const { return deployments_; }
  [[nodiscard]] const Files& files(DeploymentId id) const { return files_.at(id.value - 1); }
  [[nodiscard]] Activations activations(const std::string& owner, const std::string& channel) const;
  [[nodiscard]] Pointer pointer(const std::string& owner, const std::string& channel) const;

 private:
  using Answer = std::variant<DeploymentAnswer, PointerAnswer, FreezeAnswer>;
  using Scope = std::optional<std::string>;  // a channel, or all
  struct Remembered {
    std::string command;
    Answer answer;
    Position position;
  };
  struct Way {
    std::vector<Skipped> skipped;
    std::vector<Activation> targets;  // nearest first
  };
  struct Decided {
    std::vector<Payload> events;
    std::optional<Noted> noted;
  };

  template <class A, class Decide, class MakeAnswer>
  Result<A> run(const std::string& command, const Context& context, Decide decide,
                MakeAnswer make_answer);
  template <class Decide>
  Result<DeploymentAnswer> run_on(const std::string& command, DeploymentId id,
                                  const Context& context, Decide decide);
  template <class Decide>
  Result<PointerAnswer> run_on(const std::string& command, const std::string& owner,
                               const std::string& channel, const Context& context, Decide decide);
  [[nodiscard]] std::vector<Referrer> referrers(const Deployment& d, std::uint32_t keep) const;
  [[nodiscard]] bool once_active(const Deployment& d) const;
  void append(const Context& context, const Payload& payload, std::optional<EventGroup> group);
  Result<Deployment*> find(DeploymentId id);
  Result<Deployment*> find_building(DeploymentId id);
  [[nodiscard]] std::optional<ChannelFreeze> frozen(const std::string& owner,
                                                    const Scope& channel) const;
  Status check_not_frozen(const std::string& owner, const std::string& channel, Cause cause) const;
  Status check_draft(DeploymentId id);
  Status check_activatable(const std::string& owner, DeploymentId id, bool allow_bad);
  [[nodiscard]] Way way_back(const std::string& owner, const std::string& channel,
                             std::size_t steps) const;
  [[nodiscard]] Activated movement(const std::string& owner, const std::string& channel,
                                   Cause cause, std::optional<DeploymentId> to) const;
  [[nodiscard]] Noted unmoved(const std::string& owner, const std::string& channel) const;

  std::vector<Event> log_;
  std::vector<Deployment> deployments_;
  std::vector<Files> files_;
  std::map<std::pair<std::string, std::string>, Activations> pointers_;
  std::map<std::pair<std::string, Scope>, ChannelFreeze> freezes_;
  std::map<std::string, Remembered> requests_;
};

}  // namespace purser
