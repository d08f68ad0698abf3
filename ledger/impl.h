// What a Ledger handle holds, and the two ways in which its calls reach it: a Moment for queries, a
// proposal for commands.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <type_traits>
#include <utility>

#include "build.h"
#include "committer.h"
#include "files.h"
#include "home.h"
#include "memory_heads.h"
#include "purser/ledger.h"
#include "reading.h"
#include "try.h"
#include "user_folds.h"

namespace purser {

/// How often a handle that only reads looks at what a process that collects may have taken away
/// meanwhile, each time in newer rows.
inline constexpr int kLooksMax = 4;

/// One state of the ledger, held while a call looks at it.
class Moment {
 public:
  Moment(const void* handle, std::shared_lock<std::shared_mutex> in_use, Published published,
         std::unique_ptr<RowReader> rows)
      : reading_(handle),
        in_use_(std::move(in_use)),
        published_(published),
        rows_(std::move(rows)) {}
  [[nodiscard]] View view() const { return {*rows_, published_.builds, published_.position}; }
  /// Goes back to an earlier position of the same log.
  void go_back(Position position) { published_.position = position; }

 private:
  Reading reading_;
  std::shared_lock<std::shared_mutex> in_use_;
  Published published_;
  std::unique_ptr<RowReader> rows_;
};

class Ledger::Impl {
 public:
  /// Over a directory, or, without a home, over the two stores given.
  static Result<std::unique_ptr<Impl>> over(Home home, const Options& options);
  static Result<std::unique_ptr<Impl>> over(std::unique_ptr<Store> store,
                                            std::unique_ptr<ChunkStore> chunks,
                                            const Options& options);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// The state that readers may see now. Errors: ReadOnly{closed, forked}.
  Result<Moment> now() const;

  /// Whether all artifacts that were there at `before` still are, as far as that can be told: else
  /// ArtifactDeleted. Who holds a Moment of a handle that only reads cannot tell.
  Status none_deleted_since(Position before);

  /// The state that a moment of the past left behind. Errors: also InvalidArgument.
  Result<Moment> then(const AsOf& at) const;

  /// Runs `read`, which reads files of `id`, on the state of now. What cannot be read because it
  /// was deleted and collected meanwhile is ArtifactDeleted.
  template <class Read>
  std::invoke_result_t<Read, const View&> reading(DeploymentId id, const Read& read) {
    auto result = read_now(read);
    if (!result && result.error().template is<Corruption>()) {
      if (const auto when = deleted_meanwhile(id)) return ArtifactDeleted{id, *when};
    }
    return result;
  }

  /// As `reading`, where `read` reads files of several deployments. On a handle that only reads,
  /// what cannot be read is looked for again in newer rows.
  template <class Read>
  std::invoke_result_t<Read, const View&> reading_several(const Read& read) {
    auto result = read_now(read);
    const bool may_refresh = options_.read_only && !Reading::by_this_thread(this);
    for (int look = 1;
         may_refresh && look < kLooksMax && !result && result.error().template is<Corruption>();
         ++look) {
      PURSER_TRY(refresh());
      result = read_now(read);
    }
    return result;
  }

  /// Commits one command and gives its answer. In steps.h.
  template <class A>
  Result<A> run(const Command& command, const Context& context) {
    PURSER_ASSIGN(Answer answer, run_command(command, context));
    return std::get<A>(std::move(answer));
  }

  /// `context` with what it left open, checked.
  Result<Context> complete(const Context& context) const;

  /// Whether a proposal may be made: ReadOnly{opened_read_only, disk_full, closed, forked} if not.
  Status check_open() const;

  Status commit(const Proposal& proposal);
  /// Takes the submission unless it returns an error.
  Status submit(std::unique_ptr<Submission>& submission);

  /// Commits an edit of a draft, which writes no event.
  Status edit(std::function<Result<Decision>(const View&)> decide);

  /// Commits staged files into a draft.
  Status edit_files(DeploymentId id, const StagedFiles& staged);
  Result<StagedFiles> stage_tree(const std::string& directory,
                                 const std::optional<SeenBefore>& seen,
                                 const ProgressCallback& progress) const;

  /// The manifest of a draft, its chunks made durable unless `dry_run`.
  Result<std::optional<StagedManifest>> stage_manifest(DeploymentId id, bool dry_run) const;

  /// The answers of `Ledger::active` and `Ledger::pointer`.
  Result<SharedDeployment> active(std::string_view owner, std::string_view channel) const;
  Result<Pointer> pointer(std::string_view owner, std::string_view channel) const;

