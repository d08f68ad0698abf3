// The calls of a Ledger that hand the log out as tiles: each takes one Moment and answers from it.
#include "impl.h"
#include "tiles.h"

namespace purser {

Result<std::string> Ledger::tile(unsigned level, std::uint64_t index, unsigned width) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return tile_bytes(moment.view(), {level, index, width});
}

Result<std::string> Ledger::entry_bundle(std::uint64_t index, unsigned width) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return tile_bytes(moment.view(), {std::nullopt, index, width});
}

Result<TilesReport> Ledger::write_tiles(const std::string& directory,
                                        const ProgressCallback& progress) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return purser::write_tiles(moment.view(), impl_->ledger_id(), directory, progress);
}

}  // namespace purser
