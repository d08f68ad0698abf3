// A Ledger: immutable deployments and the pointers that say which is active, kept as an append-only
// log of events in one directory. It is not a server and not a cache: it is the record itself.
//
// Lifetime. `open`, `init` and `in_memory` return the one handle; moving it is cheap, copying is
// not possible. Everything returned is a copy and outlives the handle. Destroying or closing a
// handle while another thread is inside a call is a bug of the caller.
//
// Threads. Every const member and every command may be called from any number of threads at once.
// Commands that wait at the same time are made durable by one sync together; each is validated
// inside that commit, against all that came before it. After fork() the child's handle refuses
// everything but `close` (`ReadOnly{forked}`): the locks inside are as a thread of the parent held
// them. Let the child open the ledger anew.
//
// Errors. A command gives one of three answers. A value: durable, and visible in every later read
// and open. `OutcomeUnknown`: the log write failed; the handle then refuses commands
// (`ReadOnly{poisoned}`), reads go on, and reopening settles whether it happened. Any other error:
// decided before the log was touched, nothing changed. Queries answer from one moment of the log.
//
// On disk. When a command returns a value, its events and every row derived from them are on stable
// storage in one atomic write. A crash at any other time leaves all of a command or nothing of it.
// Formats: docs/event-format.md, docs/artifact-format.md, docs/storage-format.md.
//
// Limits: purser/commands.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "purser/as_of.h"
#include "purser/audit.h"
#include "purser/carry.h"
#include "purser/collect.h"
#include "purser/commands.h"
#include "purser/diff.h"
#include "purser/export.h"
#include "purser/options.h"
#include "purser/prune.h"
#include "purser/rebuilt_index.h"
#include "purser/stats.h"
#include "purser/status.h"
#include "purser/usage.h"
#include "purser/verify.h"

namespace purser {

class PURSER_EXPORT Ledger {
 public:
  /// Makes an empty ledger in `path`, which must be absent or an empty directory, and closes it.
  /// Errors: AlreadyExists, Io, NoSpace.
  static Result<LedgerId> init(const std::string& path, const Options& options = {});

  /// Opens the ledger in `path`. Never creates one. With `options.read_only` it works beside a
  /// writing process and changes no byte. Where the disk has no room for what an open writes (what
  /// the write-ahead log holds, and 1 MiB), it is opened for reading, and commands are
  /// `ReadOnly{disk_full}`.
  /// Errors: NotFound, Busy, Corruption, LedgerTruncated, UnsupportedVersion, InvalidArgument, Io.
  static Result<Ledger> open(const std::string& path, const Options& options = {});

  /// The same ledger without a disk, for an embedder's own tests; gone with the handle.
  static Result<Ledger> in_memory(const Options& options = {});

  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  /// Closes; an error of closing is lost, so call `close` where it matters.
  ~Ledger();

  /// Writes the anchor, so that any later shortening of the log is noticed, and releases the lock.
  /// Every later command is `ReadOnly{closed}`, and so is every later query.
  Status close();

  // --- Commands: deployments ---------------------------------------------------------------------

  /// A new deployment in `building` with no files.
  Result<DeploymentAnswer> create(std::string_view owner, const CreateOptions& options = {},
                                  const Context& context = {});

  /// Seals the stored files as the artifact. They, their chunk lists and the manifest are durable
  /// before the event. Errors: NotFound, NotBuilding, EmptyArtifact.
  Result<DeploymentAnswer> mark_ready(DeploymentId id, const ReadyOptions& options = {},
                                      const Context& context = {});

  /// Records an artifact that lives elsewhere; refused (`InvalidArgument`) when files were stored.
  Result<DeploymentAnswer> mark_ready_external(DeploymentId id, std::string_view location,
                                               std::uint64_t bytes, const Context& context = {});

  /// Ends a build. Its files stay readable, as evidence. Errors: NotFound, NotBuilding.
  Result<DeploymentAnswer> mark_failed(DeploymentId id, std::string_view code,
                                       std::string_view message, const Context& context = {});

  /// Bars a deployment from promotion and rollback; `context.reason` says why. Again: replaces the
  /// reason. Errors: NotFound.
  Result<DeploymentAnswer> mark_bad(DeploymentId id, const Context& context = {});
  Result<DeploymentAnswer> unmark_bad(DeploymentId id, const Context& context = {});

