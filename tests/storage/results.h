// What tests say about a Status or Result.
#pragma once

#include <gtest/gtest.h>

#include "purser/status.h"

namespace purser {

template <class R>
testing::AssertionResult ok(const R& result) {
  if (result.has_value()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << result.error().name() << ": " << result.error().message();
}

/// It holds the error `Detail`, and its message has `words` in it.
template <class Detail, class R>
testing::AssertionResult fails_with(const R& result, std::string_view words = "") {
  if (result.has_value()) return testing::AssertionFailure() << "it succeeded";
  const std::string message = result.error().message();
  if (result.error().template is<Detail>() && message.find(words) != std::string::npos) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << result.error().name() << ": " << message;
}

}  // namespace purser
