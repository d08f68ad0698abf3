// The stored events of a log, read by a thread of their own while another one works on those that
// came before.
//
// For one thread besides that one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "purser/status.h"
#include "purser/types.h"
#include "store.h"

namespace purser {

class EventsAhead {
 public:
  /// Stored events of consecutive positions.
  class Batch {
   public:
    explicit Batch(Position first) : first_(first) {}
    void add(std::string_view stored) {
      bytes_.append(stored);
      ends_.push_back(bytes_.size());
    }
    void add_leaf(const Digest& leaf) { leaves_.push_back(leaf); }
    [[nodiscard]] Position position(std::size_t index) const {
      return Position{first_.value + index};
    }
    [[nodiscard]] std::string_view stored(std::size_t index) const {
      const std::size_t from = index == 0 ? 0 : ends_[index - 1];
      return std::string_view(bytes_).substr(from, ends_[index] - from);
    }
    /// Its hash as a leaf of the Merkle tree, where leaves were asked for.
    [[nodiscard]] const Digest& leaf(std::size_t index) const { return leaves_[index]; }
    [[nodiscard]] std::size_t size() const { return ends_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

   private:
    Position first_;
    std::string bytes_;
    std::vector<std::size_t> ends_;
    std::vector<Digest> leaves_;
  };

  /// All events from `first` to `last`; with `leaves` hashed as well, which takes longer than
  /// reading them. `rows` must outlive this.
  EventsAhead(const RowReader& rows, Position first, Position last, bool leaves);
  ~EventsAhead();
  EventsAhead(const EventsAhead&) = delete;
  EventsAhead& operator=(const EventsAhead&) = delete;

  /// The next events; none after the last. Errors: those of reading, where they come up.
  Result<Batch> next();

 private:
  Status read(const RowReader& rows, Position first, Position last, bool leaves);
  bool hand_over(Batch batch);

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Batch> ahead_;
  bool at_end_ = false;  // of what can be read
  bool abandoned_ = false;
  std::future<Status> reading_;
};

}  // namespace purser
