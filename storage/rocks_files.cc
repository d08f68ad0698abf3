#include "rocks_files.h"

#include <rocksdb/file_system.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

#include "rocks_log_reader.h"
#include "rocks_log_writer.h"
#include "rocks_manifest.h"
#include "rocks_table_check.h"
#include "small_file.h"

namespace purser {
namespace {

using rocksdb::IOStatus;

constexpr std::string_view kCurrent = "/CURRENT";

thread_local bool tables_stay = false;

bool is_log(std::string_view name) { return name.ends_with(".log"); }

bool is_manifest(std::string_view name) { return name.find("/MANIFEST-") != name.npos; }

class CheckedTables : public rocksdb::FileSystemWrapper {
 public:
  CheckedTables() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* opened,
                               rocksdb::IODebugContext* debug) override {
    if (std::string_view(name).ends_with(".sst")) {
      IOStatus status = check_table_properties(name);
      if (!status.ok()) return status;
    }
    return FileSystemWrapper::NewRandomAccessFile(name, options, opened, debug);
  }
};

class FilesToWrite final : public CheckedTables {
 public:
  const char* Name() const override { return "purser.write"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* made,
                           rocksdb::IODebugContext* debug) override {
    if (is_log(name)) return RocksLogWriter::make(name, *made);
    return FileSystemWrapper::NewWritableFile(name, options, made, debug);
  }
  // CURRENT is renamed to name a new MANIFEST, and the folder is synced only then. A power cut must
  // not leave the one without the other.
  IOStatus RenameFile(const std::string& from, const std::string& to,
                      const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    if (to.ends_with(kCurrent)) {
      const std::string folder = to.substr(0, to.size() - kCurrent.size());
      if (const Status synced = sync_directory(folder); !synced) {
        return IOStatus::IOError("sync '" + folder + "'", synced.error().message());
      }
    }
    return FileSystemWrapper::RenameFile(from, to, options, debug);
  }
  IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                      rocksdb::IODebugContext* debug) override {
    if (tables_stay && std::string_view(name).ends_with(".sst")) return IOStatus::OK();
    return FileSystemWrapper::DeleteFile(name, options, debug);
  }
};

class FilesToRead final : public CheckedTables {
 public:
  const char* Name() const override { return "purser.read"; }

  IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* opened,
                             rocksdb::IODebugContext* debug) override {
    if (is_log(name)) return RocksLogReader::open(name, *opened);
    if (is_manifest(name)) {
      const Status checked = check_manifest_types(name);
      if (!checked && checked.error().is<Corruption>()) {
        return IOStatus::Corruption("a record is not whole", name);
      }
    }
    return FileSystemWrapper::NewSequentialFile(name, options, opened, debug);
  }
};

}  // namespace

// Never destroyed: RocksDB's own threads may outlive every other static object.
rocksdb::Env& rocks_env_to_write() {
  static rocksdb::Env* const kEnv =
      rocksdb::NewCompositeEnv(std::make_shared<FilesToWrite>()).release();
  return *kEnv;
}

rocksdb::Env& rocks_env_to_read() {
  static rocksdb::Env* const kEnv =
      rocksdb::NewCompositeEnv(std::make_shared<FilesToRead>()).release();
  return *kEnv;
}

IOStatus rocks_io_status(const std::string& operation, const std::string& path) {
  const std::string what = operation + " '" + path + "'";
  const std::string why = std::generic_category().message(errno);
  if (errno == ENOSPC) return IOStatus::NoSpace(what, why);
  if (errno == ENOENT) return IOStatus::PathNotFound(what, why);
  return IOStatus::IOError(what, why);
}

TablesStay::TablesStay() { tables_stay = true; }
TablesStay::~TablesStay() { tables_stay = false; }

}  // namespace purser
