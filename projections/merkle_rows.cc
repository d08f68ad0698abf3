#include "merkle_rows.h"

#include <bit>
#include <cstring>
#include <string>

#include "event_codec.h"
#include "event_log.h"
#include "try.h"

namespace purser {
namespace {

constexpr unsigned kLowestLevel = 4;  // of which rows speak

std::string row_key(std::uint32_t build, Position position) {
  return build_key(ProjectionId::merkle, build).number(position).str();
}

// The levels of which the row at `position` speaks.
std::size_t levels_at(Position position) {
  return static_cast<std::size_t>(std::countr_zero(position.value)) + 1 - kLowestLevel;
}

Result<Digest> root_in_row(const View& view, unsigned level, Position last) {
  PURSER_ASSIGN(const auto row,
                view.rows.get(Space::state, view.key(ProjectionId::merkle).number(last).str()));
  if (!row || row->size() != levels_at(last) * sizeof(Digest)) {
    return damaged_row(ProjectionId::merkle);
  }
  Digest root;
  std::memcpy(root.bytes.data(), row->data() + (level - kLowestLevel) * sizeof root, sizeof root);
  return root;
}

// The root over the events from `first` through `last` alone.
Result<Digest> root_of_few(const RowReader& rows, Position first, Position last) {
  CompactRange range;
  PURSER_TRY(scan_stored_events(rows, first, last, Direction::ascending,
                                [&](Position, std::string_view stored) -> Result<bool> {
                                  range.append(merkle_leaf(stored));
                                  return true;
                                }));
  return range.root();
}

SubtreeReader subtrees_of(const View& view) {
  return [&view](unsigned level, std::uint64_t index) -> Result<Digest> {
    const Position first{(index << level) + 1};
    const Position last{(index + 1) << level};
    if (level < kLowestLevel) return root_of_few(view.rows, first, last);
    return root_in_row(view, level, last);
  };
}

Status check_built(const View& view) {
  if (view.builds[static_cast<std::size_t>(ProjectionId::merkle)] != 0) return {};
  return UnsupportedVersion{"projection 'merkle' (opening the ledger for writing makes it)", 0, 1};
}

}  // namespace

void GrowingTree::append(const Digest& leaf, std::uint32_t build, WriteSet& changes) {
  std::string row;
  range_.append(leaf, [&](unsigned level, const Digest& root) {
    if (level < kLowestLevel) return;
    row.append(reinterpret_cast<const char*>(root.bytes.data()), root.bytes.size());
  });
  if (!row.empty()) changes.put(Space::state, row_key(build, size()), std::move(row));
}

Result<CompactRange> compact_range(const View& view, Position size) {
  PURSER_TRY(check_built(view));
  return read_compact_range(size.value, subtrees_of(view));
}

Result<Digest> tree_root(const View& view, Position size) {
  PURSER_ASSIGN(const CompactRange range, compact_range(view, size));
  return range.root();
}

Result<std::vector<Digest>> inclusion_proof(const View& view, Position event, Position size) {
  PURSER_TRY(check_built(view));
  return prove_inclusion(event.value - 1, size.value, subtrees_of(view));
}

Result<std::vector<Digest>> consistency_proof(const View& view, Position older, Position newer) {
  PURSER_TRY(check_built(view));
  return prove_consistency(older.value, newer.value, subtrees_of(view));
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
