// The records that RocksDB's logs are made of: write-ahead logs and MANIFESTs alike.
//
// Format: blocks of 32 KiB; records of masked CRC-32C `u32`, length `u16` and type `u8` (1 all of
// it, 2 the first, 3 a middle and 4 the last part), then the bytes; zeros where 7 bytes or more do
// not fit into a block any more. Free functions, safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace purser {

inline constexpr std::size_t kLogBlockBytes = 32 << 10;
inline constexpr std::size_t kLogHeaderBytes = 7;

enum class LogRecordType : std::uint8_t { whole = 1, first = 2, middle = 3, last = 4 };

struct LogRecord {
  LogRecordType type = LogRecordType::whole;
  std::string_view bytes;  ///< behind the header
  [[nodiscard]] std::size_t size() const { return kLogHeaderBytes + bytes.size(); }
};

/// How many bytes the block has from `offset` on.
[[nodiscard]] constexpr std::size_t left_of_block(std::uint64_t offset) {
  return kLogBlockBytes - static_cast<std::size_t>(offset % kLogBlockBytes);
}

/// How long the record is of which `header`, of kLogHeaderBytes at least, is the beginning,
/// whether it is whole or not.
[[nodiscard]] std::size_t claimed_record_size(std::string_view header);

/// The record with which these bytes of one block begin; nothing: there is no whole one.
[[nodiscard]] std::optional<LogRecord> first_record(std::string_view bytes);

}  // namespace purser
