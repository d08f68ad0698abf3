#include "audit/ed25519.h"

#include <openssl/evp.h>

#include <memory>

#include "check.h"

namespace purser {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Key private_key(const Ed25519Seed& seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  PURSER_CHECK(key != nullptr, "libcrypto has no Ed25519");
  return key;
}

const unsigned char* evp_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Ed25519PublicKey ed25519_public_key(const Ed25519Seed& seed) {
  Ed25519PublicKey public_key{};
  std::size_t size = public_key.size();
  PURSER_CHECK(EVP_PKEY_get_raw_public_key(private_key(seed).get(), public_key.data(), &size) == 1,
               "EVP_PKEY_get_raw_public_key");
  return public_key;
}

std::string ed25519_sign(const Ed25519Seed& seed, std::string_view message) {
  const Key key = private_key(seed);
  const Context context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  PURSER_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1,
               "EVP_DigestSignInit");
  PURSER_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                              &size, evp_bytes(message), message.size()) == 1,
               "EVP_DigestSign");
  return signature;
}

bool ed25519_verify(const Ed25519PublicKey& public_key, std::string_view message,
                    std::string_view signature) {
  if (signature.size() != kEd25519SignatureBytes) return false;
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  const Context context(EVP_MD_CTX_new());
  if (!key || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), evp_bytes(signature), signature.size(), evp_bytes(message),
                          message.size()) == 1;
}

}  // namespace purser
