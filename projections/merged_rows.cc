#include "merged_rows.h"

#include <utility>

#include "try.h"

namespace purser {

Result<bool> MergedRows::next() {
  if (stop_) return Cancelled{};
  PURSER_TRY(started_ ? advance_first() : start());
  while (is_overwritten()) PURSER_TRY(advance_first());
  if (heap_.empty()) return false;
  row_ = inputs_[heap_.front()]->row();
  return true;
}

Status MergedRows::start() {
  started_ = true;
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    PURSER_ASSIGN(const bool more, inputs_[input]->next());
    if (more) heap_.push_back(input);
  }
  for (std::size_t at = heap_.size() / 2; at-- > 0;) sift_down(at);
  return {};
}

Status MergedRows::advance_first() {
  if (heap_.empty()) return {};
  PURSER_ASSIGN(const bool more, inputs_[heap_.front()]->next());
  if (!more) {
    heap_.front() = heap_.back();
    heap_.pop_back();
  }
  sift_down(0);
  return {};
}

void MergedRows::sift_down(std::size_t at) {
  while (true) {
    std::size_t least = 2 * at + 1;
    if (least >= heap_.size()) return;
    if (least + 1 < heap_.size() && before(heap_[least + 1], heap_[least])) ++least;
    if (!before(heap_[least], heap_[at])) return;
    std::swap(heap_[at], heap_[least]);
    at = least;
  }
}

bool MergedRows::before(std::size_t one, std::size_t other) const {
  const int order = inputs_[one]->row().key.compare(inputs_[other]->row().key);
  return order != 0 ? order < 0 : one < other;
}

// Whether a later input has a row with the key of the first: it stands right below it.
bool MergedRows::is_overwritten() const {
  for (std::size_t child = 1; child < std::min<std::size_t>(heap_.size(), 3); ++child) {
    if (inputs_[heap_[child]]->row().key == inputs_[heap_.front()]->row().key) return true;
  }
  return false;
}

}  // namespace purser
