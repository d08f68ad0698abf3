#include "faults/power/worker.h"

#include <iterator>

#include "hash.h"

namespace purser::faults {
namespace {

constexpr std::string_view kOwners[] = {"bakery", "mill", "farm"};
constexpr std::string_view kChannels[] = {"live", "beta"};

std::shared_ptr<const Content> content(std::string bytes) {
  auto made = std::make_shared<Content>();
  made->digest = sha256(bytes);
  made->bytes = std::move(bytes);
  return made;
}

}  // namespace

void Worker::run() {
  create();
  for (int i = 0; i < load_.commands; ++i) one();
  if (chance(2)) end_draft();
}

std::string Worker::owner() { return std::string(kOwners[below(std::size(kOwners))]); }
std::string Worker::channel() { return std::string(kChannels[below(std::size(kChannels))]); }
Context Worker::context() {
  Context context;
  context.reason = std::string(below(60), 'r');
  if (chance(2)) context.request_id = fmt::format("{:x}", random_());
  return context;
}
std::string Worker::bytes() {
  const std::uint64_t most = load_.full_packs && chance(3) ? 500'000 : 20'000;
  std::string made(below(most), 'a');
  if (chance(3)) return made;
  for (char& byte : made) byte = static_cast<char>(random_());
  return made;
}

// A command may be refused by the rules; anything else would be a fault of its own.
template <class R>
bool Worker::done(const char* what, const R& result) {
  if (result) return true;
  const ErrorClass kind = result.error().error_class();
  if (kind != ErrorClass::refused && kind != ErrorClass::not_found) {
    notes_.wrong(what, result.error());
  }
  return false;
}

void Worker::one() {
  const Moment begun = notes_.begin();
  switch (below(8)) {
    case 0: create(); break;
    case 1: end_draft(); break;
    case 2:
    case 3: store(); break;
    case 4: remove(); break;
    case 5:
    case 6: move_pointer(); break;
    default: give_up();
  }
  notes_.reached(ledger_, begun);
}

void Worker::move_pointer() {
  const std::string where = channel();
  PromoteOptions promotion;
  RollbackOptions rollback;
  ClearOptions clear;
  promotion.channel = rollback.channel = clear.channel = where;
  rollback.mark_bad = chance(4);
  switch (below(4)) {
    case 0: (void)done("rollback", ledger_.rollback(owner_, rollback, context())); break;
    case 1: (void)done("clear", ledger_.clear(owner_, clear, context())); break;
    default: (void)done("promote", ledger_.promote(owner_, some(), promotion, context()));
  }
}

void Worker::give_up() {
  PrunePolicy policy;
  policy.keep_newest = 1;
  switch (below(4)) {
    case 0: (void)done("mark_bad", ledger_.mark_bad(some(), context())); break;
    case 1: (void)done("apply", ledger_.apply(several(), context())); break;
    case 2: (void)done("prune", ledger_.prune(owner_, policy, context())); break;
    default: (void)done("delete", ledger_.delete_artifact(some(), {.keep = 0}, context()));
  }
}

void Worker::create() {
  CreateOptions options;
  options.labels["size"] = std::string(load_.long_log && chance(2) ? 1000 : below(200), 'l');
  if (load_.long_log) {
    for (int i = 0; i < 50; ++i) options.labels[std::to_string(i)] = std::string(1000, 'm');
  }
  if (chance(3)) owner_ = owner();
  const Moment begun = notes_.begin();
  const auto made = ledger_.create(owner_, options, context());
  if (!done("create", made)) return;
  notes_.created(made->id, notes_.acknowledge(begun));
  end_draft();
  draft_ = made->id;
  files_.clear();
}

// Seals what is being edited, or leaves it for ever as it is.
void Worker::end_draft() {
  if (!draft_) return;
  const DeploymentId id = *std::exchange(draft_, std::nullopt);
  switch (below(5)) {
    case 0: return;
    case 1: (void)done("mark_failed", ledger_.mark_failed(id, "npm", "it broke", context())); break;
    case 2:
      if (files_.empty()) {
        (void)done("external", ledger_.mark_ready_external(id, "s3://x", 7, context()));
        break;
      }
      [[fallthrough]];
    default: (void)done("mark_ready", ledger_.mark_ready(id, {.allow_empty = true}, context()));
  }
  ended_.push_back(id);
}

void Worker::store() {
  if (!draft_) return create();
  const std::string path = fmt::format("f{}", below(6));
  const auto made = chance(4) && last_ ? last_ : content(bytes());
  Files after = files_;
  after[path] = last_ = made;
  edit("store", std::move(after), [&] { return ledger_.store(*draft_, path, made->bytes); });
}

void Worker::remove() {
  if (!draft_ || files_.empty()) return;
  if (chance(3)) {
    return edit("remove_all", {}, [&] { return ledger_.remove_all(*draft_); });
  }
  Files after = files_;
  const std::string path = after.begin()->first;
  after.erase(path);
  edit("remove", std::move(after), [&] { return ledger_.remove(*draft_, path); });
}

template <class Run>
void Worker::edit(const char* what, Files after, const Run& run) {
  const Moment begun = notes_.begin();
  const auto result = run();
  if (!done(what, result)) return;
  files_ = after;
  notes_.edited(*draft_, {begun, notes_.acknowledge(begun), std::move(after)});
}

DeploymentId Worker::some() {
  return ended_.empty() ? DeploymentId{1 + below(5)} : ended_[below(ended_.size())];
}

std::vector<Command> Worker::several() {
  std::vector<Command> commands;
  commands.emplace_back(Create{owner_, {}});
  if (draft_ && chance(2)) commands.emplace_back(Pin{*draft_});
  commands.emplace_back(Freeze{owner_, {.channel = "other"}});
  commands.emplace_back(Create{owner(), {}});
  return commands;
}

}  // namespace purser::faults
