#include "faults/linear/askers.h"

#include <array>
#include <atomic>
#include <thread>

#include "faults/linear/failing_log.h"

namespace purser::linear {
namespace {

class Asker {
 public:
  Asker(Subject& subject, unsigned number, const Round& round, std::uint64_t seed)
      : subject_(subject), number_(number), round_(round), random_(seed) {}

  std::vector<Operation> run(std::atomic<bool>& broken) {
    std::vector<Operation> operations;
    operations.reserve(round_.operations);
    for (std::uint64_t i = 0; i < round_.operations; ++i) {
      if (round_.breaks_log && number_ == 0 && i == round_.operations / 2) break_somehow();
      Operation operation = draw(!broken);
      subject_.ask(operation);
      if (operation.generation != 0) seen_[operation.pointer] = operation.generation;
      if (operation.outcome == Outcome::pending || operation.outcome == Outcome::refused) {
        broken = true;
      }
      if (operation.outcome != Outcome::refused) operations.push_back(operation);
    }
    return operations;
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  void break_somehow() { break_log(below(2) == 0 ? LogFault::write : LogFault::sync); }

  Operation draw(bool commands) {
    Operation o;
    o.asker = static_cast<std::uint8_t>(number_);
    o.pointer = static_cast<std::uint8_t>(below(kPointers));
    if (!commands || below(round_.commands_every) != 0) {
      o.verb = below(4) == 0 ? Verb::pointer : Verb::active;
      return o;
    }
    constexpr std::array<Verb, 10> kVerbs{
        Verb::promote,  Verb::promote,  Verb::promote,  Verb::promote,     Verb::promote,
        Verb::rollback, Verb::rollback, Verb::rollback, Verb::rollback_to, Verb::clear};
    o.verb = kVerbs[below(kVerbs.size())];
    const auto& deployments = subject_.deployments(o.pointer);
    if (o.verb == Verb::promote || o.verb == Verb::rollback_to) {
      o.asked = deployments[below(static_cast<std::uint32_t>(deployments.size()))];
    }
    if (o.verb == Verb::rollback) o.steps = static_cast<std::uint8_t>(1 + below(3) / 2);
    if (below(2) == 0) o.expect = seen_[o.pointer];
    return o;
  }

  Subject& subject_;
  const unsigned number_;
  const Round round_;
  std::mt19937_64 random_;
  std::array<std::uint32_t, kPointers> seen_{};  // generations, as they were shown last
};

}  // namespace

History run_round(Subject& subject, const Round& round, std::mt19937_64& random) {
  History history(kAskers);
  std::atomic<bool> broken{false};
  slow_log(round.sync);
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number, seed = random()] {
      history[number] = Asker(subject, number, round, seed).run(broken);
    });
  }
  for (std::thread& thread : threads) thread.join();
  mend_log();
  return history;
}

std::vector<Operation> look(Subject& subject) {
  std::vector<Operation> operations;
  for (unsigned pointer = 0; pointer < kPointers; ++pointer) {
    for (const Verb verb : {Verb::pointer, Verb::active}) {
      Operation operation;
      operation.verb = verb;
      operation.asker = kMain;
      operation.pointer = static_cast<std::uint8_t>(pointer);
      subject.ask(operation);
      operations.push_back(operation);
    }
  }
  return operations;
}

}  // namespace purser::linear
