// SHA-256, which names things, and XXH3-64, which notices accidents. They are never exchanged:
// equal XXH3 values can be constructed at will, so XXH3 is a checksum and no identity.
//
// Free functions are safe from any thread; a `Sha256` or `Xxh3` belongs to one thread at a
// time.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "purser/types.h"

namespace purser {

/// SHA-256 (FIPS 180-4) of `bytes`.
[[nodiscard]] Digest sha256(std::string_view bytes);

/// False once libcrypto has shut down, as it does while the process ends; nothing can be hashed any
/// more.
[[nodiscard]] bool libcrypto_works();

/// SHA-256 of bytes that come in parts.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// The digest of all updates since construction or the last finish; begins anew.
  [[nodiscard]] Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// XXH3-64 (xxHash 0.8, default secret, seed 0) of `bytes`.
[[nodiscard]] std::uint64_t xxh3_64(std::string_view bytes);

/// The same over `first` and then `second`, as if they stood together.
[[nodiscard]] std::uint64_t xxh3_64(std::string_view first, std::string_view second);

/// XXH3-128 over the length of `first`, `first` and `second`, with a secret that this process has
/// drawn for itself. Two are equal by accident once in 2^128. It is no message authentication code:
/// who does not know the secret can make up pairs of long texts that are equal for about one secret
/// in 2^32.
struct Xxh128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};
[[nodiscard]] Xxh128 keyed_xxh3_128(std::string_view first, std::string_view second);

/// XXH3-64 of bytes that come in parts.
class Xxh3 {
 public:
  Xxh3();
  ~Xxh3();
  Xxh3(const Xxh3&) = delete;
  Xxh3& operator=(const Xxh3&) = delete;

  void update(std::string_view bytes);
  /// Of all updates since construction.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// For tables in memory: a digest is random already.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t value = 0;
    std::memcpy(&value, digest.bytes.data(), sizeof value);
    return value;
  }
};

}  // namespace purser
