// What `purser report` tells: figures of the promotions of one pointer or of several.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "delivery.h"

namespace purser::tools {

/// Which promotions count.
struct DeliveryQuery {
  std::optional<std::string> owner;
  std::optional<std::string> channel;
  std::optional<Timestamp> since;  ///< from this time on
  std::optional<Timestamp> until;  ///< before this time
};

/// Microseconds each.
class Durations {
 public:
  void add(std::int64_t us) { all_.push_back(us); }
  [[nodiscard]] std::size_t count() const { return all_.size(); }
  /// The least that `share` of all, above 0 up to 1, do not exceed; nothing where there are none.
  [[nodiscard]] std::optional<std::int64_t> below(double share) const;

 private:
  std::vector<std::int64_t> all_;
};

/// Of one channel of one owner.
struct DeliveryFigures {
  std::uint64_t promotions = 0;
  std::uint64_t undated = 0;  ///< of these, those whose time is not known
  std::uint64_t failed = 0;
  Timestamp first;  ///< promotion whose time is known
  Durations lead;
  Durations restore;

  [[nodiscard]] double failure_rate() const;
};

/// A day in UTC, for the picture; of promotions whose time is known.
struct DeliveryDay {
  std::uint64_t promotions = 0;
  std::uint64_t failed = 0;
};
struct Restored {
  Timestamp promoted;
  std::int64_t us = 0;
};

struct Delivery {
  std::map<std::pair<std::string, std::string>, DeliveryFigures> pointers;  ///< owner, channel
  std::map<std::int64_t, DeliveryDay> days;                                 ///< since 1970
  std::vector<Restored> restored;
};

/// Errors: those of reading.
Result<Delivery> read_delivery(const ProjectionRows& rows, const DeliveryQuery& query);

/// How many promotions of `figures` there were in a time of `us`, on average from the beginning of
/// the query, or else from the first one, to `end`; over a day at least. Of those whose time is
/// known; nothing where it is of none.
[[nodiscard]] std::optional<double> promotions_in(std::int64_t us, const DeliveryFigures& figures,
                                                  const DeliveryQuery& query, Timestamp end);

inline constexpr std::int64_t kDayUs = 24ll * 3600 * 1'000'000;

}  // namespace purser::tools
