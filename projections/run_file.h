// A run that gave its place in memory up: its rows, sorted, in a file that has no name.
//
// Writing is done by one thread; streams may be read beside each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "row_stream.h"
#include "unique_fd.h"

namespace purser {

class RunFile {
 public:
  /// Fills `file` with the rows of each table in turn. Errors: Io, and those of the streams.
  using Streams = std::function<Result<std::unique_ptr<RowStream>>(std::size_t table)>;
  static Result<RunFile> write(UniqueFd file, std::size_t tables, const Streams& streams);

  /// Reads `buffer_bytes` at a time, or one row where that is larger. Must not outlive the file.
  [[nodiscard]] std::unique_ptr<RowStream> stream(std::size_t table,
                                                  std::size_t buffer_bytes) const;

 private:
  class Stream;
  class Writer;
  RunFile(UniqueFd file, std::vector<std::uint64_t> ends)
      : file_(std::move(file)), ends_(std::move(ends)) {}

  UniqueFd file_;
  std::vector<std::uint64_t> ends_;  // of the rows of each table
};

}  // namespace purser
