// Records of an export in a tar: `chunks/DIGEST`, `drafts/ID`, `files/DIGEST`, `manifests/DIGEST`,
// in this order (docs/import.md).
//
// The same records make the same bytes. What is read is hostile: any other name is refused, and so
// is whatever is no regular file. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "purser/carry.h"

struct archive;

namespace purser::tools {

class TarWriter {
 public:
  /// To a descriptor, which stays the caller's. `name` is what an Io names.
  TarWriter(int fd, std::string name);
  ~TarWriter();

  Status add(const CarriedRecord& record);
  /// Once, at the end.
  Status finish();

 private:
  [[nodiscard]] Error failed() const;

  struct Free {
    void operator()(archive* tar) const;
  };
  const std::string name_;
  std::unique_ptr<archive, Free> tar_;
};

class TarReader {
 public:
  TarReader(int fd, std::string name);
  ~TarReader();

  /// Nothing at the end. Errors: Corruption, LimitExceeded.
  Result<std::optional<CarriedRecord>> next();

 private:
  struct Free {
    void operator()(archive* tar) const;
  };
  const std::string name_;
  std::unique_ptr<archive, Free> tar_;
};

}  // namespace purser::tools
