// The only texts that the keys of these harnesses have ever signed: whatever else is said to be
// signed by them is not.
#pragma once

#include <string>
#include <vector>

#include "audit/evidence.h"
#include "audit/merkle.h"

namespace purser::fuzz {

inline std::string sample_entry(std::uint64_t index) { return "entry " + std::to_string(index); }

inline NoteSigner sample_signer() {
  Ed25519Seed seed{};
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(i);
  return {"purser/000102030405060708090a0b0c0d0e0f/1", seed};
}

/// The tree over the first `size` sample entries, signed.
inline SignedTree sample_tree(std::uint64_t size) {
  CompactRange range;
  for (std::uint64_t i = 0; i < size; ++i) range.append(merkle_leaf(sample_entry(i)));
  const NoteSigner signer = sample_signer();
  const Checkpoint checkpoint{signer.key().name, size, range.root()};
  const std::string text = checkpoint.text();
  return parse_signed_tree(text + "\n" + signer.sign(text) + "\n").value();
}

inline constexpr std::uint64_t kOlderSize = 3;
inline constexpr std::uint64_t kNewerSize = 7;

}  // namespace purser::fuzz