  /// Keeps the artifact from being deleted until `unpin`; `context.reason` says why. Again:
  /// replaces the reason. Errors: NotFound, ArtifactDeleted.
  Result<DeploymentAnswer> pin(DeploymentId id, const Context& context = {});
  Result<DeploymentAnswer> unpin(DeploymentId id, const Context& context = {});

  /// The bytes are no longer served; the record stays. Refused with `InUse` for what any channel of
  /// the owner points at, for the next `keep` deployments that a rollback would reach, and for what
  /// is pinned.
  /// Errors: NotFound, NotReady (building), ArtifactDeleted, InUse.
  Result<DeploymentAnswer> delete_artifact(DeploymentId id,
                                           const DeleteArtifactOptions& options = {},
                                           const Context& context = {});

  /// Marks every deployment that has been `building` since before `older_than` as failed with code
  /// `interrupted`; one commit each, with request id `K/<id>` if the context has request id K.
  Result<ExpireReport> expire(Timestamp older_than, const Context& context = {});

  /// Deletes the artifacts of `owner` that `policy` gives up, oldest first; one commit each, with
  /// request id `K/<id>` if the context has request id K. Each is judged again inside its commit.
  /// One that fails does not stop the rest, and is in the report. Interrupted at any point, what is
  /// left goes next time. Errors: those of the arguments, ReadOnly, NoSpace.
  Result<PruneReport> prune(std::string_view owner, const PrunePolicy& policy = {},
                            const Context& context = {});

  // --- Commands: pointers ------------------------------------------------------------------------

  /// Makes `id` the active deployment of `owner`. `answer.previous` was active before.
  /// Errors: NotFound, WrongOwner, NotReady, ArtifactDeleted, MarkedBad, Conflict, Frozen,
  /// NotOlder.
  Result<PointerAnswer> promote(std::string_view owner, DeploymentId id,
                                const PromoteOptions& options = {}, const Context& context = {});

  /// Goes back along the parents of the current activation, passing over what is bad, deleted,
  /// nothing, or active now. The new activation inherits the target's parent, so the next rollback
  /// goes further back. Errors: Conflict, Frozen, NoPreviousDeployment.
  Result<PointerAnswer> rollback(std::string_view owner, const RollbackOptions& options = {},
                                 const Context& context = {});

  /// Goes to a deployment named by the caller; checked like a promotion. A rollback if it was ever
  /// active on the channel, otherwise a restore, which a frozen channel refuses.
  Result<PointerAnswer> rollback_to(std::string_view owner, DeploymentId id,
                                    const RollbackToOptions& options = {},
                                    const Context& context = {});

  /// Unpublishes: nothing is active. A rollback undoes it. Errors: Conflict, Frozen.
  Result<PointerAnswer> clear(std::string_view owner, const ClearOptions& options = {},
                              const Context& context = {});

  /// Freezes a channel, or all of `owner` together with those to come, whether or not they have
  /// moved yet: promotions, restores and `clear` are refused with `Frozen`, and rollbacks if asked
  /// to. `context.reason` says why. Again: replaces the freeze of the same scope. Only `unfreeze`
  /// of that scope ends it; the freeze of a channel and that of all channels stand by themselves.
  Result<FreezeAnswer> freeze(std::string_view owner, const FreezeOptions& options = {},
                              const Context& context = {});
  Result<FreezeAnswer> unfreeze(std::string_view owner, const UnfreezeOptions& options = {},
                                const Context& context = {});

  // --- Commands: several at once -----------------------------------------------------------------

  /// All of `commands` or none, in one atomic write with one group id; 1 to 1,000, of any owners.
  /// Each is decided on what those before it have decided; the answers come in their order. With
  /// `context.request_id` K the commands have request ids K/1, K/2, ...; a retry answers what the
  /// first time answered, and where only some of them are known, or other commands, all are refused
  /// with RequestIdReused. Errors: those of the first command that is refused, which
  /// `Error::command` names; LimitExceeded, InvalidArgument.
  Result<std::vector<Answer>> apply(const std::vector<Command>& commands,
                                    const Context& context = {});

  /// Called once with what a submitted command answered, on a thread of the ledger's own, one call
  /// at a time and in the order of deciding; or at once, on the caller's thread, where the command
  /// was refused before it got in line. It must not throw, and must not wait for this ledger: no
  /// command other than `submit`, no `close`.
  using Completion = std::function<void(Result<Answer> answer)>;

