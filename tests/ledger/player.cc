#include "ledger/player.h"

#include <algorithm>

namespace purser {

std::string Player::step() {
  clock_.advance(one_in(12) ? -below(5'000'000) : below(2'000'000));
  model.wall = Timestamp{clock_.now()};
  context_ = {};
  if (one_in(3)) context_.actor = "kim";
  if (one_in(4)) context_.reason = "because " + std::to_string(below(3));
  if (one_in(6)) context_.request_id = "r" + std::to_string(below(40));
  context_.dry_run = one_in(10);
  owner_ = pick({"a", "b", "c"});
  channel_ = pick({"live", "live", "beta"});
  // Near the newest, mostly; sometimes one that is not there.
  const auto count = static_cast<std::int64_t>(model.deployments().size());
  id_ = DeploymentId{static_cast<std::uint64_t>(std::max<std::int64_t>(0, count + 1 - below(9)))};
  if (one_in(8)) id_ = DeploymentId{static_cast<std::uint64_t>(below(count + 1) + 1)};
  expect_.reset();
  if (one_in(4)) {
    const auto now = static_cast<std::int64_t>(model.pointer(owner_, channel_).generation.value);
    expect_ = Generation{static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - below(2)))};
  }
  return command(below(22));
}

void Player::say(const std::string& verb) {
  said = verb + " " + owner_ + "/" + channel_ + " id " + std::to_string(id_.value) +
         (expect_ ? " expect " + std::to_string(expect_->value) : "") +
         (context_.request_id ? " request " + *context_.request_id : "") +
         (context_.dry_run ? " dry" : "");
}

std::string Player::command(std::int64_t which) {
  if (which < 4) return create();
  if (which < 6) return edit();
  if (which < 9) return finish();
  if (which < 11) return mark();
  if (which < 12) return delete_artifact();
  if (which < 16) return promote();
  if (which < 18) return rollback();
  if (which < 19) return rollback_to();
  if (which < 20) return one_in(4) ? (one_in(2) ? expire() : prune()) : clear();
  return which < 21 ? freeze() : pin();
}

