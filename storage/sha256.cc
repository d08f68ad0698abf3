// Apart from hash.cc, so that the verifier can do without xxHash.
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "check.h"
#include "hash.h"

namespace purser {

struct Sha256::Context {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> evp{EVP_MD_CTX_new()};

  void begin() {
    // Fetched once: a fetch per hash costs more than hashing a small chunk.
    static EVP_MD* const kMethod = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    PURSER_CHECK(kMethod != nullptr && evp != nullptr, "libcrypto has no SHA-256");
    PURSER_CHECK(EVP_DigestInit_ex2(evp.get(), kMethod, nullptr) == 1, "EVP_DigestInit");
  }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) { context_->begin(); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  PURSER_CHECK(EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size()) == 1,
               "EVP_DigestUpdate");
}

Digest Sha256::finish() {
  Digest digest;
  PURSER_CHECK(EVP_DigestFinal_ex(context_->evp.get(), digest.bytes.data(), nullptr) == 1,
               "EVP_DigestFinal");
  context_->begin();
  return digest;
}

bool libcrypto_works() { return OPENSSL_init_crypto(0, nullptr) == 1; }

Digest sha256(std::string_view bytes) {
  // A static object that hashes as it is destroyed comes after what belongs to the thread.
  thread_local bool gone = false;
  struct Kept {
    Sha256 hasher;
    ~Kept() { gone = true; }
  };
  if (gone) {
    Sha256 hasher;
    hasher.update(bytes);
    return hasher.finish();
  }
  thread_local Kept kept;
  kept.hasher.update(bytes);
  return kept.hasher.finish();
}

}  // namespace purser