  /// Hands a command over and returns before it is decided, so that one thread can keep many in
  /// flight. Commands of one thread are decided in the order of their submission. Blocks while
  /// `Options::in_flight_max` commands wait, except inside a Completion. An answer has the meaning
  /// and the durability of the same command's member function; `close` waits for all of them.
  void submit(Command command, const Context& context, Completion done);
  [[nodiscard]] std::future<Result<Answer>> submit(Command command, const Context& context = {});

  // --- Files of a deployment. Edits: only while `building`, else Sealed; no event; durable -------

  /// Stores one file, replacing one at the same path.
  /// Errors: NotFound, Sealed, InvalidPath, AlreadyExists (a file stands where a directory is
  /// needed, or the reverse).
  Result<StoreReport> store(DeploymentId id, std::string_view path, std::string_view bytes,
                            const StoreOptions& options = {});

  /// The same for bytes that are asked of `source` as they are needed, in a few MiB of memory
  /// however many come. Its error, too, is returned, and nothing is stored then.
  Result<StoreReport> store_stream(DeploymentId id, std::string_view path, const ByteSource& source,
                                   const StoreOptions& options = {});

  /// Stores every file below `directory`, all or none. Symbolic links and special files are refused
  /// by name (`InvalidPath`), and so is a file that changes while it is read (`Io`).
  Result<StoreReport> store_tree(DeploymentId id, const std::string& directory,
                                 const StoreTreeOptions& options = {},
                                 const ProgressCallback& progress = {});

  Status remove(DeploymentId id, std::string_view path);
  Status remove_all(DeploymentId id);

  /// The bytes of one file or of a part of it, every chunk checked by its XXH3; all of them or an
  /// error. Errors: NotFound, PathNotFound, ArtifactDeleted, InvalidArgument (an offset behind the
  /// end), Corruption.
  Result<std::string> retrieve(DeploymentId id, std::string_view path,
                               const RetrieveOptions& options = {}) const;

  /// The same to `sink`, chunk by chunk, each checked before it is handed on; how many bytes were.
  /// An error after some of them does not take those back. With `options.verify` the last piece is
  /// held until the SHA-256 was found right: who has got all the bytes has got the right ones, and
  /// until then what came is checked against accidents only. Memory: one chunk, and its block.
  /// Errors: also those of `sink`.
  Result<std::uint64_t> retrieve_to(DeploymentId id, std::string_view path, const ByteSink& sink,
                                    const RetrieveOptions& options = {}) const;

  /// All files, at every depth, sorted by the bytes of their paths. An external artifact has none.
  Result<std::vector<FileEntry>> list_files(DeploymentId id) const;

  /// Writes the whole artifact to `directory`, which must be absent or empty; it appears complete
  /// or not at all, and is durable on return. What cannot be shared as `options` ask is written.
  /// When only `options.current` could not be moved, the folder stands complete all the same.
  /// Errors: also AlreadyExists, NotFound (a folder of `options`), InvalidArgument, Io, Cancelled.
  Result<MaterializeReport> materialize(DeploymentId id, const std::string& directory,
                                        const MaterializeOptions& options = {},
                                        const ProgressCallback& progress = {}) const;

  /// Every path at which two deployments differ, in order; nothing for a side stands for no files
  /// at all. The manifests are in memory meanwhile, no file is read. Errors: those of `list_files`,
  /// InvalidArgument for an artifact that lies elsewhere.
  Status diff(std::optional<DeploymentId> before, std::optional<DeploymentId> after,
              const FileChangeSink& visit) const;

  // --- Queries -----------------------------------------------------------------------------------

  Result<Deployment> get(DeploymentId id) const;

  /// By identifier, or by a prefix of one with at least four characters, not digits alone. A prefix
  /// of several is `InvalidArgument` and lists up to ten.
  Result<Deployment> find(std::string_view identifier) const;

  /// Newest first.
  Result<Page<Deployment>> list(std::string_view owner, const DeploymentFilter& filter = {},
                                const PageRequest& page = {}) const;

  /// Every owner that has a deployment, sorted by bytes.
  Result<Page<std::string>> owners(const PageRequest& page = {}) const;

  /// The active deployment; null where nothing is active. On a handle that writes, this and
  /// `pointer` come from memory (`Options::memory_heads_max`) and wait neither for a disk nor for a
  /// commit.
  Result<SharedDeployment> active(std::string_view owner,
                                  std::string_view channel = kLiveChannel) const;

