#include "faults/linear/subject.h"

#include <fmt/format.h>

#include <chrono>

#include "check.h"

namespace purser::linear {
namespace {

constexpr unsigned kDeployments = 5;  // of each owner: few, so that going back finds each often
constexpr std::uint32_t kRememberedFor = 64;
constexpr std::uint32_t kPromisedEvery = 100;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string channel_of(unsigned pointer) { return pointer % 2 == 0 ? "live" : "beta"; }

std::uint32_t number(const std::optional<DeploymentId>& id) {
  return id ? static_cast<std::uint32_t>(id->value) : 0;
}

std::optional<Generation> expected(const Operation& operation) {
  if (operation.expect == kNoExpect) return std::nullopt;
  return Generation{operation.expect};
}

Passed passed_of(const std::vector<Skipped>& skipped) {
  const auto why = [&](std::size_t i) { return skipped[i].why; };
  for (const Skipped& one : skipped) {
    if (one.deployment.has_value() != (one.why == SkipReason::active_now)) return Passed::other;
  }
  if (skipped.empty()) return Passed::none;
  const bool nothing_first = why(0) == SkipReason::nothing_active;
  if (!nothing_first && why(0) != SkipReason::active_now) return Passed::other;
  if (skipped.size() == 1) return nothing_first ? Passed::nothing : Passed::active_now;
  const SkipReason second = nothing_first ? SkipReason::active_now : SkipReason::nothing_active;
  if (skipped.size() > 2 || why(1) != second) return Passed::other;
  return nothing_first ? Passed::nothing_then_active : Passed::active_then_nothing;
}

// What was active when something was passed over for being so; 0 if nothing was.
std::uint32_t passed_as_active(const std::vector<Skipped>& skipped) {
  for (const Skipped& one : skipped) {
    if (one.why == SkipReason::active_now) return number(one.deployment);
  }
  return 0;
}

void note_error(Operation& operation, const Error& error) {
  if (const auto* conflict = error.as<Conflict>()) {
    const bool asked = conflict->expected.value == operation.expect;
    operation.outcome = asked ? Outcome::conflict : Outcome::other;
    operation.generation = static_cast<std::uint32_t>(conflict->actual.value);
  } else if (const auto* none = error.as<NoPreviousDeployment>()) {
    operation.outcome = Outcome::no_previous;
    operation.passed = passed_of(none->skipped);
    operation.active = passed_as_active(none->skipped);
  } else if (const auto* unknown = error.as<OutcomeUnknown>()) {
    operation.outcome = Outcome::pending;
    operation.position = unknown->position.value;
  } else {
    const auto* read_only = error.as<ReadOnly>();
    const bool poisoned = read_only != nullptr && read_only->why == ReadOnlyReason::poisoned;
    operation.outcome = poisoned ? Outcome::refused : Outcome::other;
  }
}

// By this its event is told from all others.
Context context_of(const Operation& operation) {
  Context context;
  context.reason = fmt::format("{} at {}", operation.asker, operation.begin_ns);
  return context;
}

}  // namespace

Subject::Subject(const std::string& directory, const std::string& mutant)
    : directory_(directory),
      expect_outside_(mutant == kExpectOutside),
      stale_active_(mutant == kStaleActive),
      false_promise_(mutant == kFalsePromise) {
  PURSER_CHECK(Ledger::init(directory_).has_value(), "init");
  ledger_ = Ledger::open(directory_).value();
  for (Owner& owner : owners_) {
    for (unsigned i = 0; i < kDeployments; ++i) {
      const DeploymentId id = ledger_->create(owner.name).value().id;
      PURSER_CHECK(ledger_->mark_ready_external(id, "s3://builds", 1).has_value(), "ready");
      owner.deployments.push_back(static_cast<std::uint32_t>(id.value));
    }
  }
}

void Subject::ask(Operation& operation) {
  operation.begin_ns = now_ns();
  answer(operation);
  operation.end_ns = operation.outcome == Outcome::pending ? kNever : now_ns();
}

void Subject::answer(Operation& operation) {
  switch (operation.verb) {
    case Verb::active: return ask_active(operation);
    case Verb::pointer: return ask_pointer(operation);
    default: return note(operation, command(operation));
  }
}

void Subject::ask_active(Operation& operation) {
  Remembered& remembered = remembered_[operation.pointer];
  if (stale_active_ && remembered.asked++ % kRememberedFor != 0) {
    operation.active = remembered.active;
    return;
  }
  const auto answer =
      ledger_->active(owners_[operation.pointer / 2].name, channel_of(operation.pointer));
  if (!answer) return note_error(operation, answer.error());
  operation.active = *answer ? static_cast<std::uint32_t>((*answer)->id.value) : 0;
  remembered.active = operation.active;
}

void Subject::ask_pointer(Operation& operation) {
  const auto answer =
      ledger_->pointer(owners_[operation.pointer / 2].name, channel_of(operation.pointer));
  if (!answer) return note_error(operation, answer.error());
  operation.generation = static_cast<std::uint32_t>(answer->generation.value);
  operation.active = number(answer->active);
  operation.previous = number(answer->previous);
  operation.target = number(answer->rollback_target);
  operation.position = answer->position ? answer->position->value : 0;
}

Result<PointerAnswer> Subject::command(const Operation& operation) {
  const std::string& owner = owners_[operation.pointer / 2].name;
  const std::string channel = channel_of(operation.pointer);
  const Context context = context_of(operation);
  switch (operation.verb) {
    case Verb::rollback:
      return ledger_->rollback(owner, {channel, operation.steps, expected(operation), false},
                               context);
    case Verb::rollback_to:
      return ledger_->rollback_to(owner, DeploymentId{operation.asked},
                                  {channel, expected(operation), false, false}, context);
    case Verb::clear: return ledger_->clear(owner, {channel, expected(operation)}, context);
    default: return promote(operation);
  }
}

Result<PointerAnswer> Subject::promote(const Operation& operation) {
  const std::string& owner = owners_[operation.pointer / 2].name;
  PromoteOptions options{channel_of(operation.pointer), expected(operation), false, false};
  Context context = context_of(operation);
  if (expect_outside_ && options.expect) {
    const auto now = ledger_->pointer(owner, options.channel);
    if (!now) return now.error();
    if (now->generation != *options.expect) return Conflict{*options.expect, now->generation};
    options.expect.reset();
  }
  context.dry_run = false_promise_ && ++promotions_ % kPromisedEvery == 0;
  auto answer = ledger_->promote(owner, DeploymentId{operation.asked}, options, context);
  if (context.dry_run && answer && !answer->receipt.unchanged) {
    const auto stats = ledger_->stats();
    if (!stats) return stats.error();
    answer->receipt.position = Position{stats->log_size.value + 1};
  }
  return answer;
}

void Subject::note(Operation& operation, const Result<PointerAnswer>& answer) const {
  if (!answer) return note_error(operation, answer.error());
  operation.outcome = answer->receipt.unchanged ? Outcome::unchanged : Outcome::moved;
  operation.generation = static_cast<std::uint32_t>(answer->generation.value);
  operation.active = number(answer->active);
  operation.previous = number(answer->previous);
  operation.passed = passed_of(answer->skipped);
  operation.position = answer->receipt.position ? answer->receipt.position->value : 0;
  const std::uint32_t passed = passed_as_active(answer->skipped);
  if (passed != 0 && passed != operation.previous) operation.outcome = Outcome::other;
}

void Subject::reopen() {
  ledger_.reset();
  ledger_ = Ledger::open(directory_).value();
}

bool Subject::settle(Operation& operation) const {
  if (operation.position == 0) return false;  // it would have had no event
  const std::vector<Event> events = ledger_->read(Position{operation.position}, 1).value();
  if (events.empty() || events[0].header.reason != context_of(operation).reason) return false;
  const auto* moved = std::get_if<Activated>(&events[0].payload);
  operation.outcome = Outcome::other;
  if (moved == nullptr || moved->owner_key != owners_[operation.pointer / 2].name ||
      moved->channel != channel_of(operation.pointer)) {
    return true;
  }
  operation.outcome = Outcome::moved;
  operation.generation = static_cast<std::uint32_t>(moved->generation.value);
  operation.active = number(moved->deployment);
  operation.previous = number(moved->previous);
  operation.passed = passed_of(moved->skipped);
  return true;
}

std::uint64_t Subject::log_size() const { return ledger_->stats().value().log_size.value; }

}  // namespace purser::linear
