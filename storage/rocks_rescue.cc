#include "rocks_rescue.h"

#include <fcntl.h>
#include <rocksdb/iterator.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "beneath.h"
#include "key.h"
#include "rocks_files.h"
#include "rocks_log_walk.h"
#include "rocks_options.h"
#include "try.h"
#include "unique_fd.h"

namespace purser {
namespace {

constexpr std::uint64_t kNumberMax = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kTableCacheBytes = std::size_t{1} << 20;

// So many places are looked at one by one behind damaged blocks of a table; then in leaps.
constexpr std::uint64_t kSingleLooksMax = 1u << 16;
constexpr std::uint64_t kUsualTableRows = 1u << 16;

// The big-endian number behind the tag; keys are never shorter, but for damage.
std::uint64_t number_in(std::string_view key) { return trailing_u64(key.substr(0, 9)); }

// One table, opened on its own.
class RescuedTable {
 public:
  explicit RescuedTable(const RescueVisitor& visit)
      : visit_(visit), reader_(rocks_options(rocks_env_to_read(), kTableCacheBytes)) {}

  rocksdb::Status open(const std::string& path) {
    rocksdb::Status status = reader_.Open(path);
    if (!status.ok()) return status;
    const auto properties = reader_.GetTableProperties();
    if (properties) rows_ = std::max<std::uint64_t>(properties->num_entries, 1);
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    options.total_order_seek = true;
    iterator_.reset(reader_.NewIterator(options));
    return iterator_->status();
  }

  // Visits what can be read.
  Status rows_of(const RescueKind& kind) {
    const std::string prefix(1, kind.tag);
    const std::uint64_t step = kind.counts_up ? 1 : std::max<std::uint64_t>(kNumberMax / rows_, 1);
    std::string last = prefix;
    iterator_->Seek(prefix);
    while (true) {
      while (iterator_->Valid() && iterator_->key().starts_with(prefix)) {
        last = iterator_->key().ToString();
        PURSER_TRY(visit_(last, iterator_->value().ToStringView()));
        iterator_->Next();
      }
      if (iterator_->status().ok()) return {};
      note(iterator_->status());
      if (!find_behind(last, kind.tag, step)) return {};
    }
  }

  [[nodiscard]] std::string greatest_key(char tag) {
    iterator_->SeekForPrev(std::string(1, static_cast<char>(tag + 1)));
    const bool found = iterator_->Valid() && iterator_->key().starts_with(std::string(1, tag));
    return found ? iterator_->key().ToString() : std::string();
  }

  [[nodiscard]] const std::string& damage() const { return damage_; }

 private:
  void note(const rocksdb::Status& status) {
    if (damage_.empty()) damage_ = status.ToString();
  }

  // Goes to the first row behind `last` that can be read, where a block in between cannot.
  bool find_behind(const std::string& last, char tag, std::uint64_t step) {
    std::uint64_t number = number_in(last);
    do {
      if (looks_ > kSingleLooksMax) step = step > kNumberMax / 2 ? kNumberMax : 2 * step;
      if (number > kNumberMax - step) return false;
      number += step;
      ++looks_;
      iterator_->Seek(Key(tag).u64(number).str());
    } while (!iterator_->Valid() && !iterator_->status().ok());
    if (!iterator_->Valid()) return false;
    std::string first = iterator_->key().ToString();  // of what was leapt over, perhaps not
    for (iterator_->Prev(); iterator_->Valid() && iterator_->key().compare(last) > 0;
         iterator_->Prev()) {
      first = iterator_->key().ToString();
    }
    iterator_->Seek(first);
    return true;
  }

  const RescueVisitor& visit_;
  rocksdb::SstFileReader reader_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::uint64_t rows_ = kUsualTableRows;
  std::uint64_t looks_ = 0;
  std::string damage_;  // the first
};

// Takes rows out of what one write has put into a log.
class RescuedWrite final : public rocksdb::WriteBatch::Handler {
 public:
  RescuedWrite(const std::vector<RescueKind>& kinds, const RescueVisitor& visit)
      : kinds_(kinds), visit_(visit) {}

  rocksdb::Status PutCF(std::uint32_t, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    const bool wanted = std::any_of(kinds_.begin(), kinds_.end(), [&](const RescueKind& kind) {
      return key.size() > 0 && key[0] == kind.tag;
    });
    if (wanted) status_ = visit_(key.ToStringView(), value.ToStringView());
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status SingleDeleteCF(std::uint32_t, const rocksdb::Slice&) override { return {}; }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&,
                                const rocksdb::Slice&) override {
    return {};
  }
  bool Continue() override { return status_.has_value(); }

  [[nodiscard]] Status take_status() { return std::move(status_); }

