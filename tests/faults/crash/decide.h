// A command given to the model: `std::visit(Decide{model, context, hint}, command)`.
#pragma once

#include "call.h"
#include "ledger/model.h"

namespace purser::faults {

// What the model cannot know, the event `hint` tells.
struct Decide {
  Model& model;
  const Context& with;
  const Event& hint;

  Result<Answer> operator()(const Create& c) const {
    const auto* created = std::get_if<Created>(&hint.payload);
    return as_answer(model.create(c.owner, c.options, with, created ? created->identifier : ""));
  }
  Result<Answer> operator()(const MarkReady& c) const {
    const auto* ready = std::get_if<Ready>(&hint.payload);
    const auto* stored = ready ? std::get_if<StoredArtifact>(&ready->artifact) : nullptr;
    return as_answer(model.mark_ready(c.id, c.options, with, stored ? stored->digest : Digest()));
  }
  Result<Answer> operator()(const MarkReadyExternal& c) const {
    return as_answer(model.mark_ready_external(c.id, c.location, c.bytes, with));
  }
  Result<Answer> operator()(const MarkFailed& c) const {
    return as_answer(model.mark_failed(c.id, c.code, c.message, with));
  }
  Result<Answer> operator()(const MarkBad& c) const {
    return as_answer(model.mark_bad(c.id, with));
  }
  Result<Answer> operator()(const UnmarkBad& c) const {
    return as_answer(model.unmark_bad(c.id, with));
  }
  Result<Answer> operator()(const Pin& c) const { return as_answer(model.pin(c.id, with)); }
  Result<Answer> operator()(const Unpin& c) const { return as_answer(model.unpin(c.id, with)); }
  Result<Answer> operator()(const DeleteArtifact& c) const {
    return as_answer(model.delete_artifact(c.id, c.options.keep, with));
  }
  Result<Answer> operator()(const Promote& c) const {
    return as_answer(model.promote(c.owner, c.id, c.options, with));
  }
  Result<Answer> operator()(const Rollback& c) const {
    return as_answer(model.rollback(c.owner, c.options, with));
  }
  Result<Answer> operator()(const RollbackTo& c) const {
    return as_answer(model.rollback_to(c.owner, c.id, c.options, with));
  }
  Result<Answer> operator()(const Clear& c) const {
    return as_answer(model.clear(c.owner, c.options, with));
  }
  Result<Answer> operator()(const Freeze& c) const {
    return as_answer(model.freeze(c.owner, c.options, with));
  }
  Result<Answer> operator()(const Unfreeze& c) const {
    return as_answer(model.unfreeze(c.owner, c.options, with));
  }
};

}  // namespace purser::faults
