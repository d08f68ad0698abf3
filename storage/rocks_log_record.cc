#include "rocks_log_record.h"

#include <rocksdb/file_checksum.h>

#include <string>

namespace purser {
namespace {

constexpr std::size_t kLengthOffset = 4;
constexpr std::size_t kTypeOffset = 6;  // the checksum is of what begins here

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  static const auto factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  const auto generator = factory->CreateFileChecksumGenerator({});
  generator->Update(bytes.data(), bytes.size());
  generator->Finalize();
  const std::string sum = generator->GetChecksum();  // big-endian
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) crc = crc << 8 | byte_at(sum, i);
  return (crc >> 15 | crc << 17) + 0xa282ead8;
}

}  // namespace

std::size_t claimed_record_size(std::string_view header) {
  return kLogHeaderBytes +
         (byte_at(header, kLengthOffset) | byte_at(header, kLengthOffset + 1) << 8);
}

std::optional<LogRecord> first_record(std::string_view bytes) {
  if (bytes.size() < kLogHeaderBytes) return std::nullopt;
  const std::size_t size = claimed_record_size(bytes);
  const std::uint32_t type = byte_at(bytes, kTypeOffset);
  const bool is_type = type >= static_cast<std::uint32_t>(LogRecordType::whole) &&
                       type <= static_cast<std::uint32_t>(LogRecordType::last);
  if (!is_type || size > bytes.size()) return std::nullopt;
  const std::uint32_t crc = byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16 |
                            byte_at(bytes, 3) << 24;
  if (crc != masked_crc32c(bytes.substr(kTypeOffset, size - kTypeOffset))) return std::nullopt;
  return LogRecord{static_cast<LogRecordType>(type),
                   bytes.substr(kLogHeaderBytes, size - kLogHeaderBytes)};
}

}  // namespace purser
