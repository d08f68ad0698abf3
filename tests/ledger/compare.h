// A ledger against its model: every query must answer alike.
#pragma once

#include <string>

#include "ledger/model.h"
#include "purser/ledger.h"

namespace purser {

/// Where the two answers differ; empty if they do not.
std::string difference(const Result<DeploymentAnswer>& ledger,
                       const Result<DeploymentAnswer>& model);
std::string difference(const Result<PointerAnswer>& ledger, const Result<PointerAnswer>& model);
std::string difference(const Result<FreezeAnswer>& ledger, const Result<FreezeAnswer>& model);
std::string difference(const Result<ExpireReport>& ledger, const Result<ExpireReport>& model);
std::string difference(const Result<PruneReport>& ledger, const Result<PruneReport>& model);
std::string difference(const Status& ledger, const Status& model);

/// The events alike but for the digest of the command, which must be there with a request id.
bool alike(const Event& ledger, const Event& model);

/// What a pointer and its owner's deployments say, compared by EXPECT; pages of `limit`.
void expect_same_owner(const Ledger& ledger, const Model& model, const std::string& owner,
                       const std::string& channel, std::size_t limit);
/// Every query there is.
void expect_same(const Ledger& ledger, const Model& model);

}  // namespace purser
