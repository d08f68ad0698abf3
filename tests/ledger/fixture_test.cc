// A ledger that the first version of every format wrote. It must open in every later version, and
// say the same. Made by the program; see the log in it for the commands.
#include <gtest/gtest.h>

#include <cstdlib>

#include "audit/merkle.h"
#include "hash.h"
#include "support/ledger_on_disk.h"

namespace purser::fixture_test {
namespace {

constexpr char kEventsSha256[] = "763332edb6d70fee649ef2e6fe713505b1557fe0ddb340e16b983b2fb52764fa";

class FirstFormat : public testing::Test {
 protected:
  FirstFormat() {
    const std::string command = "tar -xzf " PURSER_TEST_DATA "/ledger-1.tar.gz -C " +
                                scratch_.path().string() + " --no-same-owner && chmod 700 " +
                                path();
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
  [[nodiscard]] std::string path() const { return (scratch_.path() / "ledger").string(); }

 private:
  Scratch scratch_;
};

std::string bundle(const std::string& file) {
  return read_file(PURSER_TEST_DATA "/bundle/" + file);
}

void expect_its_state(const Ledger& ledger) {
  EXPECT_EQ(to_hex(sha256(event_bytes(ledger))), kEventsSha256);
  const Deployment first = must(ledger.get(DeploymentId{1}));
  EXPECT_EQ(first.identifier, "eb90ff04-11f5-4d5c-8470-e2e7de3dd95f");
  EXPECT_EQ(first.source_ref, "sha-1");
  EXPECT_EQ(first.labels, (Labels{{"env", "prod"}}));
  EXPECT_EQ(must(ledger.list_files(DeploymentId{1})).size(), 10u);
  EXPECT_EQ(must(ledger.retrieve(DeploymentId{1}, "js/v1..2.js")), bundle("v1/js/v1..2.js"));
  const Deployment second = must(ledger.get(DeploymentId{2}));
  EXPECT_EQ(second.bad, std::nullopt);
  EXPECT_EQ(second.pinned, std::nullopt);
  EXPECT_NE(second.artifact_deleted_at, std::nullopt);
  const Deployment third = must(ledger.get(DeploymentId{3}));
  EXPECT_EQ(third.failure, (Failure{"build_failed", "exit status 1"}));
  EXPECT_EQ(must(ledger.retrieve(DeploymentId{3}, "index.html")), bundle("v1/index.html"));
  EXPECT_EQ(must(ledger.get(DeploymentId{4})).artifact,
            Artifact(ExternalArtifact{"s3://builds/4", 4096}));
  EXPECT_EQ(must(ledger.get(DeploymentId{5})).status, DeploymentStatus::building);
  EXPECT_EQ(must(ledger.retrieve(DeploymentId{5}, "index.html")), bundle("v2/index.html"));
  const Pointer live = must(ledger.pointer("project:demo"));
  EXPECT_EQ(live.active, DeploymentId{1});
  EXPECT_EQ(live.previous, DeploymentId{2});
  EXPECT_EQ(live.generation, Generation{3});
  EXPECT_EQ(live.frozen, std::nullopt);
  EXPECT_EQ(must(ledger.pointer("team:docs", "preview")).active, std::nullopt);
}

TEST_F(FirstFormat, OpensForReadingAndSaysTheSame) {
  const Ledger ledger = must(Ledger::open(path(), read_only()));
  expect_its_state(ledger);
  EXPECT_TRUE(fails_with<UnsupportedVersion>(ledger.root()));  // there is no tree yet
}

TEST_F(FirstFormat, OpensForWritingSaysTheSameAndGoesOn) {
  Ledger ledger = must(Ledger::open(path()));
  expect_its_state(ledger);
  CompactRange tree;
  for (std::uint64_t at = 1; at <= 18; ++at) {
    tree.append(merkle_leaf(must(ledger.stored_event(Position{at}))));
  }
  EXPECT_EQ(must(ledger.root()), tree.root());
  must(ledger.rebuild());
  expect_its_state(ledger);
  Context again;
  again.request_id = "again";
  EXPECT_TRUE(must(ledger.promote("project:demo", DeploymentId{1}, {}, again)).receipt.replayed);
  EXPECT_EQ(must(ledger.mark_ready(DeploymentId{5})).receipt.position, Position{19});
  must(ledger.pin(DeploymentId{5}));
  must(ledger.freeze("project:demo"));
  must(ledger.close());
  const Ledger later = must(Ledger::open(path(), read_only()));
  EXPECT_TRUE(must(later.get(DeploymentId{5})).pinned.has_value());
  EXPECT_TRUE(must(later.pointer("project:demo")).frozen.has_value());
}

}  // namespace
}  // namespace purser::fixture_test
