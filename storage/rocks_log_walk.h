// Walks over what is whole in one of RocksDB's logs, a write-ahead log or a MANIFEST, without a
// database.
//
// What one write has put in is one item, of one record or several (rocks_log_record.h). Where no
// record is whole the walk goes on at the next block. Free functions, safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "purser/status.h"

namespace purser {

/// The longest item that is put together, in bytes; a longer one counts as not whole.
inline constexpr std::size_t kLogItemBytesMax = std::size_t{1} << 30;

struct WalkedLog {
  std::uint64_t file_bytes = 0;
  /// Where the last item ends before which all is whole.
  std::uint64_t whole_end = 0;
  /// An item lies behind something that is not whole: that was no unfinished end.
  bool has_hole = false;
};

/// Gets what one write has put in; it lives until the visitor returns. An error ends the walk.
using LogItemVisitor = std::function<Status(std::string_view item)>;

/// The file `path` must be a regular one and not a link. Memory: one item, a block. Errors:
/// Corruption, also where there is none; Io.
Result<WalkedLog> walk_log(const std::string& path, const LogItemVisitor& visit);

}  // namespace purser
