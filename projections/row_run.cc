#include "row_run.h"

#include <algorithm>
#include <bit>

#include "check.h"

namespace purser {
namespace {

constexpr unsigned kBlockBits = 18;
constexpr std::size_t kBlockBytes = std::size_t{1} << kBlockBits;
constexpr std::size_t kBlocksMax = std::size_t{1} << (31 - kBlockBits);

// So few rows are compared as a whole.
constexpr std::ptrdiff_t kFewRows = 8;

// Rows lie in memory as they came, and are looked at in another order: the processor is told a
// little ahead which one will be next.
constexpr std::ptrdiff_t kRowsAhead = 16;

// The eight bytes of `key` from `depth` on, missing ones as zeros.
std::uint64_t digit_of(std::string_view key, std::size_t depth) {
  std::uint64_t digit = 0;
  std::memcpy(&digit, key.data() + depth, std::min(sizeof digit, key.size() - depth));
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(digit);
}

}  // namespace

// Sorts by the first eight bytes of the keys, then those with equal ones by the next eight. Keys of
// a table begin alike (with an owner's name, say), so that comparing whole keys would look at the
// same bytes, and miss the processor's cache, again and again. Rows often come in order.
class RowRun::Sorter {
 public:
  // What a sort compares first: eight bytes of the key as one number. Rows that arrived earlier
  // have smaller places, so that the order is total.
  struct Entry {
    std::uint64_t digit;
    std::uint32_t place;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  Sorter(const RowRun& run, std::vector<Place>& places) : run_(run), places_(places) {
    entries_.reserve(places.size());
    for (const Place place : places) entries_.push_back({0, place});
  }

  void sort() {
    sort(entries_.begin(), entries_.end(), 0);
    places_.clear();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      const bool last = entry + 1 == entries_.end() || key(*entry) != key(*(entry + 1));
      if (last) places_.push_back(entry->place);
    }
  }

 private:
  using Iterator = std::vector<Entry>::iterator;

  [[nodiscard]] std::string_view key(const Entry& entry) const { return run_.at(entry.place).key; }

  // All keys of the range are equal up to `depth`, and at least as long.
  void sort(Iterator from, Iterator to, std::size_t depth) {
    if (to - from <= kFewRows) return compare(from, to);
    for (auto entry = from; entry != to; ++entry) {
      if (to - entry > kRowsAhead) run_.prefetch(entry[kRowsAhead].place);
      entry->digit = digit_of(key(*entry), depth);
    }
    if (!std::is_sorted(from, to)) std::sort(from, to);
    while (from != to) {
      const auto same = [&](const Entry& entry) { return entry.digit == from->digit; };
      const auto end = std::find_if_not(from + 1, to, same);
      if (end - from > 1) sort_behind(from, end, depth + sizeof from->digit);
      from = end;
    }
  }

  // The keys are equal up to `depth`, but for some that may have ended before in zeros.
  void sort_behind(Iterator from, Iterator to, std::size_t depth) {
    const auto goes_on = [&](const Entry& entry) { return key(entry).size() >= depth; };
    std::all_of(from, to, goes_on) ? sort(from, to, depth) : compare(from, to);
  }

  void compare(Iterator from, Iterator to) {
    const auto before = [this](const Entry& a, const Entry& b) {
      const int order = key(a).compare(key(b));
      return order != 0 ? order < 0 : a.place < b.place;
    };
    if (!std::is_sorted(from, to, before)) std::sort(from, to, before);
  }

  const RowRun& run_;
  std::vector<Place>& places_;
  std::vector<Entry> entries_;
};

class RowRun::Stream final : public RowStream {
 public:
  Stream(const RowRun& run, const std::vector<Place>& places)
      : run_(run), next_(places.begin()), end_(places.end()) {}

  Result<bool> next() override {
    if (next_ == end_) return false;
    if (end_ - next_ > kRowsAhead) run_.prefetch(next_[kRowsAhead]);
    row_ = run_.at(*next_++);
    return true;
  }

 private:
  const RowRun& run_;
  std::vector<Place>::const_iterator next_;
  std::vector<Place>::const_iterator end_;
};

void RowRun::add(std::size_t table, const PassingRow& row) {
  const std::size_t bytes = stored_bytes(row);
  PURSER_CHECK(bytes <= kBlockBytes, "a row is larger than any can be");
  if (blocks_.empty() || kBlockBytes - block_used_ < bytes) begin_block();
  store_row(row, blocks_.back().get() + block_used_);
  places_[table].push_back(static_cast<Place>((blocks_.size() - 1) << kBlockBits | block_used_));
  block_used_ += bytes;
}

void RowRun::begin_block() {
  PURSER_CHECK(blocks_.size() < kBlocksMax, "a run of rows is too long");
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
  block_used_ = 0;
  memory_bytes_ = blocks_.size() * kBlockBytes;
  std::size_t longest = 0;
  for (const std::vector<Place>& places : places_) {
    memory_bytes_ += places.capacity() * sizeof(Place);
    longest = std::max(longest, places.size());
  }
  memory_bytes_ += longest * sizeof(Sorter::Entry);
}

void RowRun::sort() {
  for (std::vector<Place>& places : places_) Sorter(*this, places).sort();
}

std::unique_ptr<RowStream> RowRun::stream(std::size_t table) const {
  return std::make_unique<Stream>(*this, places_[table]);
}

const char* RowRun::bytes_at(Place place) const {
  return blocks_[place >> kBlockBits].get() + (place & (kBlockBytes - 1));
}

}  // namespace purser
