#include "merkle_rows.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "check.h"
#include "event_codec.h"
#include "event_log.h"
#include "try.h"

namespace purser {
namespace {

// Of subtree number `index` of 2^`level` leaves. `begin` ends with a build.
std::string row_key(Key begin, unsigned level, std::uint64_t index) {
  return begin.u8(static_cast<std::uint8_t>(level)).u64(index).str();
}

// The leaves of `count` events. A scan looks into every table that was written lately, so a few are
// asked for one by one.
Result<std::vector<Digest>> leaves(const RowReader& rows, Position first, std::uint64_t count) {
  constexpr std::uint64_t kFew = 16;
  std::vector<Digest> hashes;
  for (std::uint64_t i = 0; i < count && count <= kFew; ++i) {
    PURSER_ASSIGN(const std::string stored, read_stored_event(rows, Position{first.value + i}));
    hashes.push_back(merkle_leaf(stored));
  }
  if (count <= kFew) return hashes;
  const Position last{first.value + count - 1};
  PURSER_TRY(scan_stored_events(rows, first, last, Direction::ascending,
                                [&](Position, std::string_view stored) -> Result<bool> {
                                  hashes.push_back(merkle_leaf(stored));
                                  return true;
                                }));
  return hashes;
}

// What the rows of one level say. The database knows of which 256 its tables have rows, so a range
// that does not reach beyond them is looked for in few tables (storage/rocks_options.cc).
Result<std::vector<Digest>> roots_in_rows(const View& view, unsigned level, std::uint64_t first,
                                          std::uint64_t count) {
  const Key begin = view.key(ProjectionId::merkle);
  const KeyRange range{row_key(begin, level, first),
                       row_key(begin, level, first + count - 1) + '\0'};
  std::vector<Digest> roots;
  bool whole = true;
  PURSER_TRY(view.rows.scan(Space::state, range, Direction::ascending,
                            [&](std::string_view key, std::string_view value) {
                              const std::uint64_t due = first + roots.size();
                              Digest& root = roots.emplace_back();
                              whole = trailing_u64(key) == due && value.size() == sizeof root;
                              if (whole) std::memcpy(root.bytes.data(), value.data(), sizeof root);
                              return whole;
                            }));
  if (!whole || roots.size() != count) return damaged_row(ProjectionId::merkle);
  return roots;
}

// Answers for every perfect subtree from those that are stored. A proof asks for several of what is
// made of the same sixteen, so these are kept.
class Subtrees {
 public:
  explicit Subtrees(const View& view) : view_(view) {}

  /// Lives as long as this.
  SubtreeReader reader() {
    return [this](unsigned level, std::uint64_t index) { return root(level, index); };
  }

 private:
  static constexpr std::uint64_t kGroupSize = std::uint64_t{1} << kMerkleLevelStep;
  using Group = std::vector<Digest>;

  Result<Digest> root(unsigned level, std::uint64_t index) {
    const unsigned above = level % kMerkleLevelStep;
    const std::uint64_t width = std::uint64_t{1} << above;
    PURSER_ASSIGN(const auto group, group_of(level - above, index * width));
    const std::uint64_t from = index * width % kGroupSize;
    std::vector<Digest> roots(group->begin() + static_cast<std::ptrdiff_t>(from),
                              group->begin() + static_cast<std::ptrdiff_t>(from + width));
    for (; roots.size() > 1; roots.resize(roots.size() / 2)) {
      for (std::size_t i = 0; 2 * i < roots.size(); ++i) {
        roots[i] = merkle_node(roots[2 * i], roots[2 * i + 1]);
      }
    }
    return roots.front();
  }

  // The subtrees of `level` that are made one in four levels, as far as there are any.
  Result<const Group*> group_of(unsigned level, std::uint64_t index) {
    const std::uint64_t first = index - index % kGroupSize;
    auto& group = groups_[{level, first}];
    if (group.empty()) {
      const std::uint64_t there = view_.at.value >> level;
      const std::uint64_t count = std::min(kGroupSize, there - first);
      PURSER_ASSIGN(group, subtree_roots(view_, level, first, count));
    }
    return &group;
  }

  const View& view_;
  std::map<std::pair<unsigned, std::uint64_t>, Group> groups_;
};

Status check_built(const View& view) {
  constexpr auto kId = static_cast<std::size_t>(ProjectionId::merkle);
  if (view.builds[kId] != 0) return {};
  return UnsupportedVersion{"projection 'merkle' (opening the ledger for writing makes it)", 0,
                            all_projections()[kId].version};
}

}  // namespace

void GrowingTree::append(const Digest& leaf, std::uint32_t build, WriteSet& changes) {
  const std::uint64_t number = range_.size();
  range_.append(leaf, [&](unsigned level, const Digest& root) {
    if (level == 0 || level % kMerkleLevelStep != 0) return;
    changes.put(Space::state,
                row_key(build_key(ProjectionId::merkle, build), level, number >> level),
                {reinterpret_cast<const char*>(root.bytes.data()), root.bytes.size()});
  });
}

Result<std::vector<Digest>> subtree_roots(const View& view, unsigned level, std::uint64_t first,
                                          std::uint64_t count) {
  PURSER_CHECK(level % kMerkleLevelStep == 0, "no rows of this level");
  PURSER_TRY(check_built(view));
  if (level == 0) return leaves(view.rows, Position{first + 1}, count);
  return roots_in_rows(view, level, first, count);
}

Result<CompactRange> compact_range(const View& view, Position size) {
  PURSER_TRY(check_built(view));
  Subtrees subtrees(view);
  return read_compact_range(size.value, subtrees.reader());
}

Result<Digest> tree_root(const View& view, Position size) {
  PURSER_ASSIGN(const CompactRange range, compact_range(view, size));
  return range.root();
}

Result<std::vector<Digest>> inclusion_proof(const View& view, Position event, Position size) {
  PURSER_TRY(check_built(view));
  Subtrees subtrees(view);
  return prove_inclusion(event.value - 1, size.value, subtrees.reader());
}

Result<std::vector<Digest>> consistency_proof(const View& view, Position older, Position newer) {
  PURSER_TRY(check_built(view));
  Subtrees subtrees(view);
  return prove_consistency(older.value, newer.value, subtrees.reader());
}

Result<Digest> root_from_events(const RowReader& rows, CompactRange from, Position size) {
  Event event;
  PURSER_TRY(scan_stored_events(rows, Position{from.size() + 1}, size, Direction::ascending,
                                [&](Position position, std::string_view stored) -> Result<bool> {
                                  PURSER_TRY(decode_event(stored, position, event));
                                  from.append(merkle_leaf(stored));
                                  return true;
                                }));
  return from.root();
}

}  // namespace purser
