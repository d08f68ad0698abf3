// Items that come one after the other and go in the same order, worked on by all processors in
// between.
//
// Memory: one item for each processor.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "parallel.h"
#include "purser/status.h"
#include "try.h"

namespace purser {

/// `take` gives the next item, or nothing at the end; `give` gets each item again, in order. Each
/// of the two is called by one thread at a time. `work` is called by several.
template <class Item>
class InOrder {
 public:
  using Take = std::function<Result<std::optional<Item>>()>;
  using Step = std::function<Status(Item& item)>;

  InOrder(Take take, Step work, Step give)
      : take_(std::move(take)), work_(std::move(work)), give_(std::move(give)) {}

  /// Returns when all threads have ended. An error of any step ends all; of several it is that of
  /// the first item, all items before which were given.
  Status run(std::size_t workers) {
    Workers all;
    PURSER_TRY(all.run(workers, [this](std::size_t) -> Status {
      while (one_item()) continue;
      return {};
    }));
    return std::move(error_);
  }

 private:
  bool one_item() {
    std::unique_lock taking(taking_);
    if (ended_) return false;
    const std::size_t number = taken_++;
    Result<std::optional<Item>> item = take_();
    const bool more = item.has_value() && item->has_value();
    ended_ = !more;
    taking.unlock();
    Status status;
    if (more) status = work_(**item);
    if (!item) status = item.error();

    std::unique_lock giving(giving_);
    turn_has_come_.wait(giving, [&] { return turn_ == number; });
    if (status && more && !failed_) status = give_(**item);
    ++turn_;
    turn_has_come_.notify_all();
    if (status) return more && !failed_;
    if (!std::exchange(failed_, true)) error_ = std::move(status);
    return false;
  }

  const Take take_;
  const Step work_;
  const Step give_;

  std::mutex taking_;
  std::size_t taken_ = 0;
  bool ended_ = false;

  std::mutex giving_;
  std::condition_variable turn_has_come_;
  std::size_t turn_ = 0;
  bool failed_ = false;
  Status error_;
};

}  // namespace purser
