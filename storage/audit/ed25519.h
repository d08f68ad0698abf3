// Ed25519 (RFC 8032), by OpenSSL. Safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace purser {

using Ed25519Seed = std::array<std::uint8_t, 32>;
using Ed25519PublicKey = std::array<std::uint8_t, 32>;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

[[nodiscard]] Ed25519PublicKey ed25519_public_key(const Ed25519Seed& seed);
[[nodiscard]] std::string ed25519_sign(const Ed25519Seed& seed, std::string_view message);
/// False for a signature or a key that is none, too.
[[nodiscard]] bool ed25519_verify(const Ed25519PublicKey& key, std::string_view message,
                                  std::string_view signature);

}  // namespace purser
