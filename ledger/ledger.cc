#include "purser/ledger.h"

#include "build.h"
#include "event_log.h"
#include "impl.h"
#include "input_limits.h"
#include "memory_chunk_store.h"
#include "memory_store.h"
#include "system.h"

namespace purser {

Result<LedgerId> Ledger::init(const std::string& path, const Options& given) {
  const Options options = with_system(given);
  PURSER_TRY(check_options(options));
  const LedgerId id = draw_ledger_id(options);
  PURSER_TRY(Home::create(path, id, options, options.clock()));
  return id;
}

Result<Ledger> Ledger::open(const std::string& path, const Options& given) {
  const Options options = with_system(given);
  PURSER_TRY(check_options(options));
  PURSER_ASSIGN(Home home, Home::open(path, options));
  PURSER_ASSIGN(std::unique_ptr<Impl> impl, Impl::over(std::move(home), options));
  return Ledger(std::move(impl));
}

Result<Ledger> Ledger::in_memory(const Options& given) {
  const Options options = with_system(given);
  PURSER_TRY(check_options(options));
  if (options.read_only) return InvalidArgument{"read_only", "there is nothing to read in memory"};
  auto store = std::make_unique<MemoryStore>();
  WriteSet changes;
  put_ledger_id(changes, draw_ledger_id(options));
  put_first_builds(changes);
  PURSER_TRY(store->write(changes));
  PURSER_ASSIGN(std::unique_ptr<Impl> impl,
                Impl::over(std::move(store), std::make_unique<MemoryChunkStore>(), options));
  return Ledger(std::move(impl));
}

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

Status Ledger::close() { return impl_->close(); }
Status Ledger::refresh() { return impl_->refresh(); }
Result<Stats> Ledger::stats() const { return impl_->stats(); }

Result<LedgerId> Ledger::replay(Position to, const std::string& into,
                                const ProgressCallback& progress) const {
  return impl_->replay(to, into, progress);
}

Result<std::vector<RebuildReport>> Ledger::rebuild(const ProgressCallback& progress) {
  return impl_->rebuild(progress);
}

}  // namespace purser
