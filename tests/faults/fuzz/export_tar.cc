// Tars of an export: refused, or records that are named and sized as they may be, each once more
// the same when they are written.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "artifact_tar.h"
#include "faults/fuzz/harness.h"

namespace purser::fuzz {
namespace {

// A file without a name that holds `bytes`, at its beginning.
int file_of(std::string_view bytes) {
  const int fd = ::memfd_create("tar", MFD_CLOEXEC);
  require(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == std::ssize(bytes) &&
              ::lseek(fd, 0, SEEK_SET) == 0,
          "there is memory for a file");
  return fd;
}

std::vector<CarriedRecord> records_of(std::string_view bytes) {
  const int fd = file_of(bytes);
  std::vector<CarriedRecord> records;
  const auto tar = tools::TarReader::open(from_descriptor(fd, "tar"), "tar");
  require(tar.has_value(), "there is libarchive");
  while (true) {
    auto record = (*tar)->next();
    if (!record || !*record) break;
    records.push_back(**std::move(record));
  }
  ::close(fd);
  return records;
}

std::string tar_of(const std::vector<CarriedRecord>& records) {
  const int fd = file_of("");
  const auto tar = tools::TarWriter::open(fd, "tar");
  require(tar.has_value(), "there is libarchive");
  for (const CarriedRecord& record : records)
    require((*tar)->add(record).has_value(), "it is taken");
  require((*tar)->finish().has_value(), "it is written");
  std::string bytes(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  require(::pread(fd, bytes.data(), bytes.size(), 0) == std::ssize(bytes), "it is read");
  ::close(fd);
  return bytes;
}

}  // namespace

void look(std::string_view bytes) {
  auto records = records_of(bytes);
  for (const CarriedRecord& record : records) {
    const bool is_chunk = record.kind == RecordKind::chunk;
    require(record.bytes.size() <= (is_chunk ? kChunkRecordBytesMax : kRecordBytesMax),
            "no record is longer than it may be");
    require(record.kind != RecordKind::draft || record.id.value > 0, "a draft has an id");
  }
  const std::string written = tar_of(records);
  auto again = records_of(written);
  if (mutant("record-lost") && !again.empty()) again.pop_back();
  const bool same = std::equal(
      records.begin(), records.end(), again.begin(), again.end(), [](const auto& a, const auto& b) {
        return a.kind == b.kind && a.digest == b.digest && a.id == b.id && a.bytes == b.bytes;
      });
  require(same, "what is written is read again");
  require(tar_of(again) == written, "the same records are the same tar");
}

}  // namespace purser::fuzz
