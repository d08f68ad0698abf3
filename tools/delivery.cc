#include "delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

namespace purser::tools {
namespace {

// --- Rows. Names hold no control character, so a zero byte ends them. ----------------------------
//
//   created/ID                        when the deployment was created, if that is known
//   was/ID/OWNER 0 CHANNEL            nothing: it was promoted there
//   bad/ID                            nothing: the deployment is marked bad
//   live/OWNER 0 CHANNEL              the key of the promotion that is live; none after a rollback
//   promotion/OWNER 0 CHANNEL 0 TIME  DEPLOYMENT HAPPENED LEAD LEFT RESTORE, numbers; LEFT is 0 or
//                                     1, -1 stands for a time that is not known or not there

constexpr std::string_view kPromotions = "promotion/";
constexpr std::string_view kBad = "bad/";

// Numbers in keys have all their digits, so that keys sort as numbers do.
std::string digits(std::uint64_t number) { return fmt::format("{:020}", number); }

std::string created_key(DeploymentId id) { return "created/" + digits(id.value); }
std::string bad_key(DeploymentId id) { return std::string(kBad) + digits(id.value); }
std::string pointer_name(const Activated& moved) { return moved.owner_key + '\0' + moved.channel; }
std::string live_key(const Activated& moved) { return "live/" + pointer_name(moved); }
std::string was_key(const Activated& moved) {
  return "was/" + digits(moved.deployment->value) + '/' + pointer_name(moved);
}

struct Facts {
  std::uint64_t deployment = 0;
  std::int64_t happened_us = -1;
  std::int64_t lead_us = -1;
  int left = 0;
  std::int64_t restore_us = -1;
};

std::string to_value(const Facts& facts) {
  return fmt::format("{} {} {} {} {}", facts.deployment, facts.happened_us, facts.lead_us,
                     facts.left, facts.restore_us);
}

std::int64_t happened_us(const Event& event) {
  return event.time_is_known() ? event.happened_at().unix_us : -1;
}

// -1 where one of them is not known, or clocks elsewhere had another order.
std::int64_t between(std::int64_t begin_us, std::int64_t end_us) {
  return begin_us < 0 || end_us < begin_us ? -1 : end_us - begin_us;
}

// Takes a number and the byte behind it off the front of `text`.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return true;
}

Error not_mine(std::string_view key) {
  return Corruption{fmt::format("projection '{}'", kDeliveryName),
                    fmt::format("the row of {} bytes '{}...' is not one of its rows", key.size(),
                                key.substr(0, key.find('/')))};
}

Result<Facts> read_facts(std::string_view key, std::string_view value) {
  Facts facts;
  const bool whole = take_number(value, facts.deployment) &&
                     take_number(value, facts.happened_us) && take_number(value, facts.lead_us) &&
                     take_number(value, facts.left) && take_number(value, facts.restore_us);
  if (!whole) return not_mine(key);
  return facts;
}

Result<std::int64_t> time_of_promotion(std::string_view key) {
  std::int64_t time = 0;
  std::string_view last = key.substr(std::min(key.size(), key.rfind('\0') + 1));
  if (!take_number(last, time)) return not_mine(key);
  return time;
}

Status note_restore(FoldRows& rows, const std::string& key, const Event& event) {
  const auto value = rows.get(key);
  if (!value) return value.error();
  if (!*value) return not_mine(key);
  auto facts = read_facts(key, **value);
  if (!facts) return facts.error();
  facts->left = 1;
  facts->restore_us = between(facts->happened_us, happened_us(event));
  return rows.put(key, to_value(*facts));
}

// --- The fold: one function for each kind of event that matters. ---------------------------------

Status fold(const Event& event, const Created& created, FoldRows& rows) {
  if (!event.time_is_known()) return {};
  return rows.put(created_key(created.id), std::to_string(happened_us(event)));
}

// A rollback and a restore say that what they leave did not do.
Status leave(const Event& event, const Activated& moved, FoldRows& rows) {
  const auto live = rows.get(live_key(moved));
  if (!live) return live.error();
  if (!*live) return {};
  if (moved.cause == Cause::rollback || moved.cause == Cause::restore) {
    const Status noted = note_restore(rows, **live, event);
    if (!noted) return noted;
  }
  return rows.erase(live_key(moved));
}

// How long ago the deployment was created, if it is promoted on this channel for the first time.
Result<std::int64_t> lead_time(const Event& event, const Activated& moved, FoldRows& rows) {
  const auto was = rows.get(was_key(moved));
  if (!was) return was.error();
  const auto created = rows.get(created_key(*moved.deployment));
  if (!created) return created.error();
  std::int64_t created_us = 0;
  std::string_view text = *created ? std::string_view(**created) : std::string_view();
  if (*was || !take_number(text, created_us)) return std::int64_t{-1};
  return between(created_us, happened_us(event));
}

Status promote(const Event& event, const Activated& moved, FoldRows& rows) {
  const auto lead = lead_time(event, moved, rows);
  if (!lead) return lead.error();
  const auto time = static_cast<std::uint64_t>(event.time.unix_us);
  const std::string key = std::string(kPromotions) + pointer_name(moved) + '\0' + digits(time);
  Status put = rows.put(key, to_value({moved.deployment->value, happened_us(event), *lead}));
  if (put) put = rows.put(was_key(moved), {});
  return put ? rows.put(live_key(moved), key) : put;
}

Status fold(const Event& event, const Activated& moved, FoldRows& rows) {
  const Status left = leave(event, moved, rows);
  if (!left || moved.cause != Cause::promote || !moved.deployment) return left;
  return promote(event, moved, rows);
}

Status fold(const Event&, const BadMarked& marked, FoldRows& rows) {
  return rows.put(bad_key(marked.id), {});
}
Status fold(const Event&, const BadUnmarked& unmarked, FoldRows& rows) {
  return rows.erase(bad_key(unmarked.id));
}

template <class Other>
Status fold(const Event&, const Other&, FoldRows&) {
  return {};
}

std::optional<std::int64_t> unless_none(std::int64_t us) {
  return us < 0 ? std::nullopt : std::optional(us);
}

Result<Promotion> read_promotion(std::string_view key, std::string_view value) {
  const auto facts = read_facts(key, value);
  if (!facts) return facts.error();
  const auto time = time_of_promotion(key);
  if (!time) return time.error();
  const std::string_view name = key.substr(kPromotions.size());
  const std::size_t owner_end = name.find('\0');
  const std::size_t channel_end = name.rfind('\0');
  if (owner_end >= channel_end) return not_mine(key);
  Promotion promotion;
  promotion.owner = name.substr(0, owner_end);
  promotion.channel = name.substr(owner_end + 1, channel_end - owner_end - 1);
  promotion.time = Timestamp{*time};
  promotion.deployment = DeploymentId{facts->deployment};
  promotion.time_is_known = facts->happened_us >= 0;
  promotion.lead_us = unless_none(facts->lead_us);
  promotion.left = facts->left != 0;
  promotion.restore_us = unless_none(facts->restore_us);
  return promotion;
}

}  // namespace

UserProjection delivery_projection() {
  UserProjection projection;
  projection.name = kDeliveryName;
  projection.version = kDeliveryVersion;
  projection.fold = [](const Event& event, FoldRows& rows) {
    return std::visit([&](const auto& payload) { return fold(event, payload, rows); },
                      event.payload);
  };
  return projection;
}

Status for_each_promotion(const ProjectionRows& rows, const std::optional<std::string>& owner,
                          const std::function<void(const Promotion&)>& visit) {
  std::set<std::string, std::less<>> bad;
  Status read = rows.scan(kBad, behind_prefix(kBad), [&](std::string_view key, auto) {
    bad.emplace(key);
    return true;
  });
  if (!read) return read;
  std::string prefix(kPromotions);
  if (owner) prefix += *owner + '\0';
  Status outcome;
  read = rows.scan(prefix, behind_prefix(prefix), [&](auto key, auto value) {
    auto promotion = read_promotion(key, value);
    if (!promotion) {
      outcome = promotion.error();
      return false;
    }
    promotion->bad = bad.contains(bad_key(promotion->deployment));
    visit(*promotion);
    return true;
  });
  return read ? outcome : read;
}

}  // namespace purser::tools
