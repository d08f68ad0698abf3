// What a verification has found first, in words.
#pragma once

#include <string>

#include "purser/verify.h"

namespace purser {

/// Of a report that is not whole.
inline std::string first_finding(const VerifyReport& report) {
  if (!report.divergences.empty()) {
    const Divergence& first = report.divergences.front();
    return "verify: " + std::string(to_string(first.check)) + ' ' + first.where + ", expected " +
           first.expected + ", found " + first.found;
  }
  if (!report.problems.empty()) {
    const VerifyProblem& first = report.problems.front();
    return "verify: '" + first.path + "' of " + std::to_string(first.id.value) + ": " + first.what;
  }
  return "verify: " + std::to_string(report.lost_chunks) + " chunks and " +
         std::to_string(report.lost_files) + " files are lost that no deployment has";
}

}  // namespace purser
