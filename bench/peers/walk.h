// Which promotions the clients make: the same ones in every store.
//
// 2,000 ready deployments of 1,000 owners; deployment `id`, from 1, belongs to owner `id % 1000`,
// as in the SQL of the peers. A client walks over owners of its own and promotes the one deployment
// of each, then the other one of each, and so on. So every promotion moves a pointer (promoting
// what is active already would write nothing in Purser, but a row in SQL), and no client ever waits
// for a row that another one has locked, which is to the advantage of the peers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace purser::peers {

inline constexpr int kOwners = 1000;
inline constexpr int kDeployments = 2 * kOwners;

inline int owner_of(int deployment) { return deployment % kOwners; }

/// By `owner_of`.
inline std::vector<std::string> owner_names() {
  std::vector<std::string> names;
  names.reserve(kOwners);
  for (int owner = 0; owner < kOwners; ++owner) names.push_back("owner:" + std::to_string(owner));
  return names;
}

class Walk {
 public:
  Walk(int client, int clients) : first_(client + 1), stride_(clients), at_(first_) {}

  struct Step {
    int deployment;            ///< 1 to kDeployments
    std::uint64_t generation;  ///< how often the owner's pointer will have moved, this one included
  };
  Step next() {
    const Step step{at_ + (pass_ % 2 == 0 ? 0 : kOwners), pass_ + 1};
    at_ += stride_;
    if (at_ > kOwners) {
      at_ = first_;
      ++pass_;
    }
    return step;
  }

 private:
  int first_;
  int stride_;
  int at_;  // 1 to kOwners
  std::uint64_t pass_ = 0;
};

}  // namespace purser::peers
