// Files in parts and as streams, into the ledger and out of it.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "chunk_lists.h"
#include "chunker.h"
#include "file_bytes.h"
#include "memory_chunk_store.h"
#include "memory_store.h"
#include "support/test_ledger.h"

namespace purser::reading_test {
namespace {

class Reading : public BothLedgers {};
PURSER_ON_BOTH_LEDGERS(Reading);

std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Gives `bytes` in pieces of up to `step`.
ByteSource source_of(std::string bytes, std::size_t step) {
  return [bytes = std::move(bytes), step, at = std::size_t{0}](
             char* buffer, std::size_t size) mutable -> Result<std::size_t> {
    const std::size_t count = bytes.copy(buffer, std::min(size, step), at);
    at += count;
    return count;
  };
}

// Where the chunks of `bytes` begin, and the end.
std::vector<std::size_t> borders_of(std::string_view bytes) {
  std::vector<std::size_t> borders{0};
  while (borders.back() < bytes.size()) {
    borders.push_back(borders.back() + first_chunk_bytes(bytes.substr(borders.back())));
  }
  return borders;
}

TEST_P(Reading, EveryRangeIsThatPartOfTheFile) {
  const DeploymentId id = create(*ledger);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{9000},
                                 std::size_t{16384}, std::size_t{16385}, std::size_t{300'000}}) {
    const std::string bytes = random_bytes(size, 1);
    must(ledger->store(id, "f", bytes));
    std::set<std::size_t> places{0, size};
    for (const std::size_t border : borders_of(bytes)) {
      for (const std::size_t place : {border - 1, border, border + 1}) {
        if (place <= size) places.insert(place);
      }
    }
    for (const std::size_t from : places) {
      for (const std::size_t to : places) {
        if (to < from) continue;
        const auto part = ledger->retrieve(id, "f", {from, to - from});
        ASSERT_TRUE(ok(part));
        ASSERT_TRUE(*part == bytes.substr(from, to - from)) << from << " to " << to;
      }
      ASSERT_TRUE(must(ledger->retrieve(id, "f", {from})) == bytes.substr(from));
      ASSERT_TRUE(must(ledger->retrieve(id, "f", {from, UINT64_MAX, true})) == bytes.substr(from));
    }
  }
}

TEST_P(Reading, OffsetBehindTheEndIsRefused) {
  const DeploymentId id = sealed(*ledger, "demo", "f", "hello");
  EXPECT_EQ(must(ledger->retrieve(id, "f", {5})), "");
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->retrieve(id, "f", {6})).what, "offset");
  EXPECT_EQ(failure_of<InvalidArgument>(ledger->retrieve(id, "f", {UINT64_MAX, 1})).what, "offset");
}

