// Fills the sample ledger in four sessions: what the first three leave lies in table files, what
// the last leaves in the log.
#include "faults/damage/sample_ledger.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <random>

namespace purser::faults {
namespace {

// value() ends the program with the message where a command is refused.
void done(const Status& status) { status.value(); }

std::string noise(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string prose(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "line " + std::to_string(text.size()) + " of a page\n";
  return text;
}

Context because(std::string reason) {
  Context context;
  context.actor = "kim";
  context.reason = std::move(reason);
  return context;
}

Context as_request(std::string_view id) {
  Context context = because("asked for");
  context.request_id = id;
  return context;
}

DeploymentId site(Ledger& ledger, std::string_view owner, const std::string& index) {
  CreateOptions options;
  options.source_ref = "commit-" + std::to_string(index.size());
  options.labels = {{"branch", "main"}};
  const DeploymentId id = ledger.create(owner, options, because("built")).value().id;
  ledger.store(id, "index.html", index).value();
  ledger.store(id, "bin/run", "#!/bin/sh\n", {.executable = true}).value();
  ledger.mark_ready(id).value();
  return id;
}

void first_session(Ledger& ledger, std::uint64_t seed) {
  const DeploymentId first = ledger.create(kFirstOwner, {}, as_request(kFirstRequest)).value().id;
  ledger.store(first, "assets/noise.bin", noise(70'000, seed)).value();
  ledger.store(first, "page.html", prose(20'000)).value();
  ledger.mark_ready(first).value();
  ledger.promote(kFirstOwner, first, {}, as_request("go")).value();
  ledger.promote(kFirstOwner, first, {}, as_request("go-again")).value();  // noted
  const DeploymentId second = site(ledger, kFirstOwner, "<p>two</p>");
  ledger.promote(kFirstOwner, second).value();
  RollbackOptions and_mark;
  and_mark.mark_bad = true;
  ledger.rollback(kFirstOwner, and_mark, because("it was slow")).value();
  ledger.unmark_bad(second).value();
  ledger.pin(first, because("the reference")).value();
  ledger.unpin(first).value();
  const DeploymentId broken = ledger.create(kFirstOwner).value().id;
  ledger.store(broken, "build.log", "error: no such file\n").value();
  ledger.mark_failed(broken, "build_failed", "exit status 1").value();
  ledger.rebuild().value();
}

void second_session(Ledger& ledger, std::uint64_t seed) {
  const DeploymentId external = ledger.create("team:docs").value().id;
  ledger.mark_ready_external(external, "s3://builds/4", 4096).value();
  PromoteOptions preview;
  preview.channel = "preview";
  ledger.promote("team:docs", external, preview).value();
  ledger.clear("team:docs", {"preview", {}}).value();
  const DeploymentId old = site(ledger, "team:docs", noise(500, seed + 1));
  ledger.delete_artifact(old, {}, because("too old")).value();
  const DeploymentId restored = site(ledger, "team:docs", prose(3000));
  ledger.rollback_to("team:docs", restored).value();
  ledger.freeze("team:docs", {.channel = std::nullopt}, because("audit")).value();
  ledger.freeze("team:docs", {.rollback_too = true}, because("and more")).value();
  ledger.unfreeze("team:docs").value();
}

void third_session(Ledger& ledger, const std::string& key) {
  const DeploymentId one = site(ledger, kFirstOwner, "<p>three</p>");
  const DeploymentId two = site(ledger, "team:mail", "<p>four</p>");
  ledger
      .apply({Promote{std::string(kFirstOwner), one, {}}, Promote{"team:mail", two, {}}, Pin{two}},
             as_request("release"))
      .value();
  ledger.make_key(key).value();
  ledger.checkpoint(key).value();
}

// The last of all is an event: of edits and checkpoints behind it the anchor says nothing.
void last_session(Ledger& ledger, const std::string& key) {
  const DeploymentId draft = ledger.create("team:mail").value().id;
  ledger.store(draft, "a/first.txt", "draft, first").value();
  ledger.store(draft, "b.txt", prose(600)).value();
  done(ledger.remove(draft, "a/first.txt"));
  ledger.store(draft, "c.txt", "draft, last").value();
  ledger.checkpoint(key).value();
  ledger.mark_bad(draft, because("wrong colours")).value();
}

}  // namespace

Options sample_options(std::uint64_t seed) {
  Options options;
  options.block_cache_bytes = std::size_t{1} << 20;
  options.rebuild_memory_bytes = std::size_t{4} << 20;
  const auto now = std::make_shared<std::atomic<std::int64_t>>(1'700'000'000'000'000);
  options.clock = [now] { return Timestamp{*now += 1'000'000}; };
  const auto random = std::make_shared<std::mt19937_64>(seed);
  options.random = [random](void* data, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      static_cast<char*>(data)[i] = static_cast<char>((*random)());
  };
  return options;
}

void make_sample_ledger(const std::string& directory, std::uint64_t seed) {
  const std::string path = directory + "/" + std::string(kLedgerName);
  const Options options = sample_options(seed);
  std::filesystem::create_directories(directory);
  Ledger::init(path, options).value();
  const std::string key = directory + "/" + std::string(kKeyName);
  for (int session = 1; session <= 4; ++session) {
    Ledger ledger = Ledger::open(path, options).value();
    if (session == 1) first_session(ledger, seed);
    if (session == 2) second_session(ledger, seed);
    if (session == 3) third_session(ledger, key);
    if (session == 4) last_session(ledger, key);
    done(ledger.close());
  }
}

}  // namespace purser::faults
