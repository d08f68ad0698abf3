#include "import_target.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <boost/filesystem.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "checkpoint_log.h"
#include "event_log.h"
#include "home.h"
#include "posix.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

namespace fs = boost::filesystem;

// A ledger without events, locked, that another one may take the place of.
class EmptyLedger {
 public:
  /// Nothing where `directory` is no ledger. Errors: AlreadyExists for one that is not empty, or
  /// has a key; Busy, and those of opening it.
  static Result<std::optional<EmptyLedger>> in(const std::string& directory,
                                               const Options& options) {
    const auto id = Home::identify(directory);
    const bool is_other = !id && (id.error().is<NotFound>() || id.error().is<InvalidArgument>());
    if (is_other) return std::optional<EmptyLedger>();
    if (!id) return id.error();
    EmptyLedger empty;
    PURSER_ASSIGN(WriterLock lock, WriterLock::acquire(directory));
    empty.lock_ = std::make_unique<WriterLock>(std::move(lock));
    Options reading = options;
    reading.read_only = true;
    PURSER_ASSIGN(const Home home, Home::open(directory, reading));
    const std::unique_ptr<RowReader> rows = home.store().snapshot();
    PURSER_ASSIGN(const Position size, log_size(*rows));
    PURSER_ASSIGN(const std::optional<Epoch> epoch, last_epoch(*rows));
    if (size.value > 0 || epoch) return AlreadyExists{directory, "a ledger with events or a key"};
    boost::system::error_code error;
    empty.path_ = fs::canonical(directory, error).string();
    if (error) return io_error("look at", directory, error.value());
    return std::optional(std::move(empty));
  }

  /// A name beside it that nothing has.
  [[nodiscard]] std::string beside(const LedgerId& id) const {
    return fmt::format("{}.import-{}", path_, to_hex(id));
  }
  /// Both change places in one step, and this one goes. What a crash leaves of it lies beside the
  /// ledger and is none of it.
  Status give_way_to(const std::string& made) const {
    const int renamed =
        ::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE);
    Status status = renamed == 0 ? Status() : Status(io_error("rename", made));
    if (status) status = sync_directory(fs::path(path_).parent_path().string());
    boost::system::error_code ignored;
    fs::remove_all(made, ignored);
    return status;
  }

 private:
  std::unique_ptr<WriterLock> lock_;
  std::string path_;
};

Status make(const std::string& directory, const LedgerId& id, const Options& options,
            const FillLedger& fill) {
  boost::system::error_code error;
  const bool was_there = fs::exists(fs::symlink_status(directory, error));
  Status made = Home::create(directory, id, options, options.clock(),
                             [&](Store& store) { return fill(store, directory); });
  if (!made && !was_there) ::rmdir(directory.c_str());
  return made;
}

}  // namespace

Status make_in_place(const std::string& directory, const LedgerId& id, const Options& options,
                     const FillLedger& fill) {
  PURSER_ASSIGN(const std::optional<EmptyLedger> empty, EmptyLedger::in(directory, options));
  if (!empty) return make(directory, id, options, fill);
  const std::string made = empty->beside(id);
  PURSER_TRY(make(made, id, options, fill));
  return empty->give_way_to(made);
}

}  // namespace purser