  Result<Pointer> pointer(std::string_view owner, std::string_view channel = kLiveChannel) const;

  /// Newest first.
  Result<Page<Activation>> activations(std::string_view owner,
                                       std::string_view channel = kLiveChannel,
                                       const PageRequest& page = {}) const;

  Result<Page<Event>> history(const EventFilter& filter = {}, const PageRequest& page = {},
                              HistoryOrder order = HistoryOrder::oldest_first) const;

  /// Up to `limit` (1 to 1,000) events from `from` on, in order; empty at the end of the log.
  Result<std::vector<Event>> read(Position from, std::size_t limit) const;

  // --- Queries about the past: the same answers as of a moment, from rows that never change
  // --------

  /// The position that `at` stands for: that of the last event at or before it, 0 for none.
  /// Errors, here and below: InvalidArgument for a position beyond the end of the log.
  Result<Position> position_at(const AsOf& at) const;

  /// What was active then, as it was then; null where nothing was.
  Result<SharedDeployment> active_at(std::string_view owner, std::string_view channel,
                                     const AsOf& at) const;

  /// Where a pointer stood, where a rollback would have gone, and whether it was frozen.
  Result<Pointer> pointer_at(std::string_view owner, std::string_view channel,
                             const AsOf& at) const;

  /// A deployment as it was. Errors: NotFound, also where it was not there yet.
  Result<Deployment> get_at(DeploymentId id, const AsOf& at) const;

  /// Every pointer of the ledger that had moved by then, sorted by the bytes of owner and channel.
  Result<Page<Pointer>> state_at(const AsOf& at, const PageRequest& page = {}) const;

  /// What `prune` would do: every deployment of `owner`, newest first, with what keeps it or the
  /// rule that removes it.
  Result<std::vector<PruneItem>> prune_plan(std::string_view owner,
                                            const PrunePolicy& policy = {}) const;

  Result<Stats> stats() const;

  // --- Projections of users: purser/user_projection.h
  // ---------------------------------------------

  /// Calls `look` with the stored rows of a projection, all of one position: that of the last event
  /// they speak of, which is earlier than the log where the projection is behind. Its code need not
  /// be in this process, nor in the one that writes. Errors: NotFound, Corruption, and that of
  /// `look`, which must not close the ledger.
  Status look_at_projection(std::string_view name, const ProjectionLook& look) const;

  /// Folds the log into memory and calls `look` with the rows; nothing is stored, and the handle
  /// need not know the projection. `progress` counts events as files. Errors: LimitExceeded where
  /// the rows take more than Options::rebuild_memory_bytes, InvalidArgument where the fold fails,
  /// UnsupportedVersion, Corruption, Cancelled, and that of `look`.
  Status fold_in_memory(const UserProjection& projection, const ProjectionLook& look,
                        const ProgressCallback& progress = {}) const;

  /// Makes the rows of one of Options::projections anew while commands and queries go on, and
  /// switches to them in one write. Interrupted at any point, the rows before stay in use.
  /// `progress` is not called while commands wait, so it may call them.
  /// Errors: NotFound, ReadOnly, NoSpace, Cancelled, InvalidArgument where the fold fails,
  /// UnsupportedVersion.
  Result<RebuildReport> rebuild_projection(std::string_view name,
                                           const ProgressCallback& progress = {});

  /// Gives up the rows of a projection that no program has the code of any more; they go at a later
  /// open. Errors: NotFound, ReadOnly, InvalidArgument where it is one of Options::projections.
  Status forget_projection(std::string_view name);

  // --- Following the log -------------------------------------------------------------------------

  /// Blocks until the event at `position` can be read, which is true, or `timeout` has passed.
  /// Woken by the commit; a read-only handle looks every 10 ms whether the writing process has come
  /// further, and refreshes itself as soon as no other call reads it. Errors: ReadOnly{closed,
  /// forked}, those of `refresh`.
  Result<bool> wait_for(Position position, std::chrono::milliseconds timeout);

  /// Gets one event; false ends following. It may use the ledger, but not close it.
  using EventSink = std::function<bool(const Event& event)>;

  /// Hands over every event from `from` on, each once, in order, as soon as it is durable, on the
  /// caller's thread; returns when `deliver` is false or `stop` is requested. To resume, begin
  /// behind the last one delivered. Errors: InvalidArgument, Corruption, and those of `wait_for`.
  Status follow(Position from, const EventSink& deliver, std::stop_token stop = {});

