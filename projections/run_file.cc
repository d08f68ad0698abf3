#include "run_file.h"

#include <unistd.h>

#include <cerrno>
#include <string>

#include "posix.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kWriteBytes = 256u << 10;
constexpr std::string_view kWhat = "a file of sorted rows";

// Exactly `size` bytes: they were written a moment ago.
Status read_at(int fd, char* buffer, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const ssize_t got = ::pread(fd, buffer, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read", kWhat);
    if (got == 0) return Io{"read", std::string(kWhat), "it ends too early"};
    buffer += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace

class RunFile::Writer {
 public:
  explicit Writer(int fd) : fd_(fd) { buffer_.reserve(kWriteBytes); }

  Status add(const PassingRow& row) {
    const std::size_t before = buffer_.size();
    buffer_.resize(before + stored_bytes(row));
    store_row(row, buffer_.data() + before);
    return buffer_.size() < kWriteBytes ? Status() : flush();
  }
  Status flush() {
    written_ += buffer_.size();
    PURSER_TRY(write_all(fd_, buffer_, kWhat));
    buffer_.clear();
    return {};
  }
  [[nodiscard]] std::uint64_t end() const { return written_ + buffer_.size(); }

 private:
  const int fd_;
  std::string buffer_;
  std::uint64_t written_ = 0;
};

class RunFile::Stream final : public RowStream {
 public:
  Stream(int fd, std::uint64_t from, std::uint64_t to, std::size_t buffer_bytes)
      : fd_(fd), next_(from), end_(to), buffer_bytes_(buffer_bytes) {}

  Result<bool> next() override {
    at_ += std::exchange(row_bytes_, 0);
    if (buffer_.size() - at_ < kRowHeaderBytes) PURSER_TRY(refill(kRowHeaderBytes));
    if (at_ == buffer_.size()) return false;
    row_bytes_ = stored_bytes(load_row(buffer_.data() + at_));
    if (buffer_.size() - at_ < row_bytes_) PURSER_TRY(refill(row_bytes_));
    row_ = load_row(buffer_.data() + at_);
    return true;
  }

 private:
  // Has at least `wanted` bytes from `at_` on, unless the rows end here.
  Status refill(std::size_t wanted) {
    buffer_.erase(0, std::exchange(at_, 0));
    const std::uint64_t left = end_ - next_;
    if (buffer_.empty() && left == 0) return {};
    const std::size_t have = buffer_.size();
    if (wanted > have + left) return Io{"read", std::string(kWhat), "it holds something else"};
    const std::size_t size = std::max(wanted, buffer_bytes_) - have;
    const std::size_t more = static_cast<std::size_t>(std::min<std::uint64_t>(size, left));
    buffer_.resize(have + more);
    PURSER_TRY(read_at(fd_, buffer_.data() + have, more, next_));
    next_ += more;
    return {};
  }

  const int fd_;
  std::uint64_t next_;  // in the file, behind the buffer
  const std::uint64_t end_;
  const std::size_t buffer_bytes_;
  std::string buffer_;
  std::size_t at_ = 0;         // of the row in the buffer
  std::size_t row_bytes_ = 0;  // of the row gone to
};

Result<RunFile> RunFile::write(UniqueFd file, std::size_t tables, const Streams& streams) {
  Writer writer(file.get());
  std::vector<std::uint64_t> ends;
  for (std::size_t table = 0; table < tables; ++table) {
    PURSER_ASSIGN(const std::unique_ptr<RowStream> rows, streams(table));
    while (true) {
      PURSER_ASSIGN(const bool more, rows->next());
      if (!more) break;
      PURSER_TRY(writer.add(rows->row()));
    }
    ends.push_back(writer.end());
  }
  PURSER_TRY(writer.flush());
  return RunFile(std::move(file), std::move(ends));
}

std::unique_ptr<RowStream> RunFile::stream(std::size_t table, std::size_t buffer_bytes) const {
  const std::uint64_t from = table == 0 ? 0 : ends_[table - 1];
  return std::make_unique<Stream>(file_.get(), from, ends_[table], buffer_bytes);
}

}  // namespace purser
