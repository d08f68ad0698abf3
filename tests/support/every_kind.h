// A ledger that has done everything once. Public headers only.
#pragma once

#include <string>
#include <vector>

#include "purser/ledger.h"

namespace purser {

/// More than a few chunks, and no two alike.
inline std::string long_text(const std::string& seed) {
  std::string text;
  for (int i = 0; text.size() < 200'000; ++i) text += seed + ' ' + std::to_string(i * i) + '\n';
  return text;
}

/// Events of every kind, groups, request ids, texts that JSON escapes; artifacts of every kind, two
/// that share files, one that was deleted, and drafts. Of an empty ledger.
inline void do_everything(Ledger& ledger) {
  const auto request = [](const char* id, const char* reason = "") {
    Context context;
    context.request_id = id;
    context.reason = reason;
    return context;
  };
  const auto stored = [&](const std::string& seed) {
    const DeploymentId id =
        ledger.create("demo", {"main@1", {{"env", "pr\u00f6d"}, {"k", ""}}}).value().id;
    ledger.store(id, "index.html", "hello").value();
    ledger.store(id, "run/me.sh", seed, {true}).value();
    ledger.store(id, "large", long_text(seed)).value();
    ledger.store(id, "empty", "").value();
    return ledger.mark_ready(id, {}, request(("ready-" + seed).c_str())).value().id;
  };
  const DeploymentId one = stored("one");
  ledger.promote("demo", one, {}, request("p", "line\nquote\" \\ \u202e end")).value();
  const DeploymentId two = stored("two");
  ledger.promote("demo", two).value();
  RollbackOptions marking;
  marking.mark_bad = true;
  ledger.rollback("demo", marking).value();
  ledger.unmark_bad(two).value();
  ledger.pin(one).value();
  ledger.unpin(one).value();
  ledger.unpin(one, request("again")).value();
  ledger.promote("demo", one, {}, request("same")).value();
  ledger.freeze("demo").value();
  ledger.freeze("demo", {std::nullopt, true}).value();
  ledger.unfreeze("demo").value();
  ledger.unfreeze("demo", {std::nullopt}).value();
  ledger.clear("demo").value();
  RollbackToOptions beta;
  beta.channel = "beta";
  ledger.rollback_to("demo", two, beta).value();
  const DeploymentId failed = ledger.create("demo").value().id;
  ledger.store(failed, "evidence", "why").value();
  ledger.mark_failed(failed, "exit-2", "no such module").value();
  ledger.mark_failed(ledger.create("other").value().id, "exit-3", "nothing").value();
  ledger.mark_ready_external(ledger.create("other").value().id, "s3://x", 5).value();
  ledger.delete_artifact(stored("gone")).value();
  ledger.apply({Create{"other", {}}, Clear{"demo", {"beta", {}}}}, request("both")).value();
  const DeploymentId draft = ledger.create("demo").value().id;
  ledger.store(draft, "large", long_text("one")).value();
  ledger.store(draft, "new", "only here").value();
  ledger.store(draft, "taken out", "x").value();
  (void)ledger.remove(draft, "taken out");
}

}  // namespace purser
