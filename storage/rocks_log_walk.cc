#include "rocks_log_walk.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "beneath.h"
#include "posix.h"
#include "rocks_log_record.h"
#include "try.h"
#include "unique_fd.h"

namespace purser {
namespace {

class LogWalk {
 public:
  explicit LogWalk(const LogItemVisitor& visit) : visit_(visit) {}

  // The next block of the file; its first byte stands at `offset`.
  Status block(std::uint64_t offset, std::string_view bytes) {
    std::size_t at = 0;
    while (bytes.size() - at >= kLogHeaderBytes) {
      const auto record = first_record(bytes.substr(at));
      if (!record) {
        not_whole();
        return {};
      }
      at += record->size();
      PURSER_TRY(take(*record, offset + at));
    }
    return {};
  }

  [[nodiscard]] WalkedLog result() const { return result_; }

 private:
  Status take(const LogRecord& record, std::uint64_t end) {
    const bool begins = record.type == LogRecordType::whole || record.type == LogRecordType::first;
    const bool ends = record.type == LogRecordType::whole || record.type == LogRecordType::last;
    if (begins == item_.has_value()) not_whole();  // one was begun already, or none
    if (begins) item_.emplace();
    if (!item_) return {};
    if (item_->size() + record.bytes.size() > kLogItemBytesMax) {
      not_whole();
      return {};
    }
    item_->append(record.bytes);
    if (!ends) return {};
    result_.has_hole = result_.has_hole || broken_;
    if (!broken_) result_.whole_end = end;
    const std::string item = *std::move(item_);
    item_.reset();
    return visit_(item);
  }

  void not_whole() {
    item_.reset();
    broken_ = true;
  }

  const LogItemVisitor& visit_;
  std::optional<std::string> item_;  // as far as it has come
  bool broken_ = false;              // something was not whole
  WalkedLog result_;
};

}  // namespace

Result<WalkedLog> walk_log(const std::string& path, const LogItemVisitor& visit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return own_file_error("'" + path + "'", errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("stat", path);
  if (!S_ISREG(info.st_mode)) return Corruption{"'" + path + "'", "it is no regular file"};
  LogWalk walk(visit);
  std::string room(kLogBlockBytes, '\0');
  std::uint64_t offset = 0;
  while (true) {
    PURSER_ASSIGN(const std::size_t size,
                  read_up_to_at(fd.get(), room.data(), room.size(), offset, path));
    PURSER_TRY(walk.block(offset, std::string_view(room).substr(0, size)));
    offset += size;
    if (size < room.size()) break;
  }
  WalkedLog walked = walk.result();
  walked.file_bytes = offset;
  return walked;
}

}  // namespace purser
