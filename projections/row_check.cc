#include "row_check.h"

#include <fcntl.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "posix.h"
#include "rebuild.h"
#include "row_names.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::uint64_t kRowsPerQuestion = 4096;

// The stored rows of a range, one after the other; they are read a piece at a time.
class StoredRows {
 public:
  StoredRows(const RowReader& rows, KeyRange range) : rows_(rows), left_(std::move(range)) {}

  // Goes to the first row; afterwards to the next.
  Status advance() {
    if (++at_ < piece_.size()) return {};
    if (at_end_) {
      piece_.clear();
      return {};
    }
    return read_piece();
  }
  [[nodiscard]] bool at_end() const { return at_ >= piece_.size(); }
  [[nodiscard]] const Row& row() const { return piece_[at_]; }

 private:
  Status read_piece() {
    piece_.clear();
    at_ = 0;
    at_end_ = true;
    std::size_t bytes = 0;
    PURSER_TRY(rows_.scan(Space::state, left_, Direction::ascending,
                          [&](std::string_view key, std::string_view value) {
                            piece_.push_back({std::string(key), std::string(value)});
                            bytes += key.size() + value.size();
                            at_end_ = bytes < kPieceBytes;
                            return at_end_;
                          }));
    if (!at_end_) left_.from = piece_.back().key + '\0';
    return {};
  }

  const RowReader& rows_;
  KeyRange left_;  // not read yet
  std::vector<Row> piece_;
  std::size_t at_ = 0;
  bool at_end_ = false;  // of what is stored
};

// One projection: rows of the fold come in order, and meet those that are stored.
class Table {
 public:
  Table(const RowReader& rows, ProjectionId id, std::uint32_t build)
      : prefix_(build_key(id, build).str()), stored_(rows, prefix_range(prefix_)) {
    result_.id = id;
  }

  [[nodiscard]] bool has(std::string_view key) const { return key.starts_with(prefix_); }

  Status expect(std::string_view key, std::string_view value) {
    PURSER_TRY(start());
    ++result_.rows;
    while (!stored_.at_end() && stored_.row().key < key) PURSER_TRY(too_many());
    if (stored_.at_end() || stored_.row().key != key) {
      note(key, excerpt(value, {}), "nothing");
      return {};
    }
    const std::string& found = stored_.row().value;
    if (found != value) note(key, excerpt(value, found), excerpt(found, value));
    return stored_.advance();
  }

  Status finish() {
    PURSER_TRY(start());
    while (!stored_.at_end()) PURSER_TRY(too_many());
    return {};
  }

  [[nodiscard]] RowComparison take_result() { return std::move(result_); }

 private:
  Status start() { return std::exchange(started_, true) ? Status() : stored_.advance(); }
  Status too_many() {
    note(stored_.row().key, "nothing", excerpt(stored_.row().value, {}));
    return stored_.advance();
  }
  void note(std::string_view key, std::string expected, std::string found) {
    if (++result_.differences > 1) return;
    result_.key = name_of_row(result_.id, key.substr(kTablePrefixBytes));
    result_.expected = std::move(expected);
    result_.found = std::move(found);
  }

  const std::string prefix_;
  StoredRows stored_;
  bool started_ = false;
  RowComparison result_;
};

// Stands where a rebuild writes.
class Comparison final : public BulkLoad {
 public:
  explicit Comparison(std::vector<std::unique_ptr<Table>>& tables) : tables_(tables) {}

  Result<std::unique_ptr<RowSink>> sink() override {
    return std::unique_ptr<RowSink>(std::make_unique<Sink>(tables_));
  }
  Result<UniqueFd> scratch_file() override {
    const char* directory = ::secure_getenv("TMPDIR");
    if (directory == nullptr || *directory == '\0') directory = "/var/tmp";
    UniqueFd file(::open(directory, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    if (!file.valid()) return io_error("create a file in", directory);
    return file;
  }
  Status finish() override {
    for (const auto& table : tables_) PURSER_TRY(table->finish());
    return {};
  }

 private:
  // Each table is met by one sink, that is, by one thread.
  class Sink final : public RowSink {
   public:
    explicit Sink(std::vector<std::unique_ptr<Table>>& tables) : tables_(tables) {}
    Status add(std::string_view key, std::string_view value) override {
      while (!tables_[at_]->has(key)) at_ = (at_ + 1) % tables_.size();
      return tables_[at_]->expect(key, value);
    }
    Status finish() override { return {}; }

   private:
    std::vector<std::unique_ptr<Table>>& tables_;
    std::size_t at_ = 0;
  };

  std::vector<std::unique_ptr<Table>>& tables_;
};

}  // namespace

ComparedBuilds::ComparedBuilds(const BuildStates& states) {
  for (const Projection& projection : all_projections()) {
    const auto index = static_cast<std::size_t>(projection.id);
    builds[index] = states[index].build;
    has_[index] = states[index].build == 0 || states[index].version == projection.version;
  }
}

Result<RowSum> sum_stored_rows(const RowReader& rows, ProjectionId id, std::uint32_t build,
                               const std::function<bool()>& go_on) {
  RowSum sum;
  bool cancelled = false;
  PURSER_TRY(rows.scan(Space::state, prefix_range(build_key(id, build).str()), Direction::ascending,
                       [&](std::string_view key, std::string_view value) {
                         sum.add(key, value);
                         cancelled = sum.rows % kRowsPerQuestion == 0 && !go_on();
                         return !cancelled;
                       }));
  if (cancelled) return Cancelled{};
  return sum;
}

Result<std::vector<RowComparison>> compare_rows(const RowReader& rows, const ComparedBuilds& builds,
                                                Position last, std::size_t memory_bytes,
                                                const FoldProgress& progress) {
  std::vector<RebuiltProjection> targets;
  std::vector<std::unique_ptr<Table>> tables;
  for (const Projection& projection : all_projections()) {
    if (!builds.has(projection.id)) continue;
    const std::uint32_t build = builds.builds[static_cast<std::size_t>(projection.id)];
    targets.push_back({projection.id, build, 0});
    tables.push_back(std::make_unique<Table>(rows, projection.id, build));
  }
  Comparison comparison(tables);
  {
    Rebuild fold(comparison, targets, last, memory_bytes, progress);
    PURSER_TRY(fold.fold(rows));
    PURSER_TRY(fold.write());
  }
  PURSER_TRY(comparison.finish());
  std::vector<RowComparison> results;
  results.reserve(tables.size());
  for (const auto& table : tables) results.push_back(table->take_result());
  return results;
}

}  // namespace purser
