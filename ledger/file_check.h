// Looks whether every file of every deployment can be served.
#pragma once

#include "chunk_check.h"
#include "chunk_store.h"
#include "meter.h"
#include "projection.h"
#include "purser/artifact.h"
#include "purser/verify.h"
#include "store.h"

namespace purser {

/// Adds what it finds to `known`, what is known of the chunks, and to `report`; each deployment is
/// a file to `meter`. Memory: some 100 bytes for each different file. Errors: Io, Cancelled; damage
/// is in the report.
Status check_files(const View& view, const ChunkStore& chunks, bool quick, Meter& meter,
                   ChunkFindings& known, VerifyReport& report);

/// Lists and chunks that are lost count as never stored from now on; lists that can be derived are
/// written anew.
Status mend_files(Store& store, ChunkStore& chunks, const ChunkFindings& known);

}  // namespace purser
