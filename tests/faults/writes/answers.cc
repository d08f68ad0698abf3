#include "faults/writes/answers.h"

#include <fmt/format.h>

#include <future>

namespace purser::faults {
namespace {

void note_answer(Told& told, const Answer& answer) {
  const Receipt& receipt = std::visit([](const auto& each) { return each.receipt; }, answer);
  if (!told.position) told.position = receipt.position;
  told.replayed = receipt.replayed;
  const auto* deployment = std::get_if<DeploymentAnswer>(&answer);
  if (deployment != nullptr) told.created = deployment->id;
}

void note_error(Told& told, const Error& error, std::vector<std::string>& wrong) {
  told.answer = answered(error, told.asked.context.reason, wrong);
  told.error = fmt::format("{}: {}", error.name(), error.message());
  if (const auto* unknown = error.as<OutcomeUnknown>()) told.position = unknown->position;
  const auto* read_only = error.as<ReadOnly>();
  told.poisoned = read_only != nullptr && read_only->why == ReadOnlyReason::poisoned;
}

}  // namespace

Answered answered(const Status& status, std::string_view what, std::vector<std::string>& wrong) {
  if (status) return Answered::ok;
  const Error& error = status.error();
  switch (error.error_class()) {
    case ErrorClass::outcome_unknown: return Answered::unknown;
    case ErrorClass::environment:
    case ErrorClass::refused:
    case ErrorClass::not_found: return Answered::rejected;
    default: break;
  }
  wrong.push_back(fmt::format("{} says {}: {}", what, error.name(), error.message()));
  return Answered::rejected;
}

Told ask(Ledger& ledger, const Asked& asked, std::vector<std::string>& wrong) {
  if (!asked.together) return ask_at_once(ledger, {asked}, wrong).front();
  Told told{asked};
  const auto answers = ledger.apply(asked.commands, asked.context);
  if (answers) {
    for (const Answer& answer : *answers) note_answer(told, answer);
  } else {
    note_error(told, answers.error(), wrong);
  }
  return told;
}

std::vector<Told> ask_at_once(Ledger& ledger, const std::vector<Asked>& all,
                              std::vector<std::string>& wrong) {
  std::vector<std::future<Result<Answer>>> waiting;
  waiting.reserve(all.size());
  for (const Asked& asked : all) {
    waiting.push_back(ledger.submit(asked.commands.front(), asked.context));
  }
  std::vector<Told> told;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Result<Answer> answer = waiting[i].get();
    Told& one = told.emplace_back(Told{all[i]});
    if (answer) {
      note_answer(one, *answer);
    } else {
      note_error(one, answer.error(), wrong);
    }
  }
  return told;
}

}  // namespace purser::faults
