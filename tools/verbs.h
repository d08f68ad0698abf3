// Every verb of the program: each function adds one to the command line.
#pragma once

#include "session.h"

namespace purser::tools {

void add_init(CLI::App& app, Session& session);

void add_create(CLI::App& app, Session& session);
void add_store(CLI::App& app, Session& session);
void add_ready(CLI::App& app, Session& session);
void add_fail(CLI::App& app, Session& session);
void add_deploy(CLI::App& app, Session& session);

void add_promote(CLI::App& app, Session& session);
void add_rollback(CLI::App& app, Session& session);
void add_clear(CLI::App& app, Session& session);
void add_freeze(CLI::App& app, Session& session);
void add_unfreeze(CLI::App& app, Session& session);
void add_active(CLI::App& app, Session& session);
void add_pointer(CLI::App& app, Session& session);
void add_activations(CLI::App& app, Session& session);

void add_files(CLI::App& app, Session& session);
void add_cat(CLI::App& app, Session& session);
void add_materialize(CLI::App& app, Session& session);
void add_remove(CLI::App& app, Session& session);
void add_diff(CLI::App& app, Session& session);

void add_show(CLI::App& app, Session& session);
void add_list(CLI::App& app, Session& session);
void add_owners(CLI::App& app, Session& session);
void add_state(CLI::App& app, Session& session);
void add_log(CLI::App& app, Session& session);
void add_follow(CLI::App& app, Session& session);
void add_preview_url(CLI::App& app, Session& session);
void add_report(CLI::App& app, Session& session);
void add_stats(CLI::App& app, Session& session);

void add_key(CLI::App& app, Session& session);
void add_checkpoint(CLI::App& app, Session& session);
void add_prove(CLI::App& app, Session& session);
void add_event(CLI::App& app, Session& session);
void add_cosign(CLI::App& app, Session& session);
void add_tiles(CLI::App& app, Session& session);

void add_mark_bad(CLI::App& app, Session& session);
void add_unmark_bad(CLI::App& app, Session& session);
void add_pin(CLI::App& app, Session& session);
void add_unpin(CLI::App& app, Session& session);
void add_delete_artifact(CLI::App& app, Session& session);
void add_gc(CLI::App& app, Session& session);
void add_prune(CLI::App& app, Session& session);
void add_expire(CLI::App& app, Session& session);
void add_du(CLI::App& app, Session& session);
void add_backup(CLI::App& app, Session& session);
void add_restore(CLI::App& app, Session& session);
void add_replay(CLI::App& app, Session& session);
void add_export(CLI::App& app, Session& session);
void add_import(CLI::App& app, Session& session);
void add_import_ferro(CLI::App& app, Session& session);
void add_import_log(CLI::App& app, Session& session);
void add_recover(CLI::App& app, Session& session);
void add_salvage(CLI::App& app, Session& session);
void add_rebuild(CLI::App& app, Session& session);
void add_verify(CLI::App& app, Session& session);
void add_bench(CLI::App& app, Session& session);
/// A verb of the verb `bench`.
void add_bench_artifacts(CLI::App& bench, Session& session);

/// All of the above, in the order in which `purser --help` lists them.
void add_all_verbs(CLI::App& app, Session& session);

}  // namespace purser::tools
