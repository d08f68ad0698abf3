#include "line_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;

}  // namespace

std::string name_of_line(std::uint64_t number) { return fmt::format("line {}", number); }

Result<bool> LineReader::next(std::string& line) {
  ++number_;
  std::size_t looked_at = at_;
  while (true) {
    const std::size_t end = buffer_.find('\n', looked_at);
    const std::size_t size = std::min(end, buffer_.size()) - at_;
    if (size > line_bytes_max_) return LimitExceeded{name_of_line(number_), line_bytes_max_, size};
    if (end != std::string::npos) {
      line.assign(buffer_, at_, size);
      at_ = end + 1;
      return true;
    }
    PURSER_ASSIGN(const bool more, fill());
    if (!more && at_ == buffer_.size()) return false;
    if (!more) return Corruption{name_of_line(number_), "it is cut short: no newline ends it"};
    looked_at = at_ + size;
  }
}

// Moves what is left to the front and reads on behind it.
Result<bool> LineReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kReadBytes);
  const Result<std::size_t> count = source_(buffer_.data() + kept, kReadBytes);
  buffer_.resize(kept + (count ? *count : 0));
  PURSER_TRY(count);
  return *count > 0;
}

}  // namespace purser
