// A BulkLoad for a Store that has no way past `write`: the rows stay in memory until then.
#pragma once

#include <mutex>

#include "bulk_load.h"
#include "store.h"

namespace purser {

class GatheredLoad final : public BulkLoad {
 public:
  GatheredLoad(Store& store, Space space) : store_(store), space_(space) {}

  Result<std::unique_ptr<RowSink>> sink() override;
  Result<UniqueFd> scratch_file() override;
  Status finish() override;

 private:
  class Sink;

  Store& store_;
  const Space space_;
  std::mutex mutex_;  // guards what sinks finish
  WriteSet finished_;
};

}  // namespace purser
