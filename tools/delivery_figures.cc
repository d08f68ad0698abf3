#include "delivery_figures.h"

#include <algorithm>
#include <cmath>

namespace purser::tools {
namespace {

bool counts(const Promotion& promotion, const DeliveryQuery& query) {
  if (query.channel && promotion.channel != *query.channel) return false;
  if (query.since && promotion.time < *query.since) return false;
  return !query.until || promotion.time < *query.until;
}

std::int64_t day_of(Timestamp time) {
  return (time.unix_us - (time.unix_us < 0 ? kDayUs - 1 : 0)) / kDayUs;
}

void add(const Promotion& promotion, Delivery& delivery) {
  DeliveryFigures& figures = delivery.pointers[{promotion.owner, promotion.channel}];
  ++figures.promotions;
  figures.failed += promotion.failed() ? 1 : 0;
  if (promotion.time_is_known) {
    if (figures.promotions - figures.undated == 1) figures.first = promotion.time;
    DeliveryDay& day = delivery.days[day_of(promotion.time)];
    ++day.promotions;
    day.failed += promotion.failed() ? 1 : 0;
  } else {
    ++figures.undated;
  }
  if (promotion.lead_us) figures.lead.add(*promotion.lead_us);
  if (promotion.restore_us) {
    figures.restore.add(*promotion.restore_us);
    delivery.restored.push_back({promotion.time, *promotion.restore_us});
  }
}

}  // namespace

std::optional<std::int64_t> Durations::below(double share) const {
  if (all_.empty()) return std::nullopt;
  std::vector<std::int64_t> sorted = all_;
  const double wanted = std::ceil(share * static_cast<double>(sorted.size()));
  const auto at = static_cast<std::size_t>(std::max(wanted, 1.0)) - 1;
  const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(at, sorted.size() - 1));
  std::nth_element(sorted.begin(), place, sorted.end());
  return *place;
}

double DeliveryFigures::failure_rate() const {
  return promotions == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(promotions);
}

Result<Delivery> read_delivery(const ProjectionRows& rows, const DeliveryQuery& query) {
  Delivery delivery;
  const Status read = for_each_promotion(rows, query.owner, [&](const Promotion& promotion) {
    if (counts(promotion, query)) add(promotion, delivery);
  });
  if (!read) return read.error();
  return delivery;
}

std::optional<double> promotions_in(std::int64_t us, const DeliveryFigures& figures,
                                    const DeliveryQuery& query, Timestamp end) {
  const std::uint64_t dated = figures.promotions - figures.undated;
  if (dated == 0) return std::nullopt;
  const Timestamp begin = query.since.value_or(figures.first);
  const std::int64_t span = std::max(end.unix_us - begin.unix_us, kDayUs);
  return static_cast<double>(dated) * static_cast<double>(us) / static_cast<double>(span);
}

}  // namespace purser::tools
