#include "hash.h"

#include <gtest/gtest.h>

namespace purser::hash_test {
namespace {

// FIPS 180-4 and its examples.
TEST(Sha256, AgreesWithThePublishedVectors) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PartsMakeTheSameAsTheWholeAndFinishBeginsAnew) {
  const std::string text(1000, 'x');
  Sha256 hasher;
  for (std::size_t cut : {0, 1, 63, 64, 65, 999, 1000}) {
    hasher.update(text.substr(0, cut));
    hasher.update("");
    hasher.update(text.substr(cut));
    EXPECT_EQ(hasher.finish(), sha256(text)) << cut;
  }
  EXPECT_EQ(hasher.finish(), sha256(""));
  Sha256 moved = std::move(hasher);
  moved.update("abc");
  EXPECT_EQ(moved.finish(), sha256("abc"));
}

TEST(Xxh3, AgreesWithThePublishedValueOfNothing) { EXPECT_EQ(xxh3_64(""), 0x2d06800538d394c2u); }

TEST(Xxh3, TwoPartsMakeTheSameAsTheWhole) {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += static_cast<char>(i * 7);
  const std::string_view view = text;
  for (std::size_t size : {0, 1, 16, 17, 128, 129, 240, 241, 1024, 1500}) {
    for (std::size_t cut = 0; cut <= size; cut += 1 + size / 7) {
      EXPECT_EQ(xxh3_64(view.substr(0, cut), view.substr(cut, size - cut)),
                xxh3_64(view.substr(0, size)));
    }
  }
}

}  // namespace
}  // namespace purser::hash_test
