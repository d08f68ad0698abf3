#include "verbs.h"

namespace purser::tools {

void add_all_verbs(CLI::App& app, Session& session) {
  for (auto* add :
       {add_deploy,      add_create,      add_store,        add_ready,      add_fail,
        add_promote,     add_rollback,    add_clear,        add_freeze,     add_unfreeze,
        add_active,      add_pointer,     add_activations,  add_files,      add_cat,
        add_materialize, add_remove,      add_diff,         add_du,         add_show,
        add_list,        add_owners,      add_state,        add_log,        add_follow,
        add_report,      add_preview_url, add_stats,        add_key,        add_checkpoint,
        add_prove,       add_event,       add_cosign,       add_tiles,      add_init,
        add_mark_bad,    add_unmark_bad,  add_pin,          add_unpin,      add_delete_artifact,
        add_prune,       add_gc,          add_expire,       add_verify,     add_rebuild,
        add_recover,     add_salvage,     add_backup,       add_restore,    add_replay,
        add_export,      add_import,      add_import_ferro, add_import_log, add_bench}) {
    add(app, session);
  }
}

}  // namespace purser::tools
