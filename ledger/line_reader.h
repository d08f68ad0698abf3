// Lines out of a stream of bytes, each of bounded length. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "purser/artifact.h"
#include "purser/status.h"

namespace purser {

/// What errors call line `number`, from 1.
[[nodiscard]] std::string name_of_line(std::uint64_t number);

class LineReader {
 public:
  /// `source` must outlive the reader.
  LineReader(const ByteSource& source, std::size_t line_bytes_max)
      : source_(source), line_bytes_max_(line_bytes_max) {}

  /// Puts the next line, without its newline, into `line`; false at the end. Errors:
  /// LimitExceeded{line N}, Corruption{line N} for a last line without a newline, those of the
  /// source.
  Result<bool> next(std::string& line);

  /// Of the line that `next` gave last, or failed to give.
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  Result<bool> fill();

  const ByteSource& source_;
  const std::size_t line_bytes_max_;
  std::string buffer_;
  std::size_t at_ = 0;  // where the next line begins
  std::uint64_t number_ = 0;
};

}  // namespace purser
