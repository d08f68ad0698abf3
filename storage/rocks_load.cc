#include "rocks_load.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>
#include <sys/stat.h>

#include <boost/filesystem.hpp>
#include <utility>

#include "disk_space.h"
#include "posix.h"
#include "rocks_files.h"
#include "rocks_options.h"
#include "try.h"

namespace purser {
namespace {

// As large as the tables that compactions write.
constexpr std::uint64_t kFileBytes = 64u << 20;

// To take tables over the database writes a few kilobytes. Where it cannot, it refuses all further
// writes; so they are only begun where there is room.
constexpr std::uint64_t kSpaceBytesMin = 4u << 20;

std::string directory_in(const std::string& path) { return path + "/load"; }

}  // namespace

// One table file after another.
class RocksLoad::Sink final : public RowSink {
 public:
  explicit Sink(RocksLoad& load)
      : load_(load),
        options_(load.db_.GetOptions(&load.into_)),
        writer_(rocksdb::EnvOptions(options_), options_, &load.into_, false) {}

  Status add(std::string_view key, std::string_view value) override {
    if (files_.empty() || writer_.FileSize() >= kFileBytes) PURSER_TRY(begin_file());
    open_ = true;
    return done(writer_.Put({key.data(), key.size()}, {value.data(), value.size()}));
  }

  Status finish() override {
    if (open_) PURSER_TRY(done(writer_.Finish()));
    const std::lock_guard lock(load_.mutex_);
    load_.finished_.insert(load_.finished_.end(), files_.begin(), files_.end());
    return {};
  }

 private:
  Status begin_file() {
    if (std::exchange(open_, false)) PURSER_TRY(done(writer_.Finish()));
    files_.push_back(load_.new_file());
    return done(writer_.Open(files_.back()));
  }

  Status done(const rocksdb::Status& status) const {
    if (!status.ok()) return rocks_error(status, load_.path_);
    return {};
  }

  RocksLoad& load_;
  const rocksdb::Options options_;
  rocksdb::SstFileWriter writer_;
  std::vector<std::string> files_;
  bool open_ = false;  // the last of them has rows and is not finished
};

RocksLoad::RocksLoad(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& into)
    : db_(db), into_(into), path_(db.GetName()), directory_(directory_in(path_)) {}

RocksLoad::~RocksLoad() { (void)clean(path_); }

Result<std::unique_ptr<BulkLoad>> RocksLoad::begin(rocksdb::DB& db,
                                                   rocksdb::ColumnFamilyHandle& into) {
  std::unique_ptr<RocksLoad> load(new RocksLoad(db, into));
  PURSER_TRY(clean(load->path_));
  if (::mkdir(load->directory_.c_str(), 0700) != 0) return io_error("create", load->directory_);
  return std::unique_ptr<BulkLoad>(std::move(load));
}

Status RocksLoad::clean(const std::string& path) {
  boost::system::error_code error;
  boost::filesystem::remove_all(directory_in(path), error);
  if (error) return io_error("remove", directory_in(path), error.value());
  return {};
}

std::string RocksLoad::new_file() {
  const std::lock_guard lock(mutex_);
  return directory_ + '/' + std::to_string(++files_made_);
}

Result<std::unique_ptr<RowSink>> RocksLoad::sink() {
  return std::unique_ptr<RowSink>(std::make_unique<Sink>(*this));
}

Result<UniqueFd> RocksLoad::scratch_file() {
  const std::string name = new_file();
  UniqueFd file(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid() || ::unlink(name.c_str()) != 0) return io_error("create", name);
  return file;
}

Status RocksLoad::finish() {
  if (finished_.empty()) return {};
  PURSER_TRY(check_space(directory_, kSpaceBytesMin));
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  options.write_global_seqno = false;
  const TablesStay names_may_be_written;
  const rocksdb::Status status = db_.IngestExternalFile(&into_, finished_, options);
  if (!status.ok()) return rocks_error(status, path_);
  return {};
}

}  // namespace purser
