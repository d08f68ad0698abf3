// Rows on their way through a rebuild: from the folds, through a sort that may need files, into the
// store. One after the other, in ascending order of their keys.
//
// In memory and in files of its own, a row is eight bytes that say how long it is, and then its
// bytes. That is no format of a ledger's directory: these files have no names and no later reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "purser/status.h"

namespace purser {

struct PassingRow {
  std::string_view key;
  std::string_view value;
  bool is_event = false;  ///< `value` is an event that is still to be folded
};

inline constexpr std::size_t kRowHeaderBytes = 8;

[[nodiscard]] inline std::size_t stored_bytes(const PassingRow& row) {
  return kRowHeaderBytes + row.key.size() + row.value.size();
}

inline void store_row(const PassingRow& row, char* to) {
  const auto sizes = std::uint64_t{row.value.size()} << 32 | std::uint64_t{row.is_event} << 31 |
                     std::uint64_t{row.key.size()};
  std::memcpy(to, &sizes, sizeof sizes);
  std::memcpy(to + kRowHeaderBytes, row.key.data(), row.key.size());
  if (row.value.empty()) return;
  std::memcpy(to + kRowHeaderBytes + row.key.size(), row.value.data(), row.value.size());
}

/// The row at `from`, where at least its first eight bytes can be read: `stored_bytes` of what it
/// returns tells how many there must be before its views may be looked at.
[[nodiscard]] inline PassingRow load_row(const char* from) {
  std::uint64_t sizes = 0;
  std::memcpy(&sizes, from, sizeof sizes);
  const std::size_t key_bytes = sizes & 0x7fff'ffff;
  const char* key = from + kRowHeaderBytes;
  return {{key, key_bytes}, {key + key_bytes, sizes >> 32}, (sizes >> 31 & 1) != 0};
}

class RowStream {
 public:
  virtual ~RowStream() = default;

  /// Goes to the next row, at first to the first; false when there is none. Errors: Io, Cancelled.
  virtual Result<bool> next() = 0;

  /// The row gone to; its views live until the next call of `next`.
  [[nodiscard]] const PassingRow& row() const { return row_; }

 protected:
  PassingRow row_;
};

}  // namespace purser
