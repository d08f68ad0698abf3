// Looks over chunks, the index that says where they are, and the lists that say which a file has.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "chunk_store.h"
#include "content.h"
#include "findings.h"
#include "hash.h"
#include "meter.h"
#include "purser/status.h"
#include "store.h"

namespace purser {

/// What cannot be had, and what is wrong with it.
using Damage = std::unordered_map<Digest, std::string, DigestHash>;

struct ChunkFindings {
  Damage lost_chunks;
  Damage lost_files;  ///< by their lists
  /// Lists that are damaged, where the chunk of the whole file says the same.
  std::vector<std::pair<Digest, ChunkList>> derived_lists;
  Findings derived;  ///< of the index and of lists
};

/// `is_alone`: no other process writes. Memory: some 150 bytes for each chunk. Errors:
/// UnsupportedVersion, Io, Cancelled.
Result<ChunkFindings> check_chunks(const RowReader& rows, const ChunkStore& chunks, bool quick,
                                   bool is_alone, Meter& meter);

/// The list of a file that is one chunk, or none, by the bytes themselves; nothing for any other.
std::optional<ChunkList> derive_list(const ChunkStore& chunks, const Digest& file);

/// Notes that the list of `file` is not what can be derived.
void add_derived_list(Findings& findings, const Digest& file, const std::string& found);

}  // namespace purser
