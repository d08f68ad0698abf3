#include "findings.h"

#include <algorithm>
#include <array>

namespace purser {
namespace {

struct Named {
  std::string_view name;
  bool is_derived;
};
constexpr std::array<Named, 8> kChecks{{{"events", false},
                                        {"times", false},
                                        {"groups", false},
                                        {"roots", false},
                                        {"projections", true},
                                        {"cursors", true},
                                        {"index", true},
                                        {"chunk_lists", true}}};

}  // namespace

std::string_view to_string(Check check) { return kChecks[static_cast<std::size_t>(check)].name; }

bool is_derived(Check check) { return kChecks[static_cast<std::size_t>(check)].is_derived; }

bool VerifyReport::evidence_lost() const {
  return lost_chunks + lost_files > 0 || !problems.empty() ||
         std::any_of(divergences.begin(), divergences.end(),
                     [](const Divergence& one) { return !is_derived(one.check); });
}

bool VerifyReport::derived_differs() const {
  return std::any_of(divergences.begin(), divergences.end(),
                     [](const Divergence& one) { return is_derived(one.check); });
}

bool VerifyReport::is_whole() const { return !evidence_lost() && !derived_differs(); }

void Findings::add(Divergence one) {
  for (Divergence& known : found_) {
    if (known.check != one.check || known.projection != one.projection) continue;
    known.count += one.count;
    return;
  }
  found_.push_back(std::move(one));
}

void Findings::add(Findings&& later) {
  for (Divergence& one : later.found_) add(std::move(one));
}

bool Findings::any(Check check) const {
  return std::any_of(found_.begin(), found_.end(),
                     [&](const Divergence& one) { return one.check == check; });
}

std::vector<Divergence> Findings::take() {
  std::stable_sort(
      found_.begin(), found_.end(),
      [](const Divergence& one, const Divergence& other) { return one.check < other.check; });
  return std::move(found_);
}

}  // namespace purser
