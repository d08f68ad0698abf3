// Hands an error on to the caller.
#pragma once

#include <utility>

#include "purser/status.h"

#define PURSER_CONCAT_INNER(a, b) a##b
#define PURSER_CONCAT(a, b) PURSER_CONCAT_INNER(a, b)

/// Returns from the enclosing function if `expression`, a Status or Result, holds an error.
#define PURSER_TRY(...) PURSER_TRY_INNER(PURSER_CONCAT(purser_status_, __COUNTER__), __VA_ARGS__)
#define PURSER_TRY_INNER(status, ...)                       \
  do {                                                      \
    if (auto status = (__VA_ARGS__); !status.has_value()) { \
      return std::move(status).error();                     \
    }                                                       \
  } while (false)

/// Declares `declaration` as the value of `expression`, or returns its error.
#define PURSER_ASSIGN(declaration, ...) \
  PURSER_ASSIGN_INNER(PURSER_CONCAT(purser_result_, __COUNTER__), declaration, __VA_ARGS__)
#define PURSER_ASSIGN_INNER(result, declaration, ...)        \
  auto result = (__VA_ARGS__);                               \
  if (!result.has_value()) return std::move(result).error(); \
  declaration = std::move(result).value()
