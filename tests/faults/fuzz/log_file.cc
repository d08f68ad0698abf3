// Logs of RocksDB as our reader hands them over: a beginning of the file, made of whole records.
#include <rocksdb/file_system.h>

#include <algorithm>

#include "faults/fuzz/harness.h"
#include "faults/fuzz/scratch_file.h"
#include "rocks_log_reader.h"
#include "rocks_log_record.h"

namespace purser::fuzz {
namespace {

// What RocksDB would get; it asks for a block at a time.
std::string read_all(const std::string& path, std::size_t file_bytes) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  require(RocksLogReader::open(path, file).ok(), "a file that is there can be opened");
  std::string read;
  std::string room(kLogBlockBytes, '\0');
  for (std::size_t reads = 0;; ++reads) {
    require(reads <= 2 + file_bytes / kLogHeaderBytes, "reading comes to an end");
    rocksdb::Slice got;
    const auto status = file->Read(room.size(), {}, &got, room.data(), nullptr);
    if (!status.ok()) {
      require(status.IsCorruption(), "what cannot be read is damage");
      break;
    }
    if (got.empty()) break;
    read.append(got.data(), got.size());
  }
  static_cast<void>(RocksLogReader::take_damage());
  return read;
}

bool is_whole(std::string_view log) {
  for (std::size_t at = 0; at < log.size();) {
    const std::string_view block = log.substr(at, left_of_block(at));
    const auto record = first_record(block);
    const bool is_end = left_of_block(at) < kLogHeaderBytes && block.size() == left_of_block(at);
    if (!record && !is_end) return false;
    if (record) require(record->size() <= block.size(), "a record ends within its block");
    at += record ? record->size() : block.size();
  }
  return true;
}

}  // namespace

void look(std::string_view bytes) {
  static ScratchFile file("000001.log");
  file.write(bytes);
  const std::string read =
      mutant("any-record") ? std::string(bytes) : read_all(file.path(), bytes.size());
  require(bytes.starts_with(read), "what is read is a beginning of the file");
  require(is_whole(read), "no more than whole records is read");
}

}  // namespace purser::fuzz
