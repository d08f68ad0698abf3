// Rows that no commit has made: whoever reads them comes to an end, with no more answers than there
// are rows, or with an error that says what is damaged.
#include <array>
#include <memory>

#include "activations.h"
#include "build.h"
#include "chunk_index.h"
#include "chunk_lists.h"
#include "deployments.h"
#include "draft.h"
#include "faults/fuzz/harness.h"
#include "freezes.h"
#include "identifiers.h"
#include "memory_store.h"
#include "merkle_rows.h"
#include "owners.h"
#include "pointers.h"
#include "requests.h"
#include "row_names.h"

namespace purser::fuzz {
namespace {

constexpr std::size_t kRowsMax = 12;
constexpr Position kAt{1000};
constexpr DeploymentId kId{1};
constexpr Builds kBuilds{1, 1, 1, 1, 1, 1, 1, 1};

// Where rows of each kind begin, so that most of what is tried lies where somebody looks.
std::string beginning(Input& input) {
  using std::string_literals::operator""s;
  static const std::array<std::string, 15> kTags{
      "h",          "f",          "k",          "l",          "p",
      "D\0\0\0\1"s, "P\0\0\0\1"s, "A\0\0\0\1"s, "O\0\0\0\1"s, "U\0\0\0\1"s,
      "R\0\0\0\1"s, "F\0\0\0\1"s, "M\0\0\0\1"s, "b",          ""};
  static const std::array<std::string, 5> kNames{"", "o\0"s, "o\0c\0"s, "\0\0\0\0\0\0\0\1"s,
                                                 std::string(sizeof(Digest), '\0')};
  const std::string& tag = kTags[input.below(kTags.size())];
  return tag + kNames[input.below(kNames.size())];
}

std::size_t put_rows(Input& input, MemoryStore& store) {
  WriteSet changes;
  while (!input.at_end() && changes.size() < kRowsMax) {
    std::string key = beginning(input);
    key += input.text(input.number<std::uint8_t>() % 64);
    if (key.empty()) continue;
    const std::string_view value = input.text(input.number<std::uint8_t>());
    const auto projection = static_cast<std::uint8_t>(key.back() & 7);
    static_cast<void>(name_of_row(ProjectionId{projection}, key));
    changes.put(Space::state, std::move(key), std::string(value));
  }
  require(store.write(changes).has_value(), "memory takes every row");
  return changes.size();
}

// What a list may be: an error that says what is wrong, or no longer than there are rows.
template <class Items>
void check_items(const Result<Items>& items, std::size_t rows) {
  require(items || items.error().template is<Corruption>(), "what cannot be read is damage");
  require(!items || items->size() <= rows, "no more answers than rows");
}
template <class T>
void check_answer(const T& answer) {
  require(answer.has_value() || answer.error().template is<Corruption>() ||
              answer.error().template is<UnsupportedVersion>(),
          "what cannot be read is damage");
}

void look_at_drafts(const RowReader& rows, std::size_t count) {
  check_items(all_drafts(rows), count);
  check_answer(draft_head(rows, kId));
  check_items(draft_files(rows, kId, {5, 0}), count);
  check_answer(draft_file(rows, kId, {5, 0}, "a/b"));
  const Status clash = check_draft_clash(rows, kId, {5, 0}, "a/b");
  require(clash || clash.error().is<AlreadyExists>() || clash.error().is<Corruption>(),
          "a clash is a file that is there");
}

void look_at_chunks(const RowReader& rows, std::size_t count) {
  check_items(all_pack_ends(rows), count);
  check_answer(last_pack_end(rows));
  check_answer(find_chunk(rows, Digest{}));
  check_answer(find_chunk_list(rows, Digest{}));
  std::size_t visited = 0;
  check_answer(visit_chunk_places(rows, [&](const Digest&, const BlockPlace&) { ++visited; }));
  check_answer(visit_chunk_lists(rows, [&](const Digest&, const Result<ChunkList>& list) {
    ++visited;
    check_answer(list);
  }));
  require(visited <= 2 * count, "no more answers than rows");
}

void look_at_pointers(const View& view, std::size_t count) {
  check_answer(latest_pointer(view, "o", "c"));
  check_answer(latest_pointer_until(view, "o", "c", Timestamp{7}));
  check_items(channels_of(view, "o"), count);
  std::size_t visited = 0;
  check_answer(scan_pointer(view, "o", "c", Generation{UINT64_MAX}, [&](const PointerRow& row) {
    ++visited;
    require(row.parent < row.generation, "a parent is older than its child");
    return true;
  }));
  check_answer(scan_pointer_names(view, std::nullopt, [&](const PointerName&) {
    ++visited;
    return Result<bool>(true);
  }));
  require(visited <= 2 * count, "no more answers than rows");
  check_answer(latest_activation_of(view, "o", "c", kId));
  check_items(once_active(view, "o"), count);
}

void look_at_deployments(const View& view, std::size_t count) {
  std::size_t visited = 0;
  check_answer(find_dated_deployment(view, kId));
  check_answer(last_deployment(view));
  check_answer(visit_deployments(view, [&](const SharedDeployment&) {
    ++visited;
    return Status();
  }));
  check_answer(scan_owner(view, "o", DeploymentId{UINT64_MAX}, [&](DeploymentId) {
    ++visited;
    return true;
  }));
  require(visited <= 2 * count, "no more answers than rows");
  check_items(owners_after(view, "", 1000), count);
  check_items(identified_by(view, "", 1000), count);
  check_answer(find_request(view, "o"));
  check_answer(freeze_in_force(view, "o", "c"));
  check_answer(ever_frozen(view));
  check_answer(tree_root(view, Position{5}));
}

}  // namespace

void look(std::string_view bytes) {
  Input input(bytes);
  MemoryStore store;
  std::size_t count = put_rows(input, store);
  if (mutant("no-row")) count = 0;
  const std::unique_ptr<RowReader> rows = store.snapshot();
  const View view{*rows, kBuilds, kAt};
  look_at_drafts(*rows, count);
  look_at_chunks(*rows, count);
  look_at_pointers(view, count);
  look_at_deployments(view, count);
  check_answer(read_builds(*rows));
}

}  // namespace purser::fuzz
