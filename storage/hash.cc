#include "hash.h"

#define XXH_STATIC_LINKING_ONLY  // a state on the stack
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>

#include "check.h"

namespace purser {

namespace {

// Side by side a few bytes are hashed faster than in several steps.
class SideBySide {
 public:
  SideBySide(std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) {
      fits_ = fits_ && part.size() <= room_.size() - size_;
      if (!fits_) return;
      std::copy(part.begin(), part.end(), room_.begin() + size_);
      size_ += part.size();
    }
  }
  [[nodiscard]] bool fits() const { return fits_; }
  [[nodiscard]] std::string_view bytes() const { return {room_.data(), size_}; }

 private:
  std::array<char, 512> room_;
  bool fits_ = true;
  std::size_t size_ = 0;
};

}  // namespace

std::uint64_t xxh3_64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t xxh3_64(std::string_view first, std::string_view second) {
  const SideBySide both{first, second};
  if (both.fits()) return xxh3_64(both.bytes());
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, first.data(), first.size());
  XXH3_64bits_update(&state, second.data(), second.size());
  return XXH3_64bits_digest(&state);
}

namespace {

using Secret = std::array<char, XXH3_SECRET_DEFAULT_SIZE>;

Secret draw_secret() {
  Secret secret;
  PURSER_CHECK(::getentropy(secret.data(), secret.size()) == 0, "the system has no random bytes");
  return secret;
}

}  // namespace

Xxh128 keyed_xxh3_128(std::string_view first, std::string_view second) {
  static const Secret secret = draw_secret();
  const std::uint64_t size = first.size();
  std::array<char, sizeof size> length;
  std::memcpy(length.data(), &size, sizeof size);
  XXH128_hash_t hash;
  const SideBySide all{{length.data(), length.size()}, first, second};
  if (all.fits()) {
    hash = XXH3_128bits_withSecret(all.bytes().data(), all.bytes().size(), secret.data(),
                                   secret.size());
  } else {
    XXH3_state_t state;
    XXH3_128bits_reset_withSecret(&state, secret.data(), secret.size());
    XXH3_128bits_update(&state, length.data(), length.size());
    XXH3_128bits_update(&state, first.data(), first.size());
    XXH3_128bits_update(&state, second.data(), second.size());
    hash = XXH3_128bits_digest(&state);
  }
  return {hash.low64, hash.high64};
}

struct Xxh3::State {
  XXH3_state_t xxh{};
};

Xxh3::Xxh3() : state_(std::make_unique<State>()) { XXH3_64bits_reset(&state_->xxh); }
Xxh3::~Xxh3() = default;

void Xxh3::update(std::string_view bytes) {
  XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}

std::uint64_t Xxh3::digest() const { return XXH3_64bits_digest(&state_->xxh); }

}  // namespace purser
