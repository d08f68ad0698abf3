#include "purser/ledger.h"

#include "build.h"
#include "event_log.h"
#include "impl.h"
#include "input_limits.h"
#include "memory_chunk_store.h"
#include "memory_store.h"
#include "system.h"

namespace purser {
namespace {

constexpr std::size_t kRebuildBytesMin = 1u << 20;
constexpr std::uint64_t kPackBytesMin = 1u << 20;
constexpr int kCompressionLevelMax = 19;
constexpr std::chrono::milliseconds kAnchorDelayMin{1};

Status check_options(const Options& options) {
  Context context;
  context.actor = options.actor;
  PURSER_TRY(check_context(context));
  if (options.group_commands_max < 1) {
    return InvalidArgument{"group_commands_max", "must be at least 1"};
  }
  if (options.anchor_commits_max < 1) {
    return InvalidArgument{"anchor_commits_max", "must be at least 1"};
  }
  if (options.anchor_delay_max < kAnchorDelayMin) {
    return InvalidArgument{"anchor_delay_max", "must be at least 1 ms"};
  }
  if (options.in_flight_max < 1) return InvalidArgument{"in_flight_max", "must be at least 1"};
  if (options.rebuild_memory_bytes < kRebuildBytesMin) {
    return InvalidArgument{"rebuild_memory_bytes", "must be at least 1 MiB"};
  }
  if (options.compression_level < 0 || options.compression_level > kCompressionLevelMax) {
    return InvalidArgument{"compression_level", "must be 0 to 19"};
  }
  if (options.pack_bytes_max < kPackBytesMin) {
    return InvalidArgument{"pack_bytes_max", "must be at least 1 MiB"};
  }
  return {};
}

}  // namespace

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