std::string Player::create() {
  say("create");
  CreateOptions options;
  if (one_in(3)) options.source_ref = "sha-" + std::to_string(below(3));
  if (one_in(3)) options.labels = {{"branch", pick({"main", "side"})}};
  Context asked = context_;
  if (mistake_ == kRequestForgotten) asked.request_id.reset();
  const auto answer = ledger_.create(owner_, options, asked);
  return note(answer,
              model.create(owner_, options, context_, answer ? answer->identifier : std::string()));
}
std::string Player::edit() {
  const std::string path = pick({"a", "a/b", "a-b", "d/e/f", "d/e"});
  say("edit " + path);
  const std::int64_t which = below(8);
  if (which == 0) return note(ledger_.remove_all(id_), model.remove_all(id_));
  if (which == 1) return note(ledger_.remove(id_, path), model.remove(id_, path));
  const std::string bytes(static_cast<std::size_t>(below(4)), 'x');
  const auto stored = ledger_.store(id_, path, bytes);
  if (stored && stored->bytes != bytes.size()) return "another number of bytes was stored";
  return note(stored ? Status() : Status(stored.error()), model.store(id_, path, bytes));
}
std::string Player::finish() {
  const std::int64_t which = below(6);
  if (which == 0) {
    say("fail");
    return note(ledger_.mark_failed(id_, "code", "message", context_),
                model.mark_failed(id_, "code", "message", context_));
  }
  if (which < 3) {
    say("external");
    return note(ledger_.mark_ready_external(id_, "s3://x", 7, context_),
                model.mark_ready_external(id_, "s3://x", 7, context_));
  }
  return mark_ready();
}
std::string Player::mark_ready() {
  say("ready");
  ReadyOptions options;
  options.allow_empty = one_in(3);
  const auto answer = ledger_.mark_ready(id_, options, context_);
  Digest digest;
  if (answer) {
    digest = std::get<StoredArtifact>(*answer->artifact).digest;
    const std::string fault =
        answer->receipt.replayed ? "" : check_identity(model.files(id_), digest);
    if (!fault.empty()) return fault;
  }
  return note(answer, model.mark_ready(id_, options, context_, digest));
}
// Equal files have equal digests, others have others.
std::string Player::check_identity(const Model::Files& files, const Digest& digest) {
  if (digest_of_.emplace(files, digest).first->second != digest) return "equal files, two digests";
  if (files_of_.emplace(digest, files).first->second != files) return "one digest of other files";
  return {};
}
std::string Player::mark() {
  if (one_in(2)) {
    say("mark bad");
    return note(ledger_.mark_bad(id_, context_), model.mark_bad(id_, context_));
  }
  say("unmark bad");
  return note(ledger_.unmark_bad(id_, context_), model.unmark_bad(id_, context_));
}
std::string Player::pin() {
  if (one_in(2)) {
    say("pin");
    return note(ledger_.pin(id_, context_), model.pin(id_, context_));
  }
  for (const Deployment& d : model.deployments()) {
    if (d.pinned && !one_in(4)) id_ = d.id;
  }
  say("unpin");
  return note(ledger_.unpin(id_, context_), model.unpin(id_, context_));
}
std::string Player::delete_artifact() {
  say("delete");
  DeleteArtifactOptions options;
  options.keep = static_cast<std::uint32_t>(below(4));
  return note(ledger_.delete_artifact(id_, options, context_),
              model.delete_artifact(id_, options.keep, context_));
}
std::string Player::promote() {
  say("promote");
  const PromoteOptions options{channel_, expect_, one_in(5), one_in(5)};
  if (id_.value >= 1 && id_.value <= model.deployments().size() && !one_in(6)) {
    owner_ = model.deployments()[id_.value - 1].owner_key;
  }
  PromoteOptions asked = options;
  if (mistake_ == kExpectIgnored) asked.expect.reset();
  if (mistake_ == kBadAllowed) asked.allow_bad = true;
  return note(ledger_.promote(owner_, id_, asked, context_),
              model.promote(owner_, id_, options, context_));
}
std::string Player::rollback() {
  say("rollback");
  const RollbackOptions options{channel_, static_cast<std::uint32_t>(1 + below(3)), expect_,
                                one_in(4)};
  RollbackOptions asked = options;
  if (mistake_ == kOneStep) asked.steps = 1;
  return note(ledger_.rollback(owner_, asked, context_), model.rollback(owner_, options, context_));
}
std::string Player::rollback_to() {
  say("rollback to");
  const RollbackToOptions options{channel_, expect_, one_in(5), one_in(4)};
  if (id_.value >= 1 && id_.value <= model.deployments().size()) {
    owner_ = model.deployments()[id_.value - 1].owner_key;
  }
  return note(ledger_.rollback_to(owner_, id_, options, context_),
              model.rollback_to(owner_, id_, options, context_));
}
std::string Player::clear() {
  say("clear");
  const ClearOptions options{channel_, expect_};
  return note(ledger_.clear(owner_, options, context_), model.clear(owner_, options, context_));
}
// Most freezes end soon: what is frozen refuses, and refusals alone prove little.
std::string Player::freeze() {
  std::optional<std::string> channel;
  if (!one_in(3)) channel = channel_;
  if (one_in(3)) {
    say("freeze");
    const FreezeOptions options{channel, one_in(3)};
    return note(ledger_.freeze(owner_, options, context_), model.freeze(owner_, options, context_));
  }
  say("unfreeze");
  return note(ledger_.unfreeze(owner_, {channel}, context_),
              model.unfreeze(owner_, {channel}, context_));
}
// Policies that leave something for the other commands to work on.
std::string Player::prune() {
  say("prune");
  if (context_.request_id) context_.request_id = "p" + std::to_string(below(1'000'000));
  const auto ago = [&] { return Timestamp{clock_.now() - below(200'000'000)}; };
  PrunePolicy policy;
  policy.keep_newest = static_cast<std::uint32_t>(below(6));
  policy.keep = static_cast<std::uint32_t>(below(4));
  if (one_in(2)) policy.older_than = ago();
  if (one_in(2)) policy.never_active_older_than = ago();
  const auto plan = ledger_.prune_plan(owner_, policy);
  if (!plan || *plan != model.prune_plan(owner_, policy)) return "another plan";
  return note(ledger_.prune(owner_, policy, context_), model.prune(owner_, policy, context_));
}
std::string Player::expire() {
  say("expire");
  if (context_.request_id) context_.request_id = "e" + std::to_string(below(1'000'000));
  const Timestamp older_than{clock_.now() - below(60'000'000)};
  return note(ledger_.expire(older_than, context_), model.expire(older_than, context_));
}

}  // namespace purser
