// What `Ledger::verify` looks at and what it finds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "purser/export.h"
#include "purser/types.h"

namespace purser {

struct VerifyOptions {
  /// Looks whether all is there without reading the bytes of files.
  bool quick = false;
  /// Makes anew what is derived and differs, and lets go of files whose bytes are lost, so that
  /// storing the same bytes again mends every deployment that has them. Changes nothing of what is
  /// whole, and no event.
  bool repair = false;
};

/// What is compared with what.
enum class Check : std::uint8_t {
  events,       ///< each is there and as it was written: envelope, checksum, payload
  times,        ///< each is after the one before
  groups,       ///< events that one command wrote together are all there
  roots,        ///< of the tree, as they were anchored and signed, are those of the log
  projections,  ///< each row is what the events say
  cursors,      ///< how far projections say that they speak
  index,        ///< where chunks are, and how far packs count
  chunk_lists,  ///< which chunks a file has, where the chunks themselves say it as well
};
[[nodiscard]] PURSER_EXPORT std::string_view to_string(Check check);
/// Whether it is of data that can be made anew from what is whole; the rest is evidence.
[[nodiscard]] PURSER_EXPORT bool is_derived(Check check);

/// Things that are not as they should be, all of one kind: how many, and the first of them.
struct Divergence {
  Check check = Check::events;
  std::string projection;  ///< whose rows; empty for any other check
  std::uint64_t count = 0;
  Position position;  ///< of the event; 0 where it is none
  std::string where;  ///< which event, row or chunk
  std::string expected;
  std::string found;
  friend bool operator==(const Divergence&, const Divergence&) = default;
};

/// One file of one deployment, or its manifest, that cannot be served.
struct VerifyProblem {
  DeploymentId id;
  std::string path;  ///< empty: the manifest
  std::string what;
  friend bool operator==(const VerifyProblem&, const VerifyProblem&) = default;
};

/// A projection of a user whose rows were not compared.
struct UncheckedProjection {
  std::string name;
  std::string why;
  friend bool operator==(const UncheckedProjection&, const UncheckedProjection&) = default;
};

struct VerifyReport {
  std::uint64_t events = 0;
  std::uint64_t rows = 0;         ///< of projections, that the events mean
  std::uint64_t deployments = 0;  ///< whose bytes should be here
  std::uint64_t files = 0;        ///< of all of them
  std::uint64_t bytes = 0;
  std::vector<Divergence> divergences;         ///< in the order of `Check`; each kind at most once
  std::vector<UncheckedProjection> unchecked;  ///< sorted by name
  /// False where the rows that say which files there are differ and were not rebuilt: the files
  /// were not looked at.
  bool files_checked = false;
  std::uint64_t lost_chunks = 0;
  std::uint64_t lost_files = 0;  ///< different ones
  std::vector<VerifyProblem> problems;

  /// Something is gone that nothing else says.
  [[nodiscard]] PURSER_EXPORT bool evidence_lost() const;
  /// Something differs that `repair` makes anew.
  [[nodiscard]] PURSER_EXPORT bool derived_differs() const;
  /// Neither.
  [[nodiscard]] PURSER_EXPORT bool is_whole() const;
};

}  // namespace purser
