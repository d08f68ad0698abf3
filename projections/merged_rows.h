// Several streams of rows as one. Of rows with equal keys only that of the last stream is shown.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "row_stream.h"

namespace purser {

class MergedRows final : public RowStream {
 public:
  /// Ends with Cancelled once `stop` is set.
  MergedRows(std::vector<std::unique_ptr<RowStream>> inputs, const std::atomic<bool>& stop)
      : inputs_(std::move(inputs)), stop_(stop) {}

  Result<bool> next() override;

 private:
  Status start();
  Status advance_first();
  void sift_down(std::size_t at);
  [[nodiscard]] bool before(std::size_t one, std::size_t other) const;
  [[nodiscard]] bool is_overwritten() const;

  const std::vector<std::unique_ptr<RowStream>> inputs_;
  const std::atomic<bool>& stop_;
  bool started_ = false;
  std::vector<std::size_t> heap_;  // of inputs that have a row, the one with the least key on top
};

}  // namespace purser
