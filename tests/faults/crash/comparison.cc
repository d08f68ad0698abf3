// Projections against what the model has folded.
#include "comparison.h"

#include <algorithm>

#include "orders.h"

namespace purser::faults {
namespace {

constexpr std::size_t kPageItems = 50;

template <class T>
bool is(const Result<T>& answer, const T& expected) {
  return answer.has_value() && *answer == expected;
}

void compare_pointer(const Ledger& ledger, const Model& model, const std::string& owner,
                     const std::string& channel, const Note& note) {
  const std::string name = owner + "/" + channel;
  const Pointer expected = model.pointer(owner, channel);
  if (!is(ledger.pointer(owner, channel), expected)) note("pointer " + name + " is not the fold");
  const auto active = ledger.active(owner, channel);
  const bool alike =
      active && (*active != nullptr) == expected.active.has_value() &&
      (!expected.active || **active == model.deployments().at(expected.active->value - 1));
  if (!alike) note("what is active on " + name + " is not the fold");
  Model::Activations moves = model.activations(owner, channel);
  std::reverse(moves.begin(), moves.end());
  if (moves.size() > kPageItems) moves.resize(kPageItems);
  const auto page = ledger.activations(owner, channel, {kPageItems, {}});
  if (!page || page->items != moves) note("activations of " + name + " are not the fold");
}

void compare_owner(const Ledger& ledger, const Model& model, const std::string& owner,
                   const Note& note) {
  for (const char* channel : kChannels) compare_pointer(ledger, model, owner, channel, note);
  std::vector<Deployment> expected;
  const auto& all = model.deployments();
  for (auto one = all.rbegin(); one != all.rend() && expected.size() < kPageItems; ++one) {
    if (one->owner_key == owner) expected.push_back(*one);
  }
  const auto page = ledger.list(owner, {}, {kPageItems, {}});
  if (!page || page->items != expected) note("the deployments of " + owner + " are not the fold");
}

}  // namespace

void compare_queries(const Ledger& ledger, const Model& model, const std::set<std::uint64_t>& ids,
                     const Note& note) {
  for (const char* owner : kOwners) compare_owner(ledger, model, owner, note);
  for (const std::uint64_t id : ids) {
    const Deployment& expected = model.deployments().at(id - 1);
    const std::string name = "deployment " + std::to_string(id);
    if (!is(ledger.get(expected.id), expected)) note(name + " is not the fold");
    const auto found = ledger.find(expected.identifier);
    if (!found || found->id != expected.id) note(name + " is not found by its identifier");
  }
}

}  // namespace purser::faults
