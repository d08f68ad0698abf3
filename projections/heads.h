// The newest state of each deployment and each pointer, as a fold and the rules need it: what a
// reverse seek in the rows would find, without the seek.
//
// A fold asks for the state before its event and puts the state after it. Who stands behind: the
// commit (memory, then rows), a rebuild (its own rows so far), or a test. One thread at a time.
#pragma once

#include <optional>
#include <string_view>

#include "purser/deployment.h"
#include "purser/pointer.h"
#include "purser/status.h"

namespace purser {

/// One generation of a pointer; generation 0: it has never moved.
struct PointerRow {
  Generation generation;
  Position position;
  Timestamp time;
  std::optional<DeploymentId> deployment;
  std::optional<DeploymentId> previous;
  Generation parent;
  friend bool operator==(const PointerRow&, const PointerRow&) = default;
};

class Heads {
 public:
  virtual ~Heads() = default;

  /// Null when there is no such deployment. Errors: Corruption, Io.
  virtual Result<SharedDeployment> deployment(DeploymentId id) = 0;
  /// Errors: Corruption, Io.
  virtual Result<PointerRow> pointer(std::string_view owner, std::string_view channel) = 0;
  /// How one channel was frozen, or, under the empty name, all channels of `owner` together. Null
  /// where it was not. Errors: Corruption, Io.
  virtual Result<SharedFreeze> freeze(std::string_view owner, std::string_view channel) = 0;
  /// The greatest id that was ever given; 0 for none.
  virtual Result<DeploymentId> last_deployment() = 0;

  virtual void put(SharedDeployment deployment, Position position) = 0;
  virtual void put(std::string_view owner, std::string_view channel, const PointerRow& row) = 0;
  virtual void put(std::string_view owner, std::string_view channel, SharedFreeze freeze,
                   Position position) = 0;
};

}  // namespace purser
