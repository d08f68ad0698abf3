#include "ferro_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace purser::tools {
namespace {

constexpr char kActor[] = "ferro-deployments";
constexpr char kUnknownTime[] = "imported: when it became active is not known";
constexpr char kFailureCode[] = "unknown";
constexpr char kFailureMessage[] = "imported: ferro-deployments keeps no reason";

Timestamp just_before(Timestamp time) { return {time.unix_us - 1}; }

// What happens at the same time happens in this order.
enum class Turn { create, end, earlier_place, place, deletion };

struct Placed {
  Timestamp at;  // where it stands, not before what it needs
  Turn turn = Turn::create;
  PastEvent event;
};

class History {
 public:
  Status add(const FerroDeployment& d) {
    const std::string where = fmt::format("deployment {}", d.id.value);
    Times& times = times_[d.id.value];
    // Ids ascend along the log.
    last_created_ = times.usable = std::max(d.created_at, last_created_);
    put(times.usable, Turn::create, where, d.created_at,
        PastCreate{d.id, d.identifier, d.owner_key, {d.source_ref, {}}});
    if (d.status != DeploymentStatus::building) {
      auto end = end_of(d, where);
      if (!end) return end.error();
      times.usable = std::max(d.terminated_at.value_or(times.usable), times.usable);
      put(times.usable, Turn::end, where, d.terminated_at, *std::move(end));
    }
    if (d.artifact_deleted_at) {
      times.deleted = std::max(*d.artifact_deleted_at, times.usable);
      put(*times.deleted, Turn::deletion, where, *d.artifact_deleted_at, PastDeletion{d.id});
    }
    return {};
  }

  void add(const FerroPointer& pointer) {
    const std::string where = fmt::format("pointer of '{}' to deployment {}", pointer.owner_key,
                                          pointer.deployment.value);
    Timestamp at = std::max(pointer.updated_at, times_[pointer.deployment.value].usable);
    if (pointer.previous && pointer.previous != pointer.deployment) {
      const Times& times = times_[pointer.previous->value];
      Timestamp earlier = just_before(at);
      if (times.deleted) earlier = std::min(earlier, just_before(*times.deleted));
      earlier = std::max(earlier, times.usable);
      at = std::max(at, earlier);
      put(earlier, Turn::earlier_place,
          fmt::format("pointer of '{}' from deployment {}", pointer.owner_key,
                      pointer.previous->value),
          std::nullopt,
          PastMovement{pointer.owner_key, std::string(kLiveChannel), pointer.previous, false});
      placed_.back().event.reason = kUnknownTime;
    }
    put(at, Turn::place, where, pointer.updated_at,
        PastMovement{pointer.owner_key, std::string(kLiveChannel), pointer.deployment, false});
  }

  std::vector<PastEvent> take() {
    std::stable_sort(placed_.begin(), placed_.end(), [](const Placed& a, const Placed& b) {
      return std::tie(a.at, a.turn) < std::tie(b.at, b.turn);
    });
    std::vector<PastEvent> events;
    events.reserve(placed_.size());
    for (Placed& placed : placed_) events.push_back(std::move(placed.event));
    return events;
  }

 private:
  struct Times {
    Timestamp usable;  // created, and ready where it is
    std::optional<Timestamp> deleted;
  };

  static Result<PastChange> end_of(const FerroDeployment& d, const std::string& where) {
    if (d.status == DeploymentStatus::failed) {
      return PastChange(PastFailure{d.id, {kFailureCode, kFailureMessage}});
    }
    if (!d.artifact_location) return InvalidArgument{where + ": artifact_location", "is NULL"};
    if (!d.byte_size) return InvalidArgument{where + ": byte_size", "is NULL"};
    return PastChange(PastReady{d.id, {*d.artifact_location, *d.byte_size}});
  }

  void put(Timestamp at, Turn turn, const std::string& where, std::optional<Timestamp> happened,
           PastChange change) {
    placed_.push_back(
        {at,
         turn,
         {where, happened.value_or(at), happened.has_value(), kActor, "", std::move(change)}});
  }

  Timestamp last_created_{INT64_MIN};
  std::unordered_map<std::uint64_t, Times> times_;
  std::vector<Placed> placed_;
};

}  // namespace

Result<std::vector<PastEvent>> history_of(const FerroTables& tables) {
  History history;
  for (const FerroDeployment& deployment : tables.deployments) {
    if (Status added = history.add(deployment); !added) return added.error();
  }
  for (const FerroPointer& pointer : tables.pointers) history.add(pointer);
  return history.take();
}

}  // namespace purser::tools
