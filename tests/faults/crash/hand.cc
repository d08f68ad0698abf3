// Orders, performed by the members of a Ledger, by `submit` and by `apply`.
#include "hand.h"

#include <utility>

#include "call.h"
#include "outcome.h"
#include "try.h"

namespace purser::faults {
namespace {

// Whether the rules may refuse so; anything else must not happen to a process that is only killed.
bool may_be(const Error& error) {
  return error.error_class() == ErrorClass::refused ||
         error.error_class() == ErrorClass::not_found || error.is<InvalidArgument>();
}

// A command that was not left unchanged has a place in the log.
bool told_nothing(const Message& told) {
  if (is_edit(told.order().verb) || is_loop(told.order().verb)) return false;
  return told.outcomes.front().position == 0 && !told.outcomes.front().unchanged;
}

}  // namespace

Message Hand::give(Message intent, bool remembered) {
  intent.said = Said::intends;
  intent.ticket = next_++;
  const bool is_command = !is_edit(intent.order().verb);  // an edit knows no request id
  if (remembered && is_command && intent.request == 0) intent.request = intent.ticket;
  tell_(intent);
  Message early = intent;
  early.said = Said::acknowledged;
  const bool never_refused = intent.order().verb == Verb::create || is_edit(intent.order().verb);
  if (early_ && never_refused) tell_(early);
  Message answer = perform(intent);
  if (!early_ || !never_refused) tell_(answer);
  return answer;
}

Message Hand::perform(const Message& intent) {
  Message told = intent;
  told.said = Said::acknowledged;
  std::optional<Error> error;
  if (is_edit(intent.order().verb)) {
    if (Status edited = edit(intent.order()); !edited) error = std::move(edited).error();
  } else if (is_loop(intent.order().verb)) {
    const auto ids = loop(intent);
    if (!ids) error = ids.error();
    for (const DeploymentId id : ids ? *ids : std::vector<DeploymentId>()) {
      if (told.id_count < kIdsMax) told.ids.at(told.id_count++) = id.value;
    }
  } else {
    const auto answers = command(intent);
    if (!answers) error = answers.error();
    for (std::size_t i = 0; answers && i < answers->size(); ++i) {
      told.outcomes.at(i) = outcome_of((*answers)[i]);
    }
  }
  if (!error && told_nothing(told)) error = Corruption{"answer", "it has no position"};
  if (!error) return told;
  told.said = may_be(*error) ? Said::refused : Said::wrong;
  told.put_text(std::string(error->name()) + ": " + error->message());
  return told;
}

Status Hand::edit(const Order& order) {
  const DeploymentId id{order.id};
  const std::string path = kPaths.at(order.path % kPaths.size());
  if (order.verb == Verb::remove) return ledger_.remove(id, path);
  if (order.verb == Verb::remove_all) return ledger_.remove_all(id);
  const auto stored =
      order.verb == Verb::store
          ? ledger_.store(id, path, bytes_of(order.seed, order.number), {order.option})
          : ledger_.store_tree(id, trees_ + "/" + std::to_string(order.path), {order.option});
  return stored ? Status() : Status(stored.error());
}

Result<std::vector<DeploymentId>> Hand::loop(const Message& intent) {
  const Order& order = intent.order();
  const Context context = context_of(intent);
  if (order.verb == Verb::expire) {
    PURSER_ASSIGN(const ExpireReport report, ledger_.expire(Timestamp{order.older_us}, context));
    return report.failed;
  }
  PURSER_ASSIGN(const PruneReport report,
                ledger_.prune(kOwners.at(order.owner), policy_of(order), context));
  for (const PruneFailure& failure : report.failed) {
    if (!may_be(failure.error)) return failure.error;
  }
  return report.removed;
}

Result<std::vector<Answer>> Hand::command(const Message& intent) {
  const Context context = context_of(intent);
  if (intent.count == 1) {
    const Command command = command_of(intent.order());
    PURSER_ASSIGN(Answer answer, intent.ticket % 4 == 0
                                     ? ledger_.submit(command, context).get()
                                     : std::visit(Call{ledger_, context}, command));
    return std::vector<Answer>{std::move(answer)};
  }
  std::vector<Command> commands;
  for (std::uint32_t i = 0; i < intent.count; ++i) {
    commands.push_back(command_of(intent.orders.at(i)));
  }
  return ledger_.apply(commands, context);
}

void Hand::say(Said said, std::string_view text) const {
  Message message;
  message.said = said;
  message.put_text(text);
  tell_(message);
}

void Hand::say_log(Said said, Position size, const Digest& root) const {
  Message message;
  message.said = said;
  message.size = size.value;
  message.root = root;
  tell_(message);
}

}  // namespace purser::faults