 private:
  const std::vector<RescueKind>& kinds_;
  const RescueVisitor& visit_;
  Status status_;
};

struct NumberedFile {
  std::uint64_t number = 0;
  std::string name;
};

// Those of RocksDB's files that end so, by their numbers.
std::vector<NumberedFile> files_ending(const std::vector<std::string>& names,
                                       std::string_view ending) {
  std::vector<NumberedFile> files;
  for (const std::string& name : names) {
    if (!name.ends_with(ending)) continue;
    const std::string digits = name.substr(0, name.size() - ending.size());
    const bool is_number = !digits.empty() && digits.size() < 20 &&
                           digits.find_first_not_of("0123456789") == digits.npos;
    if (is_number) files.push_back({std::stoull(digits), name});
  }
  std::sort(files.begin(), files.end(), [](const NumberedFile& a, const NumberedFile& b) {
    return std::pair(a.number, a.name) < std::pair(b.number, b.name);
  });
  return files;
}

class Rescue {
 public:
  Rescue(std::string database, const std::vector<RescueKind>& kinds, const RescueVisitor& visit)
      : database_(std::move(database)), kinds_(kinds), visit_(visit) {}

  Status run() {
    PURSER_ASSIGN(const std::vector<std::string> names, list());
    for (const NumberedFile& table : files_ending(names, ".sst")) {
      ++result_.tables;
      PURSER_TRY(look_at_table(table.name, [&](RescuedTable& opened) -> Status {
        for (const RescueKind& kind : kinds_) PURSER_TRY(opened.rows_of(kind));
        return {};
      }));
    }
    for (const NumberedFile& log : files_ending(names, ".log")) {
      ++result_.logs;
      PURSER_TRY(look_at_log(log.name));
    }
    return {};
  }

  Result<std::string> greatest_key(char tag) {
    PURSER_ASSIGN(const std::vector<std::string> names, list());
    std::string greatest;
    for (const NumberedFile& table : files_ending(names, ".sst")) {
      PURSER_TRY(look_at_table(table.name, [&](RescuedTable& opened) -> Status {
        greatest = std::max(greatest, opened.greatest_key(tag));
        return {};
      }));
    }
    return greatest;
  }

  [[nodiscard]] RescuedFiles take_result() { return std::move(result_); }

 private:
  Result<std::vector<std::string>> list() {
    directory_ =
        UniqueFd(::open(database_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory_.valid()) return own_file_error("database '" + database_ + "'", errno);
    return list_names(directory_.get(), database_);
  }

  [[nodiscard]] bool is_regular(const std::string& name) const {
    struct stat info {};
    return ::fstatat(directory_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(info.st_mode);
  }

  template <class Look>
  Status look_at_table(const std::string& name, const Look& look) {
    if (!is_regular(name)) return note(name, "it is no regular file");
    RescuedTable table(visit_);
    // A length that is damaged may ask for more memory than there is.
    try {
      if (const rocksdb::Status opened = table.open(database_ + "/" + name); !opened.ok()) {
        return note(name, opened.ToString());
      }
      PURSER_TRY(look(table));
    } catch (const std::exception& error) {
      return note(name, error.what());
    }
    return table.damage().empty() ? Status() : note(name, table.damage());
  }

  Status look_at_log(const std::string& name) {
    if (!is_regular(name)) return note(name, "it is no regular file");
    bool whole = true;
    PURSER_ASSIGN(const WalkedLog walked,
                  walk_log(database_ + "/" + name, [&](std::string_view item) -> Status {
                    RescuedWrite rows(kinds_, visit_);
                    const rocksdb::Status iterated =
                        rocksdb::WriteBatch(std::string(item)).Iterate(&rows);
                    PURSER_TRY(rows.take_status());
                    whole = whole && iterated.ok();
                    return {};
                  }));
    if (walked.has_hole) return note(name, "records before its end are damaged");
    return whole ? Status() : note(name, "a record is no write");
  }

  Status note(const std::string& name, const std::string& what) {
    result_.damaged.push_back({name, what});
    return {};
  }

  const std::string database_;
  const std::vector<RescueKind>& kinds_;
  const RescueVisitor& visit_;
  UniqueFd directory_;
  RescuedFiles result_;
};

}  // namespace

Result<RescuedFiles> rescue_rows(const std::string& database, const std::vector<RescueKind>& kinds,
                                 const RescueVisitor& visit) {
  Rescue rescue(database, kinds, visit);
  PURSER_TRY(rescue.run());
  return rescue.take_result();
}

Result<std::string> greatest_key_in_tables(const std::string& database, char tag) {
  const std::vector<RescueKind> none;
  const RescueVisitor nobody;
  return Rescue(database, none, nobody).greatest_key(tag);
}

}  // namespace purser
