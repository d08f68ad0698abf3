// A command given by the member function of its name: `std::visit(Call{ledger, context}, command)`.
#pragma once

#include <utility>

#include "purser/ledger.h"

namespace purser::faults {

template <class T>
Result<Answer> as_answer(Result<T> result) {
  if (!result) return std::move(result).error();
  return Answer(std::move(result).value());
}

// A command by the member function of its name.
struct Call {
  Ledger& ledger;
  const Context& with;

  Result<Answer> operator()(const Create& c) const {
    return as_answer(ledger.create(c.owner, c.options, with));
  }
  Result<Answer> operator()(const MarkReady& c) const {
    return as_answer(ledger.mark_ready(c.id, c.options, with));
  }
  Result<Answer> operator()(const MarkReadyExternal& c) const {
    return as_answer(ledger.mark_ready_external(c.id, c.location, c.bytes, with));
  }
  Result<Answer> operator()(const MarkFailed& c) const {
    return as_answer(ledger.mark_failed(c.id, c.code, c.message, with));
  }
  Result<Answer> operator()(const MarkBad& c) const {
    return as_answer(ledger.mark_bad(c.id, with));
  }
  Result<Answer> operator()(const UnmarkBad& c) const {
    return as_answer(ledger.unmark_bad(c.id, with));
  }
  Result<Answer> operator()(const Pin& c) const { return as_answer(ledger.pin(c.id, with)); }
  Result<Answer> operator()(const Unpin& c) const { return as_answer(ledger.unpin(c.id, with)); }
  Result<Answer> operator()(const DeleteArtifact& c) const {
    return as_answer(ledger.delete_artifact(c.id, c.options, with));
  }
  Result<Answer> operator()(const Promote& c) const {
    return as_answer(ledger.promote(c.owner, c.id, c.options, with));
  }
  Result<Answer> operator()(const Rollback& c) const {
    return as_answer(ledger.rollback(c.owner, c.options, with));
  }
  Result<Answer> operator()(const RollbackTo& c) const {
    return as_answer(ledger.rollback_to(c.owner, c.id, c.options, with));
  }
  Result<Answer> operator()(const Clear& c) const {
    return as_answer(ledger.clear(c.owner, c.options, with));
  }
  Result<Answer> operator()(const Freeze& c) const {
    return as_answer(ledger.freeze(c.owner, c.options, with));
  }
  Result<Answer> operator()(const Unfreeze& c) const {
    return as_answer(ledger.unfreeze(c.owner, c.options, with));
  }
};

}  // namespace purser::faults
