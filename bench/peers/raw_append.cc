// The limit of one promotion at a time: as many bytes as one promotion of Purser adds to its
// write-ahead log are appended to a file and synced, over and over, with nothing around it.
//
// A growing file is what a log is by itself, that of plain RocksDB for one. In a file that is full
// of zeros already a sync has no new length and no new blocks to make durable, and takes less time:
// that is how Purser writes a log that has become long (storage/rocks_log_writer.h), and PostgreSQL
// its own.
#include <fcntl.h>
#include <unistd.h>

#include "clients.h"
#include "scratch.h"
#include "scratch_ledger.h"
#include "subjects.h"

namespace purser::peers {
namespace {

constexpr std::size_t kPreallocatedBytes = std::size_t{64} << 20;

class RawAppend final : public Subject {
 public:
  RawAppend(std::size_t bytes, bool preallocated) : record_(bytes, 'x') {
    if (preallocated) size_ = kPreallocatedBytes;
  }
  ~RawAppend() override {
    if (fd_ >= 0) ::close(fd_);
  }

  void prepare(const std::string& directory) override {
    fd_ = ::open((directory + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) fail_by_errno("open");
    const std::string zeros(std::size_t{1} << 20, '\0');
    for (std::size_t at = 0; at < size_; at += zeros.size()) write_at(zeros, at);
    if (::fsync(fd_) != 0) fail_by_errno("fsync");
  }

  Outcome run(int clients, double seconds) override {
    if (clients != 1) bench::fail("append", "one thread only");
    return run_clients(clients, seconds, [this](int) -> Call { return [this] { append(); }; });
  }

 private:
  void append() {
    if (size_ > 0 && at_ + record_.size() > size_) at_ = 0;  // the whole file is there: start over
    write_at(record_, at_);
    at_ += record_.size();
    if (::fdatasync(fd_) != 0) fail_by_errno("fdatasync");
  }
  void write_at(const std::string& bytes, std::size_t at) const {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written != static_cast<ssize_t>(bytes.size())) fail_by_errno("pwrite");
  }

  const std::string record_;
  std::size_t size_ = 0;  // 0: it grows
  std::size_t at_ = 0;
  int fd_ = -1;
};

}  // namespace

std::unique_ptr<Subject> raw_append(std::size_t bytes, bool preallocated) {
  return std::make_unique<RawAppend>(bytes, preallocated);
}

}  // namespace purser::peers
