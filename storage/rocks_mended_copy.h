// A copy of a database of RocksDB that lacks the unfinished end of its MANIFEST.
//
// Table files are never written again once they are whole, so the copy shares them by hard links;
// all else it has for itself. Nothing that the database has is changed. One thread at a time.
#pragma once

#include <string>

#include "purser/status.h"
#include "rocks_manifest.h"

namespace purser {

/// Makes `copy`, of which the parent must be there and it must not, out of `database`: on stable
/// storage on return, its name aside. What is no regular file is left out. After an error part of
/// it is there. Errors: Corruption, Io.
Status make_mended_copy(const std::string& database, const ManifestEnd& manifest,
                        const std::string& copy);

}  // namespace purser
