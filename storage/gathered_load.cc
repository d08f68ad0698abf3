#include "gathered_load.h"

#include <sys/mman.h>

#include <string>
#include <utility>

#include "posix.h"

namespace purser {

class GatheredLoad::Sink final : public RowSink {
 public:
  explicit Sink(GatheredLoad& load) : load_(load) {}

  Status add(std::string_view key, std::string_view value) override {
    rows_.put(load_.space_, std::string(key), std::string(value));
    return {};
  }
  Status finish() override {
    const std::lock_guard lock(load_.mutex_);
    load_.finished_.append(std::move(rows_));
    return {};
  }

 private:
  GatheredLoad& load_;
  WriteSet rows_;
};

Result<std::unique_ptr<RowSink>> GatheredLoad::sink() {
  return std::unique_ptr<RowSink>(std::make_unique<Sink>(*this));
}

Result<UniqueFd> GatheredLoad::scratch_file() {
  UniqueFd file(::memfd_create("rows", MFD_CLOEXEC));
  if (!file.valid()) return io_error("create", "a file in memory");
  return file;
}

Status GatheredLoad::finish() { return store_.write(finished_); }

}  // namespace purser