  /// A follower's cursor: the position up to which it is done, durable in a file of its own that is
  /// replaced as a whole. Errors: Io.
  Status save_cursor(const std::string& path, Position done) const;

  /// Nothing where there is no file. Errors: Corruption, UnsupportedVersion, Io, InvalidArgument
  /// for a cursor of another ledger, LedgerTruncated for one beyond the end of the log.
  Result<std::optional<Position>> load_cursor(const std::string& path) const;

  // --- Proofs and what is signed: purser/audit.h -------------------------------------------------

  /// The root of the Merkle tree over the first `size` events; over all of them unless given.
  /// Errors, here and below: InvalidArgument for a position beyond the end of the log.
  Result<Digest> root(std::optional<Position> size = {}) const;

  /// The hashes that lead from the event at `event` to the root over the first `size` events.
  Result<std::vector<Digest>> prove_inclusion(Position event,
                                              std::optional<Position> size = {}) const;

  /// The hashes that show that the first `newer` events begin with the first `older`.
  Result<std::vector<Digest>> prove_consistency(Position older, Position newer) const;

  /// The event at `position` as it is stored: the entry of the tree.
  Result<std::string> stored_event(Position position) const;

  /// Makes a key that signs checkpoints and begins epoch `epoch` with it: the first one by default,
  /// later ones above the last. The secret goes to the file `path`, which must not exist yet nor
  /// lie in a ledger's directory, and what it signed last to `path`.last. Returns the verifier key.
  /// Errors: AlreadyExists, InvalidArgument, Io, ReadOnly.
  Result<std::string> make_key(const std::string& path, std::optional<std::uint32_t> epoch = {},
                               const Context& context = {});

  /// The epoch that checkpoints are signed in; 0 where no key was ever made.
  Result<std::uint32_t> epoch() const;

  /// Signs the log as it stands, with the key in the file `key_path`; where it was signed as it is
  /// already, that checkpoint. Reads and hashes every event since the last one. Durable on return.
  /// Errors: InvalidArgument (not the key of this epoch), LedgerTruncated (the log is shorter than
  /// what was signed), Corruption (it is another log), NotFound, Io, ReadOnly.
  Result<SignedCheckpoint> checkpoint(const std::string& key_path);

  /// The checkpoint that was signed for the first `size` events; the newest unless given.
  /// Errors: NotFound.
  Result<SignedCheckpoint> signed_checkpoint(std::optional<Position> size = {}) const;

  /// A file that proves the event at `event` to be in the log of the newest checkpoint
  /// (c2sp.org/tlog-proof). Errors: NotFound where no checkpoint covers it.
  Result<std::string> event_proof_file(Position event) const;

  /// A file that proves that the log of the checkpoint of size `newer` begins with the first
  /// `older` events; also the request to a witness (c2sp.org/tlog-witness, add-checkpoint).
  /// Errors: NotFound where nothing of that size was signed.
  Result<std::string> consistency_proof_file(Position older, Position newer) const;

  /// A tile of the Merkle tree (c2sp.org/tlog-tiles): the hashes, 32 bytes each, of the first
  /// `width` of the 256 perfect subtrees of 256^`level` events from number 256 * `index` on.
  /// Errors: InvalidArgument for one that is not within the log, UnsupportedVersion where the
  /// ledger was never opened for writing by this version.
  Result<std::string> tile(unsigned level, std::uint64_t index, unsigned width = 256) const;

  /// The events that a tile of level 0 has the hashes of, each behind its length (u16, big-endian).
  /// Errors: those of `tile`.
  Result<std::string> entry_bundle(std::uint64_t index, unsigned width = 256) const;

  /// Hands the log of the newest checkpoint out to `directory`, made if it is not there, as
  /// c2sp.org/tlog-tiles lays it out: `checkpoint`, which is replaced last, and below `tile/` what
  /// there is not yet. Each file appears whole, 0600, and all are durable on return; after an error
  /// or a crash the next call goes on. Partial tiles of older checkpoints of the epoch are there,
  /// too, as far as they are not whole by now. Errors: NotFound where nothing was signed,
  /// InvalidArgument (a folder of another log, or a ledger), LedgerTruncated and Corruption where
  /// the log is not the one that the folder holds the beginning of, Cancelled, Io.
  Result<TilesReport> write_tiles(const std::string& directory,
                                  const ProgressCallback& progress = {}) const;

