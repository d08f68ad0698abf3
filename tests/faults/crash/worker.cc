// What a thread of the writing process does.
#include "worker.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace purser::faults {
namespace {

constexpr std::uint64_t kPauseUsMax = 300;
constexpr std::uint64_t kSmallBytes = 2'000;
constexpr std::uint64_t kLargeBytes = 300'000;  // several chunks
constexpr std::size_t kDraftsMax = 6;           // that a thread edits in turn

Message one(const Order& order) {
  Message message;
  message.count = 1;
  message.orders.front() = order;
  return message;
}

}  // namespace

void Worker::work(const std::vector<Message>& retries) {
  for (const Message& intent : retries) hand_.give(intent, false);
  while (!shared_.stop) step();
}

void Worker::work_on(Said focus) {
  while (!shared_.stop) {
    do_long(focus);
    for (int i = 0; i < 5 && !shared_.stop; ++i) step();
  }
}

void Worker::step() {
  if (one_in(40)) return look();
  if (one_in(80)) return sign();
  if (last_.count > 0 && one_in(30)) {
    hand_.give(last_, false);  // a retry of what was done
  } else {
    remember(hand_.give(draw(), one_in(2)));
  }
  pause();
}

void Worker::pause() { std::this_thread::sleep_for(std::chrono::microseconds(below(kPauseUsMax))); }

void Worker::remember(const Message& answer) {
  if (answer.said != Said::acknowledged) return;
  if (answer.request != 0 && !is_loop(answer.order().verb)) last_ = answer;
  for (std::uint32_t i = 0; i < answer.count; ++i) {
    if (answer.orders.at(i).verb != Verb::create) continue;
    const std::uint64_t id = answer.outcomes.at(i).id;
    drafts_.push_back(id);
    std::uint64_t last = shared_.last_id;
    while (last < id && !shared_.last_id.compare_exchange_weak(last, id)) continue;
  }
  if (drafts_.size() > kDraftsMax) drafts_.erase(drafts_.begin());
}

// What is seen now must be seen after any crash.
void Worker::look() {
  const auto stats = shared_.ledger.stats();
  if (!stats) return fail_unless(false, stats.error().message());
  const auto root = shared_.ledger.root(stats->log_size);
  if (!root) return fail_unless(false, root.error().message());
  hand_.say_log(Said::seen, stats->log_size, *root);
}

void Worker::sign() {
  if (shared_.key.empty()) return;
  const auto made = shared_.ledger.checkpoint(shared_.key);
  if (!made) return fail_unless(false, made.error().message());
  hand_.say_log(Said::signed_it, made->size, made->root);
}

void Worker::do_long(Said focus) {
  hand_.say(focus);
  switch (focus) {
    case Said::rebuilding: {
      const auto rebuilt = shared_.ledger.rebuild();
      fail_unless(rebuilt.has_value(), rebuilt ? "" : rebuilt.error().message());
      const auto index = shared_.ledger.rebuild_index();
      return fail_unless(index.has_value(), index ? "" : index.error().message());
    }
    case Said::collecting:
    case Said::repacking: {
      CollectOptions options;
      options.dead_share = one_in(2) ? 0 : 0.25;
      options.repack = focus == Said::repacking;
      const auto report = shared_.ledger.collect(options);
      fail_unless(report.has_value(), report ? "" : report.error().message());
      return fail_unless(!report || report->chunks_missing == 0, "a collection misses chunks");
    }
    case Said::pruning: hand_.give(draw_loop(), one_in(2)); return;
    case Said::signing: return sign();
    case Said::verifying: {
      const auto report = shared_.ledger.verify({one_in(2), false});
      fail_unless(report.has_value(), report ? "" : report.error().message());
      return fail_unless(!report || report->is_whole(), "a verify beside commands finds damage");
    }
    default: return;
  }
}

void Worker::fail_unless(bool right, std::string_view what) {
  if (!right) hand_.say(Said::wrong, what);
}

Message Worker::draw() {
  const std::uint64_t which = below(100);
  if (which < 28 && !drafts_.empty()) return draw_edit();
  if (which < 34) return draw_group();
  if (which < 36) return draw_loop();
  return one(draw_command());
}

