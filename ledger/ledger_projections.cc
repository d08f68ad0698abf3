// Projections of users, as the handle offers them.
#include "impl.h"
#include "user_names.h"

namespace purser {

Status Ledger::look_at_projection(std::string_view name, const ProjectionLook& look) const {
  PURSER_TRY(check_projection_name(name));
  return impl_->look_at_projection(name, look);
}

Status Ledger::fold_in_memory(const UserProjection& projection, const ProjectionLook& look,
                              const ProgressCallback& progress) const {
  PURSER_TRY(check_user_projections({projection}));
  return impl_->fold_in_memory(projection, look, progress);
}

Result<RebuildReport> Ledger::rebuild_projection(std::string_view name,
                                                 const ProgressCallback& progress) {
  PURSER_TRY(check_projection_name(name));
  return impl_->rebuild_projection(std::string(name), progress);
}

Status Ledger::forget_projection(std::string_view name) {
  PURSER_TRY(check_projection_name(name));
  return impl_->forget_projection(std::string(name));
}

}  // namespace purser
