// A stranger's first program: exits 0 only if a deployment went through its whole life.
#include <purser/ledger.h>

#include <cstdio>

namespace {

int fail(const char* step, const purser::Error& error) {
  std::fprintf(stderr, "%s: %s\n", step, error.message().c_str());
  return 1;
}

}  // namespace

int main() {
  auto ledger = purser::Ledger::in_memory();
  if (!ledger) return fail("in_memory", ledger.error());
  const auto created = ledger->create("project:consumer");
  if (!created) return fail("create", created.error());
  const auto stored = ledger->store(created.value().id, "index.html", "<p>hello</p>");
  if (!stored) return fail("store", stored.error());
  const auto ready = ledger->mark_ready(created.value().id);
  if (!ready) return fail("mark_ready", ready.error());
  const auto promoted = ledger->promote("project:consumer", created.value().id);
  if (!promoted) return fail("promote", promoted.error());
  const auto active = ledger->active("project:consumer");
  if (!active) return fail("active", active.error());
  if (!active.value() || active.value()->id != created.value().id) {
    std::fprintf(stderr, "active: not the deployment that was promoted\n");
    return 1;
  }
  std::printf("active: %s\n", active.value()->identifier.c_str());
  return 0;
}