Message Worker::draw_edit() {
  Order order;
  const std::uint64_t which = below(20);
  order.verb = which < 14   ? Verb::store
               : which < 16 ? Verb::store_tree
               : which < 19 ? Verb::remove
                            : Verb::remove_all;
  order.id = drafts_.at(below(drafts_.size()));
  order.path =
      static_cast<std::uint8_t>(below(order.verb == Verb::store_tree ? kTrees : kPaths.size()));
  order.seed = one_in(3) ? below(20) : random_();
  order.number = static_cast<std::uint32_t>(below(one_in(30) ? kLargeBytes : kSmallBytes));
  order.option = one_in(4);
  return one(order);
}

Message Worker::draw_loop() {
  Order order;
  order.verb = one_in(4) ? Verb::expire : Verb::prune;
  order.owner = static_cast<std::uint8_t>(below(kOwners.size()));
  order.number = static_cast<std::uint32_t>(1 + below(3));
  // The clock stands still, so ages are counted in events.
  const auto newest = shared_.ledger.get(DeploymentId{shared_.last_id});
  const auto age_us = static_cast<std::int64_t>(below(200));
  if (newest) order.older_us = newest->created_at.unix_us - age_us;
  return one(order);
}

Message Worker::draw_group() {
  Message group;
  group.count = static_cast<std::uint32_t>(2 + below(kGroupMax - 1));
  for (std::uint32_t i = 0; i < group.count; ++i) group.orders.at(i) = draw_command();
  return group;
}

Order Worker::draw_command() {
  // How often each is drawn.
  static constexpr std::pair<Verb, unsigned> kWeights[] = {
      {Verb::create, 16},  {Verb::ready, 18},   {Verb::external, 8},
      {Verb::fail, 2},     {Verb::mark_bad, 3}, {Verb::unmark_bad, 3},
      {Verb::pin, 2},      {Verb::unpin, 2},    {Verb::delete_artifact, 4},
      {Verb::promote, 24}, {Verb::rollback, 8}, {Verb::rollback_to, 4},
      {Verb::clear, 2},    {Verb::freeze, 1},   {Verb::unfreeze, 3}};
  static const unsigned all = [] {
    unsigned sum = 0;
    for (const auto& [verb, weight] : kWeights) sum += weight;
    return sum;
  }();
  std::uint64_t left = below(all);
  for (const auto& [verb, weight] : kWeights) {
    if (left < weight) return draw_movement(verb);
    left -= weight;
  }
  return draw_movement(Verb::create);
}

// An order on a deployment near the newest, or a pointer; its own drafts are sealed most.
Order Worker::draw_movement(Verb verb) {
  Order order;
  order.verb = verb;
  order.owner = static_cast<std::uint8_t>(below(kOwners.size()));
  order.channel = static_cast<std::uint8_t>(below(kChannels.size()));
  if ((verb == Verb::freeze || verb == Verb::unfreeze) && one_in(4))
    order.channel = kChannels.size();
  const std::uint64_t last = shared_.last_id;
  order.id = std::max<std::uint64_t>(1, last - std::min(last, below(one_in(4) ? 60 : 12)));
  const bool seals = verb == Verb::ready || verb == Verb::fail;
  if (seals && !drafts_.empty() && !one_in(8)) order.id = drafts_.at(below(drafts_.size()));
  order.number =
      static_cast<std::uint32_t>(verb == Verb::delete_artifact ? below(3) : 1 + below(2));
  order.option = verb == Verb::ready ? !one_in(3) : one_in(4);
  if (one_in(4)) {
    const auto pointer = shared_.ledger.pointer(kOwners.at(order.owner),
                                                kChannels.at(order.channel % kChannels.size()));
    if (pointer) order.expect = static_cast<std::int64_t>(pointer->generation.value);
  }
  if (const auto owned = shared_.ledger.get(DeploymentId{order.id}); owned && !one_in(10)) {
    order.owner = static_cast<std::uint8_t>(owned->owner_key.front() - 'a');
  }
  return order;
}

}  // namespace purser::faults
