// What a Ledger handle holds, and the two ways in which its calls reach it: a Moment for queries, a
// proposal for commands.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <utility>

#include "committer.h"
#include "home.h"
#include "purser/ledger.h"
#include "try.h"

namespace purser {

/// One state of the ledger, held while a call looks at it.
class Moment {
 public:
  Moment(std::shared_lock<std::shared_mutex> in_use, Published published,
         std::unique_ptr<RowReader> rows)
      : in_use_(std::move(in_use)), published_(published), rows_(std::move(rows)) {}
  [[nodiscard]] View view() const { return {*rows_, published_.builds, published_.position}; }

 private:
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

  /// The state that readers may see now. Errors: ReadOnly{closed}.
  Result<Moment> now() const;

  /// Commits a command. `decide` and `answer` are as in Proposal; `answer` gives the Answer.
  template <class Answer, class Decide, class MakeAnswer>
  Result<Answer> command(const Context& context, const Digest& digest, Decide decide,
                         MakeAnswer make_answer) {
    std::optional<Answer> answer;
    Proposal proposal;
    proposal.context = context;
    proposal.digest = digest;
    proposal.decide = std::move(decide);
    proposal.answer = [&](const View& view, const Outcome& outcome) -> Status {
      PURSER_ASSIGN(answer, make_answer(view, outcome));
      return {};
    };
    PURSER_TRY(commit(proposal));
    return *std::move(answer);
  }

  /// Commits an edit of a draft, which writes no event.
  Status edit(std::function<Result<Decision>(const View&)> decide);

  /// Whether a command could be written now; asked again before each group.
  Status check_writable() const;

  Result<std::vector<RebuildReport>> rebuild(const ProgressCallback& progress);
  Result<Stats> stats() const;
  Status refresh();
  Status close();

  [[nodiscard]] ChunkStore& chunks() const { return home_ ? home_->chunks() : *memory_chunks_; }
  [[nodiscard]] const Options& options() const { return options_; }

 private:
  explicit Impl(const Options& options) : options_(options) {}
  Status start();
  Status prepare_projections(const Published& stored);
  Status commit(Proposal& proposal);
  [[nodiscard]] Store& store() const { return home_ ? home_->store() : *memory_store_; }
  [[nodiscard]] CommitHooks hooks();

  const Options options_;  // complete: see with_system
  std::optional<Home> home_;
  std::unique_ptr<Store> memory_store_;
  std::unique_ptr<ChunkStore> memory_chunks_;
  LedgerId ledger_id_;
  std::unique_ptr<Committer> committer_;

  mutable std::shared_mutex in_use_;  // shared by calls, taken alone to close or to catch up
  bool closed_ = false;
};

}  // namespace purser
