// `Result<T>`: a value or the Error that stands in its place; `Status` where there is no value.
//
// Spelled like std::expected, which GCC 12 lacks (docs/adr/0002). Dropping one is a compiler
// warning. `value()` on an error and `error()` on a value end the program with the message: that is
// a bug of the caller, not of the world.
#pragma once

#include <cstdlib>
#include <optional>
#include <utility>
#include <variant>

#include "purser/error.h"
#include "purser/export.h"

namespace purser {

namespace internal {
/// Prints why and aborts.
[[noreturn]] PURSER_EXPORT void fail_access(const Error* error);
}  // namespace internal

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT
  template <ErrorDetailType Detail>
  Result(Detail detail) : Result(Error(std::move(detail))) {}  // NOLINT

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  [[nodiscard]] explicit operator bool() const { return has_value(); }

  T& value() & { return *checked(std::get_if<0>(&state_)); }
  const T& value() const& { return *checked(std::get_if<0>(&state_)); }
  // By value, so that what a temporary held may be walked over: for (x : call().value()).
  T value() && { return std::move(value()); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const& { return *checked(std::get_if<1>(&state_)); }
  [[nodiscard]] Error&& error() && { return std::move(*checked(std::get_if<1>(&state_))); }

 private:
  template <class What>
  What* checked(What* found) const {
    if (found == nullptr) internal::fail_access(std::get_if<1>(&state_));
    return found;
  }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() {}  // NOLINT: defaulted, `return {}` would first fill all of it with zeros
  Result(Error error) : error_(std::move(error)) {}  // NOLINT
  template <ErrorDetailType Detail>
  Result(Detail detail) : error_(Error(std::move(detail))) {}  // NOLINT

  [[nodiscard]] bool has_value() const { return !error_.has_value(); }
  [[nodiscard]] explicit operator bool() const { return has_value(); }
  void value() const {
    if (error_) internal::fail_access(&*error_);
  }
  [[nodiscard]] const Error& error() const& {
    if (!error_) internal::fail_access(nullptr);
    return *error_;
  }
  [[nodiscard]] Error&& error() && {
    if (!error_) internal::fail_access(nullptr);
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

/// Done, or the error.
using Status = Result<void>;

}  // namespace purser
