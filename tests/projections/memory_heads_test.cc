// Heads in memory: as of any position that was published, they say what the rows say or nothing.
#include "memory_heads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

namespace purser::memory_heads_test {
namespace {

SharedDeployment deployment(std::uint64_t id, std::uint64_t state) {
  auto made = std::make_shared<Deployment>();
  made->id = DeploymentId{id};
  made->identifier = std::to_string(state);
  return made;
}

PointerRow row(std::uint64_t generation, std::uint64_t position) {
  PointerRow made;
  made.generation = Generation{generation};
  made.position = Position{position};
  made.deployment = DeploymentId{generation};
  return made;
}

const PointerName kName{"demo", "live"};

TEST(MemoryHeads, KnowNothingAtFirst) {
  const MemoryHeads heads(10);
  EXPECT_EQ(heads.deployment(DeploymentId{1}, Position{9}), std::nullopt);
  EXPECT_EQ(heads.pointer(kName, Position{9}), std::nullopt);
}

TEST(MemoryHeads, AGroupIsInvisibleBeforeItIsPublished) {
  MemoryHeads heads(10);
  heads.put(kName, row(1, 5), Position{4});
  EXPECT_EQ(heads.pointer(kName, Position{4}), std::nullopt);
  EXPECT_EQ(heads.pointer(kName, Position{5}), row(1, 5));
  heads.put(kName, row(2, 7), Position{6});
  heads.put(kName, row(3, 8), Position{6});  // twice in one group
  for (std::uint64_t at = 5; at <= 6; ++at) {
    EXPECT_EQ(heads.pointer(kName, Position{at}), row(1, 5));
  }
  EXPECT_EQ(heads.pointer(kName, Position{8}), row(3, 8));
  EXPECT_EQ(heads.pointer(kName, Position{4}), std::nullopt);
}

TEST(MemoryHeads, KnowThatNothingIsFrozenUntilSomethingIs) {
  MemoryHeads heads(10);
  EXPECT_EQ(heads.freeze(kName, Position{9}), std::nullopt);
  heads.put_nothing_frozen();
  EXPECT_EQ(heads.freeze(kName, Position{9}), SharedFreeze());
  const auto freeze = std::make_shared<const ChannelFreeze>();
  heads.put(kName, freeze, Position{12}, Position{10});
  EXPECT_EQ(heads.freeze(kName, Position{10}), SharedFreeze());
  EXPECT_EQ(heads.freeze(kName, Position{11}), SharedFreeze());
  EXPECT_EQ(heads.freeze(kName, Position{12}), freeze);
  const PointerName other{"demo", "beta"};
  EXPECT_EQ(heads.freeze(other, Position{11}), SharedFreeze());
  EXPECT_EQ(heads.freeze(other, Position{12}), std::nullopt);  // ask the rows
  heads.remember(other, SharedFreeze(), Position{12});
  EXPECT_EQ(heads.freeze(other, Position{12}), SharedFreeze());
  heads.put(kName, SharedFreeze(), Position{14}, Position{13});
  EXPECT_EQ(heads.freeze(kName, Position{13}), freeze);
  EXPECT_EQ(heads.freeze(kName, Position{14}), SharedFreeze());
}

TEST(MemoryHeads, WhatWasReadFromRowsIsKeptOnlyIfNothingHasOvertakenIt) {
  MemoryHeads heads(10);
  heads.remember(kName, row(1, 3), Position{6});
  EXPECT_EQ(heads.pointer(kName, Position{6}), row(1, 3));
  heads.remember(kName, row(9, 9), Position{9});  // it is known already
  EXPECT_EQ(heads.pointer(kName, Position{9}), row(1, 3));

  heads.clear();
  heads.put(kName, row(2, 8), Position{6});
  heads.clear();  // as if the entry had been dropped for want of room
  heads.remember(kName, row(1, 3), Position{6});
  EXPECT_EQ(heads.pointer(kName, Position{8}), std::nullopt) << "a reader of the past won";
  heads.remember(kName, row(2, 8), Position{8});
  EXPECT_EQ(heads.pointer(kName, Position{8}), row(2, 8));
}

TEST(MemoryHeads, ARollbackTargetHoldsUntilThePointerMovesOrADeploymentIsMarked) {
  MemoryHeads heads(10);
  heads.remember(kName, row(2, 5), Position{5});
  EXPECT_FALSE(heads.rollback_target(kName, Position{5}));
  heads.remember(kName, row(2, 5), {DeploymentId{1}}, Position{6});
  EXPECT_FALSE(heads.rollback_target(kName, Position{5}));
  ASSERT_TRUE(heads.rollback_target(kName, Position{6}));
  EXPECT_EQ(heads.rollback_target(kName, Position{7})->deployment, DeploymentId{1});

  heads.put_mark(Position{8});
  EXPECT_FALSE(heads.rollback_target(kName, Position{8}));
  heads.remember(kName, row(2, 5), {std::nullopt}, Position{8});
  EXPECT_EQ(heads.rollback_target(kName, Position{8})->deployment, std::nullopt);

  heads.put(kName, row(3, 9), Position{8});
  EXPECT_FALSE(heads.rollback_target(kName, Position{9}));
  heads.remember(kName, row(2, 5), {DeploymentId{1}}, Position{9});  // of where it stood before
  EXPECT_FALSE(heads.rollback_target(kName, Position{9}));
}

TEST(MemoryHeads, NoMoreAreKeptThanAllowedAndTheUsedOnesStay) {
  MemoryHeads heads(1600);
  for (std::uint64_t id = 1; id <= 100'000; ++id) {
    heads.put(deployment(id, 0), Position{id}, Position{id - 1});
    EXPECT_TRUE(heads.deployment(DeploymentId{1 + id % 100}, Position{id}) || id < 101)
        << "one that is asked for again and again was dropped";
  }
  EXPECT_LE(heads.deployments(), 1600u);
  EXPECT_GT(heads.deployments(), 1500u);
  MemoryHeads none(0);
  none.put(kName, row(1, 1), Position{0});
  EXPECT_EQ(none.pointers(), 0u);
  EXPECT_EQ(none.pointer(kName, Position{1}), std::nullopt);
}

// Against every version ever published, with room for only some of them.
TEST(MemoryHeads, SayWhatWasSoAtThatPositionOrNothing) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    MemoryHeads heads(seed % 5 * 16);
    std::map<std::uint64_t, std::map<std::uint64_t, std::uint64_t>> states;  // id, position, state
    const auto state_at = [&](std::uint64_t id, std::uint64_t at) {
      const auto& versions = states[id];
      const auto after = versions.upper_bound(at);
      return after == versions.begin() ? 0 : std::prev(after)->second;
    };
    std::vector<std::uint64_t> published = {0};  // the ends of groups
    std::size_t answers = 0;
    for (int step = 0; step < 3000; ++step) {
      if (random() % 3 == 0) {
        std::uint64_t position = published.back();
        for (unsigned i = 1 + random() % 4; i-- > 0;) {
          const std::uint64_t id = 1 + random() % 40;
          states[id][++position] = random();
          heads.put(deployment(id, states[id][position]), Position{position},
                    Position{published.back()});
        }
        published.push_back(position);
      }
      // Readers that have seen one of the last positions, the slow ones included.
      const std::size_t late = std::min<std::size_t>(published.size() - 1, random() % 4);
      const std::uint64_t at = published[published.size() - 1 - late];
      const std::uint64_t id = 1 + random() % 40;
      const std::uint64_t state = state_at(id, at);
      if (const auto known = heads.deployment(DeploymentId{id}, Position{at})) {
        ++answers;
        ASSERT_EQ((*known)->identifier, std::to_string(state)) << "seed " << seed;
      } else if (state != 0) {
        heads.remember(deployment(id, state), Position{at});
      }
    }
    EXPECT_TRUE(answers > 100 || seed % 5 == 0);
  }
}

TEST(MemoryHeads, ReadersBesideTheCommitSeeGenerationsThatOnlyGrow) {
  MemoryHeads heads(100);
  std::atomic<std::uint64_t> published = 0;
  std::atomic<bool> done = false;
  std::thread reader([&] {
    Generation last;
    while (!done) {
      const Position at{published};
      const auto known = heads.pointer(kName, at);
      if (!known) continue;
      EXPECT_LE(known->position, at);
      EXPECT_GE(known->generation, last);
      last = known->generation;
    }
  });
  for (std::uint64_t position = 1; position <= 20'000; position += 2) {
    heads.put(kName, row(position, position), Position{position - 1});
    heads.put(kName, row(position + 1, position + 1), Position{position - 1});
    published = position + 1;
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace purser::memory_heads_test
