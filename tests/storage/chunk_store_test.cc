// What every ChunkStore promises, whatever it is made of.
#include "chunk_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "content.h"
#include "hash.h"
#include "memory_chunk_store.h"
#include "memory_store.h"
#include "pack_store.h"
#include "storage/results.h"
#include "storage/scratch.h"

namespace purser::chunk_store_test {
namespace {

struct Kind {
  const char* name;
  std::function<std::unique_ptr<ChunkStore>(const std::string& directory, Store& rows)> make;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class ChunkStoreConformance : public testing::TestWithParam<Kind> {
 protected:
  // Puts `chunks` in one batch and says which were new.
  std::vector<bool> put_all(const std::vector<std::string>& chunks) {
    std::vector<bool> is_new;
    auto batch = store_->begin();
    EXPECT_TRUE(ok(batch));
    for (const std::string& chunk : chunks) {
      auto put = (*batch)->put(sha256(chunk), chunk);
      EXPECT_TRUE(ok(put));
      is_new.push_back(*put);
    }
    EXPECT_TRUE(ok((*batch)->commit()));
    return is_new;
  }

  using Chunks = std::vector<std::string>;
  CollectReport sweep(const Chunks& kept, bool dry_run = false) {
    auto sweep = store_->begin_sweep();
    EXPECT_TRUE(ok(sweep));
    for (const std::string& chunk : kept) {
      (*sweep)->keep(sha256(chunk), static_cast<std::uint32_t>(chunk.size()));
    }
    CollectReport report;
    EXPECT_TRUE(ok((*sweep)->run({0, false, dry_run}, {}, report)));
    return report;
  }

  Scratch scratch_;
  MemoryStore rows_;
  std::unique_ptr<ChunkStore> store_ = GetParam().make(scratch_ / "chunks", rows_);
};

TEST_P(ChunkStoreConformance, WhatWasPutComesBackExactly) {
  const std::vector<std::string> chunks = {"a", std::string(1, '\0'), std::string(5000, '\xff'),
                                           std::string(kStoredChunkBytesMax, 'x')};
  EXPECT_EQ(put_all(chunks), std::vector<bool>({true, true, true, true}));
  for (const std::string& chunk : chunks) {
    const auto read = store_->get(sha256(chunk));
    ASSERT_TRUE(ok(read));
    EXPECT_TRUE(*read == chunk);
  }
}

TEST_P(ChunkStoreConformance, ChunkNeverStoredIsCorruption) {
  const auto read = store_->get(sha256("a"));
  ASSERT_TRUE(fails_with<Corruption>(read, "missing"));
  EXPECT_EQ(read.error().as<Corruption>()->where, "chunk " + to_hex(sha256("a")));
}

TEST_P(ChunkStoreConformance, ChunkHeldAlreadyIsNotNew) {
  EXPECT_EQ(put_all({"a", "a", "b"}), std::vector<bool>({true, false, true}));
  EXPECT_EQ(put_all({"b", "c", "a"}), std::vector<bool>({false, true, false}));
  EXPECT_EQ(*store_->get(sha256("a")), "a");
}

TEST_P(ChunkStoreConformance, NothingIsVisibleBeforeCommit) {
  auto batch = store_->begin();
  ASSERT_TRUE(ok((*batch)->put(sha256("a"), "a")));
  EXPECT_TRUE(fails_with<Corruption>(store_->get(sha256("a"))));
  ASSERT_TRUE(ok((*batch)->commit()));
  EXPECT_TRUE(ok(store_->get(sha256("a"))));
}

TEST_P(ChunkStoreConformance, AbandonedBatchLeavesNothing) {
  {
    auto batch = store_->begin();
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(ok((*batch)->put(sha256(std::to_string(i)), std::to_string(i))));
    }
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(fails_with<Corruption>(store_->get(sha256(std::to_string(i)))));
  }
  EXPECT_EQ(put_all({"3"}), std::vector<bool>({true}));
}

TEST_P(ChunkStoreConformance, WholeStoreHoldsWhatWasCommittedAndChecksOut) {
  put_all({"a", std::string(100'000, 'x')});
  auto batch = store_->begin();
  ASSERT_TRUE(ok((*batch)->put(sha256("b"), "b")));
  EXPECT_TRUE(*store_->holds(sha256("a")));
  EXPECT_FALSE(*store_->holds(sha256("b")));
  for (const bool quick : {true, false}) {
    ChunkCheckSinks sinks;
    sinks.lost = [](const ChunkDamage& damage) {
      ADD_FAILURE() << to_hex(damage.chunk) << " " << damage.what;
    };
    sinks.index = [](const IndexDamage& damage) { ADD_FAILURE() << damage.where; };
    sinks.read = [](std::uint64_t) { return Status(); };
    EXPECT_TRUE(ok(store_->check({quick, true, {}}, sinks)));
  }
}

TEST_P(ChunkStoreConformance, ForgottenChunkIsStoredAgain) {
  put_all({"a", "b"});
  ASSERT_TRUE(ok(store_->forget({sha256("a"), sha256("never stored")})));
  EXPECT_FALSE(*store_->holds(sha256("a")));
  EXPECT_TRUE(fails_with<Corruption>(store_->get(sha256("a")), "missing"));
  EXPECT_EQ(put_all({"a", "b"}), std::vector<bool>({true, false}));
  EXPECT_EQ(*store_->get(sha256("a")), "a");
}

TEST_P(ChunkStoreConformance, SweepRemovesWhatIsNotKept) {
  put_all({"a", "b", "c"});
  const std::uint64_t before = *store_->bytes_on_disk();
  const CollectReport planned = sweep({"a", "c"}, true);
  EXPECT_EQ(planned.chunks_removed, 1u);
  EXPECT_TRUE(*store_->holds(sha256("b")));
  const CollectReport report = sweep({"a", "c"});
  EXPECT_EQ(report.chunks_kept, 2u);
  EXPECT_EQ(report.chunks_removed, 1u);
  EXPECT_EQ(*store_->bytes_on_disk(), before - static_cast<std::uint64_t>(report.bytes_freed()));
  EXPECT_EQ(*store_->get(sha256("a")), "a");
  EXPECT_EQ(*store_->get(sha256("c")), "c");
  EXPECT_FALSE(*store_->holds(sha256("b")));
  EXPECT_TRUE(fails_with<Corruption>(store_->get(sha256("b")), "missing"));
  EXPECT_EQ(put_all({"a", "b"}), std::vector<bool>({false, true}));
  EXPECT_EQ(*store_->get(sha256("b")), "b");
  EXPECT_EQ(sweep({"a", "b", "c", "never stored"}).chunks_missing, 1u);
}

TEST_P(ChunkStoreConformance, SweepLeavesWhatALivingBatchHasPutFoundOrHeld) {
  put_all({"found", "held", "neither"});
  auto batch = store_->begin();
  EXPECT_TRUE(*(*batch)->put(sha256("put"), "put"));
  EXPECT_FALSE(*(*batch)->put(sha256("found"), "found"));
  EXPECT_TRUE(*(*batch)->hold(sha256("held")));
  ASSERT_TRUE(ok((*batch)->commit()));
  sweep({});
  for (const std::string chunk : {"put", "found", "held"}) {
    EXPECT_EQ(*store_->get(sha256(chunk)), chunk);
  }
  EXPECT_FALSE(*store_->holds(sha256("neither")));
  EXPECT_FALSE(*(*batch)->hold(sha256("neither")));
  batch->reset();
  sweep({});
  for (const std::string chunk : {"put", "found", "held"}) {
    EXPECT_FALSE(*store_->holds(sha256(chunk)));
  }
}

TEST_P(ChunkStoreConformance, BatchStoresAnewWhatWasSweptSinceItLooked) {
  put_all({"swept"});
  auto batch = store_->begin();
  EXPECT_TRUE(*(*batch)->put(sha256("other"), "other"));
  sweep({});
  EXPECT_TRUE(*(*batch)->put(sha256("swept"), "swept"));
  ASSERT_TRUE(ok((*batch)->commit()));
  EXPECT_EQ(*store_->get(sha256("swept")), "swept");
}

// What they refer to may be newer than what the sweep is told of.
TEST_P(ChunkStoreConformance, SweepLeavesWhatABatchHeldThatHasEndedSinceItBegan) {
  put_all({"found", "neither"});
  auto older = store_->begin();
  EXPECT_FALSE(*(*older)->put(sha256("found"), "found"));
  {
    auto running = store_->begin_sweep();
    ASSERT_TRUE(ok(running));
    ASSERT_TRUE(ok((*older)->commit()));
    older->reset();
    put_all({"put meanwhile"});
    CollectReport report;
    ASSERT_TRUE(ok((*running)->run({0, false, false}, {}, report)));
  }
  EXPECT_TRUE(*store_->holds(sha256("found")));
  EXPECT_TRUE(*store_->holds(sha256("put meanwhile")));
  EXPECT_FALSE(*store_->holds(sha256("neither")));
  sweep({});
  EXPECT_FALSE(*store_->holds(sha256("found")));
}

TEST_P(ChunkStoreConformance, SweepsBesideStoresLoseNothingThatAStoreReliesOn) {
  std::atomic<int> storing = 4;
  const auto work = [&](int thread) {
    for (int round = 0; round < 60; ++round) {
      auto batch = store_->begin();
      ASSERT_TRUE(ok(batch));
      Chunks chunks;
      for (int i = 0; i < 12; ++i) {
        chunks.push_back(std::string(100, 'x') + std::to_string((7 * round + i * thread) % 30));
        const Digest digest = sha256(chunks.back());
        if (*store_->holds(digest) && *(*batch)->hold(digest)) continue;
        ASSERT_TRUE(ok((*batch)->put(digest, chunks.back())));
      }
      ASSERT_TRUE(ok((*batch)->commit()));
      for (const std::string& chunk : chunks) {
        const auto read = store_->get(sha256(chunk));
        ASSERT_TRUE(ok(read));
        ASSERT_EQ(*read, chunk);
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i <= 4; ++i) {
    threads.emplace_back([&, i] {
      work(i);
      --storing;
    });
  }
  while (storing > 0) sweep({});
  for (std::thread& thread : threads) thread.join();
}

TEST_P(ChunkStoreConformance, EmptyBatchCommits) {
  auto batch = store_->begin();
  EXPECT_TRUE(ok((*batch)->commit()));
}

TEST_P(ChunkStoreConformance, TwoBatchesMayPutTheSameChunk) {
  auto first = store_->begin();
  auto second = store_->begin();
  ASSERT_TRUE(ok((*first)->put(sha256("a"), "a")));
  ASSERT_TRUE(ok((*second)->put(sha256("a"), "a")));
  ASSERT_TRUE(ok((*second)->commit()));
  EXPECT_EQ(*store_->get(sha256("a")), "a");
  ASSERT_TRUE(ok((*first)->commit()));
  EXPECT_EQ(*store_->get(sha256("a")), "a");
}

TEST_P(ChunkStoreConformance, ChunksOfEqualXxh3AreKeptApart) {
  const auto cases =
      nlohmann::json::parse(read_file(PURSER_TEST_DATA "/xxh3_collisions.json")).at("cases");
  ASSERT_FALSE(cases.empty());
  const auto bytes = [](const std::string& hex) {
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return out;
  };
  for (const auto& one : cases) {
    const std::string a = bytes(one.at("a_hex"));
    const std::string b = bytes(one.at("b_hex"));
    ASSERT_NE(a, b);
    ASSERT_EQ(xxh3_64(a), xxh3_64(b));
    EXPECT_EQ(put_all({a, b}), std::vector<bool>({true, true}));
    EXPECT_EQ(*store_->get(sha256(a)), a);
    EXPECT_EQ(*store_->get(sha256(b)), b);
  }
}

TEST_P(ChunkStoreConformance, ManyThreadsMayStoreAndReadTheSameChunks) {
  const auto work = [&](int thread) {
    for (int round = 0; round < 20; ++round) {
      std::vector<std::string> chunks;
      chunks.reserve(12);
      for (int i = 0; i < 12; ++i) {
        chunks.push_back(std::string(100, 'x') + std::to_string((7 * round + i * thread) % 50));
      }
      put_all(chunks);
      for (const std::string& chunk : chunks) {
        const auto read = store_->get(sha256(chunk));
        ASSERT_TRUE(ok(read));
        ASSERT_EQ(*read, chunk);
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i <= 4; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(
    AllStores, ChunkStoreConformance,
    testing::Values(Kind{"Memory",
                         [](const std::string&, Store&) -> std::unique_ptr<ChunkStore> {
                           return std::make_unique<MemoryChunkStore>();
                         }},
                    Kind{"Packs",
                         [](const std::string& directory,
                            Store& rows) -> std::unique_ptr<ChunkStore> {
                           return PackStore::open(directory, rows, true).value();
                         }}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace purser::chunk_store_test
