// The directory of a ledger: what lies in it, how it is made, and the order in which it is opened.
//
// Opening probes read-only first and compares what it finds with the anchor; only then is anything
// opened for writing, because a database that opens short also deletes what it no longer knows
// (docs/adr/0003). One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "anchor.h"
#include "anchor_keeper.h"
#include "chunk_store.h"
#include "disk_space.h"
#include "purser/options.h"
#include "purser/status.h"
#include "store.h"
#include "writer_lock.h"

namespace purser {

class Home {
 public:
  /// Puts all but the ledger id into a new database, and says how many events that are. The folder
  /// of its chunks is there, and empty.
  using Fill = std::function<Result<Position>(Store& store)>;

  /// Makes a ledger in `directory` with what `fill` puts there; where that fails, nothing is left.
  /// Errors: AlreadyExists, Io, NoSpace, and those of `fill`.
  static Status create(const std::string& directory, const LedgerId& id, const Options& options,
                       Timestamp now, const Fill& fill = fill_empty);
  static Result<Position> fill_empty(Store& store);

  /// A trailing slash would make the system look behind a symbolic link.
  static std::string without_trailing_slashes(std::string path);
  /// Only a directory that nobody else can rearrange is opened. Errors: NotFound,
  /// InvalidArgument, Io.
  static Status check_root(const std::string& directory);
  /// Which ledger is in `directory`, and that nobody else can rearrange it. Errors: NotFound,
  /// InvalidArgument, Corruption, UnsupportedVersion, Io.
  static Result<LedgerId> identify(const std::string& directory);
  /// What must hold before the database in the folder `database`, open as `store`, is believed to
  /// be the whole ledger. Errors: Corruption, LedgerTruncated, UnsupportedVersion, Io.
  static Status check_complete(const std::string& database, const Store& store,
                               const AnchorMark& anchor);

  /// Where the disk has no room to open the database for writing, it is opened for reading.
  /// Errors: NotFound, Busy, Corruption, LedgerTruncated, UnsupportedVersion, InvalidArgument, Io.
  static Result<Home> open(const std::string& directory, const Options& options);
  [[nodiscard]] bool is_writable() const { return lock_ != nullptr; }

  [[nodiscard]] const LedgerId& ledger_id() const { return ledger_id_; }
  [[nodiscard]] Store& store() const { return *store_; }
  [[nodiscard]] ChunkStore& chunks() const { return *chunks_; }
  /// As it was when the ledger was opened.
  [[nodiscard]] const AnchorMark& anchor() const { return anchor_mark_; }
  /// How much of the log cannot be lost without being noticed. Errors: those of Anchor::read.
  [[nodiscard]] Result<Position> anchored() const;
  /// Whether the rows of projection `merkle` were found to differ from the events.
  [[nodiscard]] bool tree_is_damaged() const { return tree_is_damaged_; }

  /// Whether a group may be written now: ReadOnly{forked}, NoSpace, Io.
  Status check_writable() const;
  /// The same where the reserve of the disk may be used: ReadOnly{forked}, Io.
  Status check_lock() const { return lock_->check(); }
  /// Whether the anchor could follow until now: Io.
  Status check_anchor() const { return anchor_->check(); }
  /// Lets other processes see the log up to `durable`, and the anchor follow. `tree` is that of the
  /// log up to there, where it is known.
  Status publish(Position durable, const std::optional<CompactRange>& tree);
  /// What the disk has left for this process. Errors: Io.
  [[nodiscard]] Result<std::uint64_t> disk_bytes_left() const { return bytes_left(directory_); }
  /// How much of a log of `size` events a read-only handle may show now.
  Result<Position> clip(Position size) const;
  /// Who has the ledger open for writing.
  Result<std::optional<WriterLock::Holder>> writer() const { return WriterLock::probe(directory_); }

  /// Closes the database, then writes the anchor, if it is known how far the log goes, and lets go
  /// of everything. `root` is that of the Merkle tree over the log, where it is known.
  Status close(std::optional<Position> size, const std::optional<Digest>& root);
  /// In a forked child: forgets everything without touching it; it is the parent's.
  void abandon();

 private:
  Home() = default;
  Status open_for_reading(const Options& options, const AnchorMark& anchor);
  Status open_for_writing(const Options& options);
  Result<std::optional<ClosingSum>> close_database();

  std::string directory_;
  LedgerId ledger_id_;
  std::uint64_t disk_reserve_bytes_ = 0;
  AnchorMark anchor_mark_;
  bool tree_is_damaged_ = false;
  // In this order: the lock is let go last.
  std::unique_ptr<WriterLock> lock_;
  std::unique_ptr<AnchorKeeper> anchor_;
  std::unique_ptr<ChunkStore> chunks_;
  std::unique_ptr<Store> store_;
};

}  // namespace purser
