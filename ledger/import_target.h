// The directory that an import makes a ledger in. One thread at a time.
#pragma once

#include <functional>
#include <string>

#include "purser/options.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// Puts all but the ledger id into a new database, and chunks into the ledger's folder `directory`.
/// Says how many events that are.
using FillLedger = std::function<Result<Position>(Store& store, const std::string& directory)>;

/// Makes a ledger in `directory`, which is absent, empty, or a ledger without events; that one
/// gives way when the new one is complete. Where it fails, all is as it was; a crash leaves no
/// ledger, or the empty one with `directory`.import-ID beside it. Errors: AlreadyExists, Busy,
/// NoSpace, Io, those of opening a ledger, those of `fill`.
Status make_in_place(const std::string& directory, const LedgerId& id, const Options& options,
                     const FillLedger& fill);

}  // namespace purser
