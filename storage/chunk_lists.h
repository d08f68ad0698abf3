// Where the bytes of a file are: its chunk list, in rows under the digest of the file.
//
// A long list is kept in parts, each a list of its own: a row of megabytes would be read along with
// every row beside it.
// A row may be rewritten for another cut of the same bytes; it names no deployment. Free functions.
#pragma once

#include <functional>
#include <optional>

#include "content.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

void put_chunk_list(WriteSet& changes, const Digest& file, const ChunkList& list);

/// Nothing for a file that was never stored. Errors: those of read_chunk_list.
Result<std::optional<ChunkList>> find_chunk_list(const RowReader& rows, const Digest& file);

/// Every file that has a list, whatever is in it.
Status visit_listed_files(const RowReader& rows,
                          const std::function<void(const Digest& file)>& visit);

/// Every file that has a list, by digest. A list that is damaged is visited as an error.
Status visit_chunk_lists(
    const RowReader& rows,
    const std::function<void(const Digest& file, const Result<ChunkList>& list)>& visit);
/// From now on the file counts as never stored.
Status erase_chunk_list(WriteSet& changes, const RowReader& rows, const Digest& file);

/// Errors: Corruption when it is missing or damaged, UnsupportedVersion.
Result<ChunkList> read_chunk_list(const RowReader& rows, const Digest& file);

}  // namespace purser
