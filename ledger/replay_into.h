// A second ledger out of the first events of one: the same stored bytes, and rows folded from them.
#pragma once

#include "home.h"
#include "projection.h"
#include "purser/artifact.h"
#include "purser/origin.h"
#include "purser/status.h"

namespace purser {

/// Fills a new database with the events of `source` up to `source.at`, which must not be 0, each of
/// them checked, and with every projection. `progress` counts events as files.
/// Errors: Corruption, UnsupportedVersion, Cancelled, Io.
Status replay_into(Store& target, const View& source, const Origin& origin,
                   std::size_t memory_bytes, const ProgressCallback& progress);

/// Refuses a position that would cut in two what one command wrote together.
Status check_replay_end(const View& source, Position to);

}  // namespace purser