  /// Adds lines with which witnesses answered to the checkpoint of `size`. `witnesses` are their
  /// verifier keys. One false line of a known witness, and none is added.
  /// Errors: Corruption{signature}, InvalidArgument, NotFound, ReadOnly.
  Result<CosignatureReport> add_cosignatures(Position size, std::string_view lines,
                                             const std::vector<std::string>& witnesses);

  // --- Upkeep ------------------------------------------------------------------------------------

  /// Folds every projection anew from the events and switches to the result. Commands wait; queries
  /// go on. Then the same for each of Options::projections, for which commands do not wait.
  /// Interrupted, it leaves old rows in use. `progress` counts events as files, those of each pass.
  Result<std::vector<RebuildReport>> rebuild(const ProgressCallback& progress = {});

  /// Makes anew what says where chunks are, from the packs alone, which are read from end to end;
  /// every chunk that is whole in one is found afterwards, and no other. Stores wait; all else goes
  /// on. Interrupted, it leaves rows that are right or as they were. Errors: ReadOnly,
  /// UnsupportedVersion, Io.
  Result<RebuiltIndex> rebuild_index();

  /// Whether the log is whole, whether all that is derived is what it says, and whether every file
  /// of every deployment can be served. Damage is in the report, not an error. `progress` counts
  /// events, each twice, and deployments as files. Memory: Options::rebuild_memory_bytes, and some
  /// 100 bytes for each different file. With `repair` needs a handle that writes, and no `store`,
  /// `store_tree` or `mark_ready` of it may be under way.
  /// Errors: Io, ReadOnly, Cancelled, UnsupportedVersion, Corruption of rows of neither kind.
  Result<VerifyReport> verify(const VerifyOptions& options = {},
                              const ProgressCallback& progress = {}) const;

  /// Gives back the space of what no deployment has any more: of deleted artifacts, of files that
  /// were replaced or removed in a draft, and of what crashes have left. Commands, stores and
  /// queries of other threads go on, and lose nothing. A second collection, and a `verify`, wait.
  /// Interrupted or failed at any point it has removed nothing that is referred to; the next one
  /// finishes it. `progress` counts packs as files, and the plain bytes that move. Unless it is to
  /// repack it may use Options::disk_reserve_bytes.
  /// Errors: ReadOnly, NoSpace, InvalidArgument, Io, Cancelled (what was freed until then is),
  /// Corruption where it cannot be told what a deployment has.
  Result<CollectReport> collect(const CollectOptions& options = {},
                                const ProgressCallback& progress = {});

  /// What every deployment takes on disk. `progress` counts deployments as files, each twice.
  /// Errors: Corruption, Io, Cancelled.
  Result<Usage> usage(const ProgressCallback& progress = {}) const;

  /// Makes a second ledger in `into`, which must be absent or empty, from the events up to `to`:
  /// equal event bytes, equal rows, an id of its own, and `Stats::origin` says where it comes from.
  /// Bytes of artifacts are not copied. `progress` counts events as files.
  /// Errors: InvalidArgument, also for a position inside what one command wrote together;
  /// AlreadyExists, Corruption, NoSpace, Io, Cancelled; nothing is then left in `into`.
  Result<LedgerId> replay(Position to, const std::string& into,
                          const ProgressCallback& progress = {}) const;

  /// Writes the log to `lines`, as `form` has it, and, where `artifacts` is not empty, what the
  /// files of all deployments and drafts are made of: everything that `import_ledger` makes this
  /// ledger from again, from one moment (purser/carry.h). `progress` counts events as files, and
  /// the bytes of chunks. Memory: some MiB; with `artifacts` Options::rebuild_memory_bytes, and
  /// some 100 bytes for each different chunk and file. Errors: Corruption for what cannot be had;
  /// ArtifactDeleted where it was deleted and collected meanwhile: to be tried again;
  /// LimitExceeded, Cancelled, Io, and those of the sinks.
  Result<CarryReport> write_export(const LineForm& form, const ByteSink& lines,
                                   const RecordSink& artifacts = {},
                                   const ProgressCallback& progress = {}) const;

  /// On a read-only handle: shows what the writing process has made durable since. Otherwise
  /// nothing to do. Waits until no other call reads this handle: within a callback of one it is
  /// InvalidArgument, as is whatever else needs newer events.
  Status refresh();

  class Impl;  // not for callers

 private:
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace purser