TEST_P(Reading, FileGoesToASinkInPiecesAndTheirNumberOfBytesIsTold) {
  const DeploymentId id = create(*ledger);
  const std::string bytes = random_bytes(400'000, 2);
  must(ledger->store(id, "f", bytes));
  for (const bool verify : {false, true}) {
    std::string got;
    std::size_t largest = 0;
    const auto count = ledger->retrieve_to(id, "f",
                                           [&](std::string_view part) -> Status {
                                             got += part;
                                             largest = std::max(largest, part.size());
                                             return {};
                                           },
                                           {1, 399'990, verify});
    EXPECT_EQ(must(count), 399'990u);
    EXPECT_TRUE(got == bytes.substr(1, 399'990));
    EXPECT_LE(largest, kChunkBytesMax);
  }
  int calls = 0;
  const auto stopped = ledger->retrieve_to(id, "f", [&](std::string_view) -> Status {
    ++calls;
    return Io{"write", "sink", "full"};
  });
  EXPECT_EQ(failure_of<Io>(stopped).path, "sink");
  EXPECT_EQ(calls, 1);
}

TEST_P(Reading, StreamIsStoredAsIfItHadComeAtOnce) {
  const DeploymentId id = create(*ledger);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16384},
                                 std::size_t{16385}, std::size_t{3'000'001}}) {
    const std::string bytes = random_bytes(size, 3);
    const StoreReport at_once = must(ledger->store(id, "at once", bytes));
    const StoreReport streamed =
        must(ledger->store_stream(id, "streamed", source_of(bytes, 77'777), {true}));
    EXPECT_EQ(at_once.bytes, size);
    EXPECT_EQ(streamed.bytes, size);
    EXPECT_EQ(streamed.new_bytes, 0u);
    const std::vector<FileEntry> files = must(ledger->list_files(id));
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(files[0].digest, files[1].digest);
    EXPECT_TRUE(files[1].executable);
    EXPECT_TRUE(must(ledger->retrieve(id, "streamed")) == bytes);
  }
}

TEST_P(Reading, StreamThatFailsStoresNothing) {
  const DeploymentId id = create(*ledger);
  int calls = 0;
  const auto failed =
      ledger->store_stream(id, "f", [&](char* buffer, std::size_t size) -> Result<std::size_t> {
        if (++calls == 3) return Cancelled{};
        std::fill_n(buffer, size, 'x');
        return size;
      });
  EXPECT_TRUE(fails_with<Cancelled>(failed));
  EXPECT_TRUE(must(ledger->list_files(id)).empty());
  EXPECT_TRUE(fails_with<InvalidPath>(ledger->store_stream(id, "../f", source_of("x", 1))));
  must(ledger->mark_failed(id, "c", "m"));
  EXPECT_TRUE(fails_with<Sealed>(ledger->store_stream(id, "f", source_of("x", 1))));
}

TEST_P(Reading, DescriptorsAreSourcesAndSinks) {
  const DeploymentId id = create(*ledger);
  const std::string bytes = random_bytes(2'500'000, 4);
  write_file(ledger.beside("in"), bytes);
  const UniqueFd in(::open(ledger.beside("in").c_str(), O_RDONLY | O_CLOEXEC));
  const UniqueFd out(::open(ledger.beside("out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  must(ledger->store_stream(id, "f", from_descriptor(in.get())));
  EXPECT_EQ(must(ledger->retrieve_to(id, "f", to_descriptor(out.get()))), bytes.size());
  EXPECT_TRUE(read_file(ledger.beside("out")) == bytes);
  EXPECT_EQ(failure_of<Io>(ledger->store_stream(id, "g", from_descriptor(-1, "my input"))).path,
            "my input");
  EXPECT_EQ(failure_of<Io>(ledger->retrieve_to(id, "f", to_descriptor(-1, "my output"))).path,
            "my output");
}

// A file whose list names chunks that are whole, but not its own.
TEST(VerifiedReading, NothingOfTheLastPieceComesWhereTheDigestDiffers) {
  MemoryChunkStore chunks;
  MemoryStore rows;
  const std::string bytes = random_bytes(300'000, 5);
  const auto batch = must(chunks.begin());
  const StoredContent content = must(put_content(*batch, sha256(bytes), bytes));
  must(batch->commit());
  const FileEntry right{"f", false, bytes.size(), content.digest};
  const FileEntry wrong{"f", false, bytes.size(), sha256("another file")};
  WriteSet changes;
  put_chunk_list(changes, right.digest, content.list);
  put_chunk_list(changes, wrong.digest, content.list);
  must(rows.write(changes));
  const auto snapshot = rows.snapshot();
  const Builds builds{};
  const View view{*snapshot, builds, Position{0}};
  std::string got;
  const ByteSink sink = [&](std::string_view part) -> Status {
    got += part;
    return {};
  };
  const ByteRange all{0, bytes.size()};
  EXPECT_TRUE(ok(read_file_verified(view, chunks, right, all, sink)));
  EXPECT_TRUE(got == bytes);
  got.clear();
  EXPECT_TRUE(
      fails_with<Corruption>(read_file_verified(view, chunks, wrong, all, sink), "SHA-256"));
  EXPECT_EQ(got.size(), bytes.size() - content.list.chunks.back().length);
  got.clear();
  EXPECT_TRUE(fails_with<Corruption>(read_file_verified(view, chunks, wrong, {10, 20}, sink)));
  EXPECT_EQ(got, "");
  EXPECT_TRUE(ok(read_file(view, chunks, wrong, all, sink)));  // accidents only
  EXPECT_TRUE(got == bytes);
}

}  // namespace
}  // namespace purser::reading_test
