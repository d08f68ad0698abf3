// Records of an export in a tar: `chunks/DIGEST`, `drafts/ID`, `files/DIGEST`, `manifests/DIGEST`,
// in this order (docs/import.md).
//
// The same records make the same bytes. What is read is hostile: any other name is refused, and so
// is whatever is no regular file. One thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "purser/carry.h"

struct archive;

namespace purser::tools {

struct LibArchive;

class TarWriter {
 public:
  /// To a descriptor, which stays the caller's. `name` is what an Io names. Errors: Io where there
  /// is no libarchive.
  static Result<std::unique_ptr<TarWriter>> open(int fd, std::string name);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  Status add(const CarriedRecord& record);
  /// Once, at the end.
  Status finish();

 private:
  TarWriter(const LibArchive& lib, std::string name) : lib_(lib), name_(std::move(name)) {}
  [[nodiscard]] Error failed() const;

  const LibArchive& lib_;
  const std::string name_;
  archive* tar_ = nullptr;
};

class TarReader {
 public:
  /// Errors: as above.
  static Result<std::unique_ptr<TarReader>> open(ByteSource source, std::string name);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  /// Nothing at the end. Errors: Corruption, LimitExceeded, those of the source.
  Result<std::optional<CarriedRecord>> next();

 private:
  TarReader(const LibArchive& lib, ByteSource source, std::string name)
      : lib_(lib), source_(std::move(source)), name_(std::move(name)) {}
  std::ptrdiff_t read_block(const void** block);
  [[nodiscard]] Error failed(const std::string& where) const;

  const LibArchive& lib_;
  const ByteSource source_;
  const std::string name_;
  std::vector<char> block_;
  std::optional<Error> source_failed_;
  archive* tar_ = nullptr;
};

}  // namespace purser::tools
