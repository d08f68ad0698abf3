#include "rocks_log_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "rocks_files.h"
#include "rocks_log_record.h"

namespace purser {
namespace {

using rocksdb::IOStatus;

thread_local IOStatus damage;

// How many of these bytes, which stand at `offset`, are whole records and ends of blocks.
std::size_t whole_bytes(std::string_view bytes, std::uint64_t offset) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t left = left_of_block(offset + at);
    const std::string_view block = bytes.substr(at, left);
    if (left < kLogHeaderBytes && block.size() == left) {
      at += left;
      continue;
    }
    const auto record = first_record(block);
    if (!record) break;
    at += record->size();
  }
  return at;
}

// Whether these bytes of one block begin with whole records, one of which begins a write.
bool write_begins(std::string_view bytes) {
  while (const auto record = first_record(bytes)) {
    if (record->type == LogRecordType::whole || record->type == LogRecordType::first) return true;
    bytes.remove_prefix(record->size());
  }
  return false;
}

}  // namespace

RocksLogReader::RocksLogReader(std::string path, UniqueFd fd)
    : path_(std::move(path)), fd_(std::move(fd)) {}

IOStatus RocksLogReader::open(const std::string& path,
                              std::unique_ptr<rocksdb::FSSequentialFile>& opened) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return rocks_io_status("open", path);
  opened.reset(new RocksLogReader(path, std::move(fd)));
  return IOStatus::OK();
}

IOStatus RocksLogReader::take_damage() { return std::exchange(damage, IOStatus::OK()); }

IOStatus RocksLogReader::Read(std::size_t size, const rocksdb::IOOptions&, rocksdb::Slice* result,
                              char* room, rocksdb::IODebugContext*) {
  std::string_view got;
  IOStatus status = read_at(offset_, size, room, got);
  if (!status.ok()) return status;
  std::size_t whole = whole_bytes(got, offset_);
  bool begins = false;
  if (whole < got.size()) status = look_behind(offset_ + whole, begins);
  if (!status.ok()) return status;
  if (begins) {
    // Written in between, perhaps: what precedes a record that was seen is seen after it.
    status = read_at(offset_, size, room, got);
    if (!status.ok()) return status;
    const std::size_t before = std::exchange(whole, whole_bytes(got, offset_));
    if (whole == before) {
      *result = {room, got.size()};  // nothing read, and RocksDB would keep it to itself
      damage = IOStatus::Corruption("record at " + std::to_string(offset_ + whole), path_);
      return damage;
    }
  }
  *result = rocksdb::Slice(room, whole);
  offset_ += whole;
  return IOStatus::OK();
}

IOStatus RocksLogReader::Skip(std::uint64_t size) {
  offset_ += size;
  return IOStatus::OK();
}

// As many bytes as there are, up to `size`.
IOStatus RocksLogReader::read_at(std::uint64_t offset, std::size_t size, char* room,
                                 std::string_view& got) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t bytes =
        ::pread(fd_.get(), room + done, size - done, static_cast<off_t>(offset + done));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0) return rocks_io_status("read", path_);
    if (bytes == 0) break;
    done += static_cast<std::size_t>(bytes);
  }
  got = {room, done};
  return IOStatus::OK();
}

// Whether any record behind `spot`, where none is whole, begins a write. A record is found where
// the length of the one before says, or where a block begins.
IOStatus RocksLogReader::look_behind(std::uint64_t spot, bool& begins) const {
  std::string room(kLogBlockBytes, '\0');
  std::string_view block;
  IOStatus status = read_at(spot, left_of_block(spot), room.data(), block);
  if (!status.ok()) return status;
  if (block.size() >= kLogHeaderBytes) {
    const std::size_t size = claimed_record_size(block);
    begins = size < block.size() && write_begins(block.substr(size));
  }
  for (spot += left_of_block(spot); !begins; spot += kLogBlockBytes) {
    status = read_at(spot, kLogHeaderBytes, room.data(), block);
    if (!status.ok() || block.size() < kLogHeaderBytes) return status;
    if (block.find_first_not_of('\0') == block.npos) continue;
    status = read_at(spot, kLogBlockBytes, room.data(), block);
    if (!status.ok()) return status;
    begins = write_begins(block);
  }
  return status;
}

}  // namespace purser
