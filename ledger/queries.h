// The queries of a Ledger over one View. Arguments are checked here; answers are copies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projection.h"
#include "purser/commands.h"
#include "purser/status.h"

namespace purser {

Result<Deployment> query_find(const View& view, std::string_view identifier);
Result<Page<Deployment>> query_list(const View& view, std::string_view owner,
                                    const DeploymentFilter& filter, const PageRequest& page);
Result<Page<std::string>> query_owners(const View& view, const PageRequest& page);
Result<Page<Activation>> query_activations(const View& view, std::string_view owner,
                                           std::string_view channel, const PageRequest& page);
Result<Page<Event>> query_history(const View& view, const EventFilter& filter,
                                  const PageRequest& page, HistoryOrder order);
Result<std::vector<Event>> query_read(const View& view, Position from, std::size_t limit);

}  // namespace purser
