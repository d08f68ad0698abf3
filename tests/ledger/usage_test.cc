// `Ledger::usage`: whose bytes are whose.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "support/test_ledger.h"

namespace purser::usage_test {
namespace {

class DiskUsage : public BothLedgers {
 protected:
  DeploymentId deployed(const std::vector<std::pair<std::string, std::string>>& files) {
    const DeploymentId id = create(*ledger);
    for (const auto& [path, bytes] : files) must(ledger->store(id, path, bytes));
    must(ledger->mark_ready(id));
    return id;
  }
  static std::string noise(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  }
};
PURSER_ON_BOTH_LEDGERS(DiskUsage);

TEST_P(DiskUsage, EmptyLedgerUsesNothing) {
  const Usage usage = must(ledger->usage());
  EXPECT_TRUE(usage.deployments.empty());
  EXPECT_EQ(usage.logical, 0u);
  EXPECT_EQ(usage.stored, 0u);
}

TEST_P(DiskUsage, SharedBytesAreOfAllWhoHaveThemAndUniqueOnesOfOne) {
  const std::string common = noise(50'000, 1);
  deployed({{"common", common}, {"own", noise(20'000, 2)}});
  deployed({{"the/same", common}});
  const Usage usage = must(ledger->usage());
  ASSERT_EQ(usage.deployments.size(), 2u);
  const DeploymentUsage& first = usage.deployments[0];
  const DeploymentUsage& second = usage.deployments[1];
  EXPECT_EQ(first.id, DeploymentId{1});
  EXPECT_EQ(first.owner_key, "demo");
  EXPECT_EQ(first.logical, 70'000u);
  EXPECT_EQ(second.logical, 50'000u);
  EXPECT_EQ(first.shared(), second.shared());
  EXPECT_GE(first.shared(), 50'000u);
  EXPECT_GE(first.unique, 20'000u);
  EXPECT_LT(second.unique, 2'000u);  // its manifest
  EXPECT_EQ(usage.logical, 120'000u);
  EXPECT_EQ(usage.stored, first.unique + second.unique + first.shared());
  EXPECT_GE(usage.on_disk, usage.stored);
  EXPECT_LT(usage.on_disk, 80'000u);
}

TEST_P(DiskUsage, FileThatADeploymentHasTwiceCountsOnce) {
  const std::string bytes = noise(30'000, 3);
  deployed({{"a", bytes}, {"b", bytes}});
  const Usage usage = must(ledger->usage());
  EXPECT_EQ(usage.logical, 60'000u);
  EXPECT_LT(usage.deployments.at(0).unique, 40'000u);
}

TEST_P(DiskUsage, DraftsCountAndWhatIsElsewhereOrGivenUpDoesNot) {
  must(ledger->store(create(*ledger), "draft", noise(10'000, 4)));
  must(ledger->mark_ready_external(create(*ledger), "s3://x", 1'000'000));
  must(ledger->delete_artifact(deployed({{"a", noise(10'000, 5)}})));
  const Usage usage = must(ledger->usage());
  ASSERT_EQ(usage.deployments.size(), 1u);
  EXPECT_EQ(usage.deployments[0].id, DeploymentId{1});
  EXPECT_GE(usage.deployments[0].unique, 10'000u);
  EXPECT_GE(usage.on_disk, 20'000u);
}

TEST(DiskUsageOnDisk, CompressedBytesCountAsTheyAreStoredAndPacksAreWhatTheFilesSay) {
  TestLedger ledger(Where::disk);
  const DeploymentId id = create(*ledger);
  must(ledger->store(id, "a", std::string(1'000'000, 'x')));
  must(ledger->mark_ready(id));
  const Usage usage = must(ledger->usage());
  EXPECT_EQ(usage.logical, 1'000'000u);
  EXPECT_LT(usage.stored, 20'000u);
  std::uint64_t packs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(ledger.directory() + "/chunks/packs")) {
    packs += entry.file_size();
  }
  EXPECT_EQ(usage.on_disk, packs);
}

}  // namespace
}  // namespace purser::usage_test
