// The directory that a ledger, or a copy of one, is made in.
#pragma once

#include <functional>
#include <string>

#include "purser/status.h"
#include "try.h"

namespace purser {

/// Makes it, private, or takes an empty one that is there, lets `fill` make what is to be in it,
/// and makes its own entry durable. Where that fails, nothing is left in it. Errors: AlreadyExists,
/// Io, those of `fill`.
Status fill_new_root(const std::string& directory, const std::function<Status()>& fill);

/// The same, with an answer.
template <class Fill>
auto in_new_root(const std::string& directory, const Fill& fill) -> decltype(fill()) {
  decltype(fill()) answer = Io{};
  PURSER_TRY(fill_new_root(directory, [&]() -> Status {
    answer = fill();
    return answer ? Status() : Status(answer.error());
  }));
  return answer;
}

/// What is made must not lie in what it is made from: InvalidArgument, Io.
Status check_apart(const std::string& source, const std::string& into);

}  // namespace purser
