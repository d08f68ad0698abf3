// Holds chunks: byte strings that are named by their SHA-256 and never change.
//
// It knows nothing of files (content.h cuts them into chunks), and removes a chunk only when a
// sweep is told of all that are in use and this is none of them. Lifetime: a Batch or Sweep must
// not outlive its store. Threads: all but the members of Batch and Sweep from any thread, beside a
// sweep too; any number of batches at once, each used by one thread at a time; one sweep. A chunk
// that several put at once is stored once. Errors: NoSpace of `put`, where it would touch the
// disk's reserve: the chunk was not taken, and the batch may go on. Io, also `begin` and `commit`
// of every batch after a failed sync: what reached the medium is then unknown, and only a store
// that is opened anew may write again. Corruption for a chunk that is missing or is not what was
// stored. UnsupportedVersion for one of a newer format. Durability: after `commit` returned ok
// every chunk that was put, found or new, survives a power cut. A batch destroyed before leaves
// nothing that `get` would show, unless another batch put the same; a commit that failed may have
// stored some of its chunks, whole ones only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "purser/artifact.h"
#include "purser/collect.h"
#include "purser/rebuilt_index.h"
#include "purser/status.h"
#include "purser/types.h"

namespace purser {

/// The largest chunk that a store takes or gives, in bytes.
inline constexpr std::size_t kStoredChunkBytesMax = std::size_t{16} << 20;

/// Why the bytes of a chunk cannot be had.
struct ChunkDamage {
  Digest chunk;
  std::string what;
};
/// What the index says wrongly, of a chunk or of anything else that it has rows for. The bytes are
/// whole: `rebuild_index` mends it.
struct IndexDamage {
  std::string where;
  std::string expected;
  std::string found;
};
/// What a check looks at.
struct ChunkCheck {
  /// Looks whether the bytes of chunks are where they should be; otherwise they are read, and their
  /// SHA-256 is computed.
  bool quick = false;
  /// False beside another process that writes: what only that one uses is not looked at.
  bool is_alone = true;
  /// Chunks that should be held: ascending, each once.
  std::vector<Digest> named;
};
/// Gets what a check finds; one thread at a time.
struct ChunkCheckSinks {
  std::function<void(const ChunkDamage& damage)> lost;
  std::function<void(const IndexDamage& damage)> index;
  /// Bytes that were read since; an error ends the check with it.
  std::function<Status(std::uint64_t bytes)> read;
};

class ChunkStore {
 public:
  /// Chunks that become durable together. After a failed `put` or `commit` only to be destroyed.
  /// While it lives no sweep removes what it has put, found or held. So it is kept until what
  /// refers to its chunks is durable.
  class Batch {
   public:
    virtual ~Batch() = default;
    /// Takes `bytes`, whose SHA-256 the caller has computed from them as `digest`. True: the store
    /// did not hold this chunk yet.
    virtual Result<bool> put(const Digest& digest, std::string_view bytes) = 0;
    /// Only for a chunk that the store has held at some time since `begin`, as by rows read since
    /// then. False: it has gone; put it.
    virtual Result<bool> hold(const Digest& digest) = 0;
    /// Once, at the end.
    virtual Status commit() = 0;
  };

  /// Removes what nothing refers to. Its order makes it safe beside stores: first `begin_sweep`,
  /// then the caller looks what is referred to, and says so by `keep`. A reference that is made
  /// later is to a chunk that some batch has held meanwhile, and such chunks stay as well.
  class Sweep {
   public:
    virtual ~Sweep() = default;
    /// A chunk that is in use, and its length. In the order in which chunks should lie that are
    /// written anew; again changes nothing.
    virtual void keep(const Digest& digest, std::uint32_t length) = 0;
    /// Once. Adds to `report`. Stopped or failed at any point it has removed nothing that was to be
    /// kept, and another sweep finishes it. Errors: Io, Cancelled, Corruption of the index.
    virtual Status run(const CollectOptions& options, const ProgressCallback& progress,
                       CollectReport& report) = 0;
  };

  virtual ~ChunkStore() = default;

  virtual Result<std::unique_ptr<Batch>> begin() = 0;

  virtual Result<std::unique_ptr<Sweep>> begin_sweep() = 0;

  /// The bytes of a chunk, whole and checked.
  virtual Result<std::string> get(const Digest& digest) const = 0;

  /// Whether a committed batch put it; its bytes are not looked at.
  virtual Result<bool> holds(const Digest& digest) const = 0;

  /// What a chunk of `length` bytes takes where it is stored: its share of what it was compressed
  /// with. Errors: Corruption, Io.
  virtual Result<std::uint64_t> stored_bytes(const Digest& digest, std::uint32_t length) const = 0;

  /// Chunks in ascending order of this are read with the least effort.
  virtual Result<std::uint64_t> reading_order(const Digest& digest) const = 0;

  /// What all that is stored takes, dead chunks included.
  virtual Result<std::uint64_t> bytes_on_disk() const = 0;

  /// Reports every chunk that is held and cannot be had, and every one of `what.named` that is not
  /// held. Where anything is wrong, all that is stored is read, to tell what is lost from what is
  /// only not found.
  virtual Status check(const ChunkCheck& what, const ChunkCheckSinks& sinks) const = 0;

  /// Makes anew what says where chunks are, from what holds them; of what cannot be had nothing is
  /// said any more. Stores wait, reads go on. Durable. Errors: ReadOnly, UnsupportedVersion, Io.
  virtual Result<RebuiltIndex> rebuild_index() = 0;

  /// Lets go of chunks whose bytes are lost, so that storing them again stores them. Durable.
  virtual Status forget(const std::vector<Digest>& lost) = 0;
};

}  // namespace purser
