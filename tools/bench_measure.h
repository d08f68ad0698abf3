// One measurement: so many threads promote for so long, and what they and the ledger have seen.
#pragma once

#include <span>

#include "bench_owners.h"
#include "bench_report.h"

namespace purser::tools {

/// Lets `plan.threads` threads promote `owners`, at least one each, and reports on what ended after
/// a warm-up, to the last promotion that was begun. `progress` counts promotions as files; their
/// total is what they will come to at the present rate. Errors: Cancelled, those of the promotions.
Result<BenchReport> measure_promotions(Ledger& ledger, std::span<BenchOwner> owners,
                                       const BenchPlan& plan, const Context& context,
                                       const ProgressCallback& progress);

}  // namespace purser::tools
