// A ledger's queries against the model's: pointers, pages, and what deployments are.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "ledger/model.h"

namespace purser::faults {

using Note = std::function<void(const std::string& what)>;

/// The pointers, the newest of all pages, and the deployments `ids`.
void compare_queries(const Ledger& ledger, const Model& model, const std::set<std::uint64_t>& ids,
                     const Note& note);

}  // namespace purser::faults