  /// Whether a command could be written now; asked again before each group.
  Status check_writable() const;

  Result<std::vector<RebuildReport>> rebuild(const ProgressCallback& progress);
  Status look_at_projection(std::string_view name, const ProjectionLook& look) const;
  Status fold_in_memory(const UserProjection& projection, const ProjectionLook& look,
                        const ProgressCallback& progress) const;
  Result<RebuildReport> rebuild_projection(const std::string& name,
                                           const ProgressCallback& progress);
  Status forget_projection(const std::string& name);
  Result<RebuiltIndex> rebuild_index();
  Result<VerifyReport> verify(const VerifyOptions& options, const ProgressCallback& progress);
  Result<VerifyReport> verify_once(const VerifyOptions& options, const ProgressCallback& progress);
  Result<CollectReport> collect(const CollectOptions& options, const ProgressCallback& progress);
  Result<Stats> stats() const;
  Status refresh();
  /// The same where nobody reads this handle at the moment; false where somebody does.
  Result<bool> refresh_unless_read();
  Result<bool> wait_for(Position position, std::chrono::milliseconds timeout,
                        const std::stop_token& stop);
  Result<LedgerId> replay(Position to, const std::string& into,
                          const ProgressCallback& progress) const;
  Status close();

  [[nodiscard]] ChunkStore& chunks() const { return home_ ? home_->chunks() : *memory_chunks_; }
  [[nodiscard]] FileNotes& notes() const { return notes_; }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const LedgerId& ledger_id() const { return ledger_id_; }

  /// For `bench/` alone: false when a ledger is opened leaves its tree alone, see CommitHooks.
  static inline std::atomic<bool> grows_trees{true};

  /// Held while something is signed, or a key made: one at a time.
  [[nodiscard]] std::mutex& signing() { return signing_; }
  /// Writes rows of checkpoint_log.h, durably. Errors: ReadOnly, Io.
  Status write_beside_events(const WriteSet& changes) {
    return committer_->exclusively([&] { return store().write(changes); });
  }

 private:
  Impl(const Options& options, ReadOnlyReason why_read_only);
  Status start();
  Status prepare_projections(const Published& stored);
  Status open_user_projections(Position size);
  [[nodiscard]] UserFolds::Beside beside_commits();
  Result<RebuildReport> rebuild_user_projection(const std::string& name,
                                                const FoldProgress& progress);
  Status rebuild_user_projections(const ProgressCallback& progress, std::uint64_t passes,
                                  std::vector<RebuildReport>& reports);
  /// Calls `look` with rows and a position that rows of users may be asked as of.
  Status with_user_rows(
      const std::function<Status(const RowReader& rows, Position at)>& look) const;
  Result<std::vector<UserProjectionStats>> user_projection_stats() const;
  [[nodiscard]] bool tree_is_damaged(const BuildStates& states, Position size) const;
  [[nodiscard]] std::optional<Digest> root_at_end() const;
  [[nodiscard]] bool forked() const;
  Result<bool> writer_is_ahead() const;
  [[nodiscard]] Status check_refresh() const;
  Status look_anew();

  template <class Read>
  std::invoke_result_t<Read, const View&> read_now(const Read& read) const {
    PURSER_ASSIGN(const Moment moment, now());
    return read(moment.view());
  }
  std::optional<Timestamp> deleted_meanwhile(DeploymentId id);
  Result<Answer> run_command(const Command& command, const Context& context);
  [[nodiscard]] bool answers_from_memory() const {
    return !options_.read_only && !closed_ && !forked();
  }
  [[nodiscard]] Store& store() const { return home_ ? home_->store() : *memory_store_; }
  [[nodiscard]] CommitHooks hooks();

  const std::uint64_t forks_;  // of this process and those before it, when the handle was made
  const Options options_;      // complete: see with_system; read_only where it had to be
  const ReadOnlyReason why_read_only_;
  std::optional<Home> home_;
  std::unique_ptr<Store> memory_store_;
  std::unique_ptr<ChunkStore> memory_chunks_;
  LedgerId ledger_id_;
  mutable MemoryHeads memory_{options_.memory_heads_max};
  mutable FileNotes notes_;
  std::unique_ptr<UserFolds> user_folds_;  // on a handle that writes
  std::unique_ptr<Committer> committer_;
  mutable std::mutex upkeep_;  // one verification or collection at a time

  std::mutex signing_;
  mutable std::shared_mutex in_use_;  // shared by calls, taken alone to close or to catch up
  std::atomic<bool> closed_ = false;
};

}  // namespace purser
