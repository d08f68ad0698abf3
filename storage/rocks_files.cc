#include "rocks_files.h"

#include <rocksdb/file_system.h>

#include <string>
#include <string_view>

namespace purser {
namespace {

thread_local bool tables_stay = false;

class Files final : public rocksdb::FileSystemWrapper {
 public:
  Files() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "purser"; }

  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (tables_stay && std::string_view(name).ends_with(".sst")) return rocksdb::IOStatus::OK();
    return FileSystemWrapper::DeleteFile(name, options, debug);
  }
};

}  // namespace

rocksdb::Env& rocks_env() {
  // Never destroyed: RocksDB's own threads may outlive every other static object.
  static rocksdb::Env* const kEnv = rocksdb::NewCompositeEnv(std::make_shared<Files>()).release();
  return *kEnv;
}

TablesStay::TablesStay() { tables_stay = true; }
TablesStay::~TablesStay() { tables_stay = false; }

}  // namespace purser
