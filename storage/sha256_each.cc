#include "sha256_each.h"

#include "hash.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#endif

namespace purser {
namespace {

std::vector<Digest> one_by_one(const std::vector<std::string_view>& messages) {
  std::vector<Digest> digests;
  digests.reserve(messages.size());
  for (const std::string_view message : messages) digests.push_back(sha256(message));
  return digests;
}

#if defined(__x86_64__)

constexpr std::size_t kShaBlockBytes = 64;
constexpr std::size_t kShaLengthBytes = 8;
constexpr std::size_t kLanesMax = 4;
using State = std::array<std::uint32_t, 8>;

// FIPS 180-4, 5.3.3.
constexpr State kFirstState = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// FIPS 180-4, 4.2.2.
alignas(16) constexpr std::uint32_t kRoundWords[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// One message on its way: first its whole blocks where it stands, then its end, padded.
class Lane {
 public:
  Lane() = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void begin(std::string_view message, std::size_t number) {
    number_ = number;
    state = kFirstState;
    at = message.data();
    blocks = message.size() / kShaBlockBytes;
    const std::string_view rest = message.substr(blocks * kShaBlockBytes);
    end_.fill(0);
    std::copy(rest.begin(), rest.end(), end_.begin());
    end_[rest.size()] = '\x80';
    end_blocks_ = rest.size() < kShaBlockBytes - kShaLengthBytes ? 1 : 2;
    const std::uint64_t bits = __builtin_bswap64(std::uint64_t{message.size()} * 8);
    std::memcpy(&end_[end_blocks_ * kShaBlockBytes - kShaLengthBytes], &bits, sizeof bits);
  }
  // False: there is nothing left.
  bool go_on() {
    at = end_.data();
    blocks = std::exchange(end_blocks_, 0);
    return blocks > 0;
  }
  void give(std::vector<Digest>& digests) const {
    for (std::size_t i = 0; i < state.size(); ++i) {
      const std::uint32_t word = __builtin_bswap32(state[i]);
      std::memcpy(&digests[number_].bytes[i * sizeof word], &word, sizeof word);
    }
  }

  State state;
  const char* at = nullptr;  // of the next block
  std::size_t blocks = 0;

 private:
  std::array<char, 2 * kShaBlockBytes> end_;
  std::size_t end_blocks_ = 0;
  std::size_t number_ = 0;  // of the message
};

#define PURSER_SHA_CODE __attribute__((target("sha,sse4.1,ssse3")))

inline const __m128i* words(const void* at) { return static_cast<const __m128i*>(at); }
inline __m128i* words(void* at) { return static_cast<__m128i*>(at); }

// What the instructions want: A B E F in one register, C D G H in the other.
struct Packed {
  __m128i abef, cdgh;
};

PURSER_SHA_CODE inline Packed pack(const State& state) {
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words(state.data())), 0xB1);
  const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(words(state.data() + 4)), 0x1B);
  return {_mm_alignr_epi8(badc, efgh, 8), _mm_blend_epi16(efgh, badc, 0xF0)};
}

PURSER_SHA_CODE inline void unpack(const Packed& packed, State& state) {
  const __m128i feba = _mm_shuffle_epi32(packed.abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(packed.cdgh, 0xB1);
  _mm_storeu_si128(words(state.data()), _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(words(state.data() + 4), _mm_alignr_epi8(dchg, feba, 8));
}

// Four rounds by the words in `now`; unless `is_last`, the words sixteen rounds on take its place.
PURSER_SHA_CODE inline __attribute__((always_inline)) void four_rounds(Packed& state, __m128i& now,
                                                                       __m128i next, __m128i second,
                                                                       __m128i third,
                                                                       __m128i constants,
                                                                       bool is_last) {
  const __m128i sum = _mm_add_epi32(now, constants);
  state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sum);
  state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(sum, 0x0E));
  if (is_last) return;
  const __m128i part =
      _mm_add_epi32(_mm_sha256msg1_epu32(now, next), _mm_alignr_epi8(third, second, 4));
  now = _mm_sha256msg2_epu32(part, third);
}

// `count` blocks of each of kLanes lanes. The rounds of different lanes do not wait for each other.
template <std::size_t kLanes>
PURSER_SHA_CODE void hash_blocks(const std::array<Lane*, kLanesMax>& lanes, std::size_t count) {
  const __m128i swapped = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  Packed states[kLanes];
  for (std::size_t lane = 0; lane < kLanes; ++lane) states[lane] = pack(lanes[lane]->state);
  for (std::size_t block = 0; block < count; ++block) {
    Packed before[kLanes];
    __m128i message[kLanes][4];
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      before[lane] = states[lane];
      for (std::size_t i = 0; i < 4; ++i) {
        const __m128i read = _mm_loadu_si128(words(lanes[lane]->at) + i);
        message[lane][i] = _mm_shuffle_epi8(read, swapped);
      }
      lanes[lane]->at += kShaBlockBytes;
    }
    for (std::size_t round = 0; round < 64; round += 16) {
      for (std::size_t i = 0; i < 4; ++i) {
        const __m128i constants = _mm_load_si128(words(kRoundWords + round + 4 * i));
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
          __m128i* m = message[lane];
          four_rounds(states[lane], m[i], m[(i + 1) % 4], m[(i + 2) % 4], m[(i + 3) % 4], constants,
                      round == 48);
        }
      }
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      states[lane].abef = _mm_add_epi32(states[lane].abef, before[lane].abef);
      states[lane].cdgh = _mm_add_epi32(states[lane].cdgh, before[lane].cdgh);
    }
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    unpack(states[lane], lanes[lane]->state);
    lanes[lane]->blocks -= count;
  }
}

// As many blocks as each of the first `active` lanes has.
void hash_some(const std::array<Lane*, kLanesMax>& lanes, std::size_t active) {
  std::size_t count = lanes[0]->blocks;
  for (std::size_t i = 1; i < active; ++i) count = std::min(count, lanes[i]->blocks);
  switch (active) {
    case 1: return hash_blocks<1>(lanes, count);
    case 2: return hash_blocks<2>(lanes, count);
    case 3: return hash_blocks<3>(lanes, count);
    default: return hash_blocks<4>(lanes, count);
  }
}

// Hands messages to lanes until all have gone through.
class Lanes {
 public:
  explicit Lanes(const std::vector<std::string_view>& messages)
      : messages_(messages), digests_(messages.size()) {
    for (std::size_t i = 0; i < kLanesMax; ++i) lanes_[i] = &room_[i];
  }

  std::vector<Digest> run() {
    while (active_ < kLanesMax && begin_next(*lanes_[active_])) ++active_;
    while (active_ > 0) {
      hash_some(lanes_, active_);
      for (std::size_t i = 0; i < active_;) {
        if (goes_on(*lanes_[i])) {
          ++i;
        } else {
          std::swap(lanes_[i], lanes_[--active_]);
        }
      }
    }
    return std::move(digests_);
  }

 private:
  bool begin_next(Lane& lane) {
    if (next_ == messages_.size()) return false;
    lane.begin(messages_[next_], next_);
    ++next_;
    return lane.blocks > 0 || lane.go_on();
  }
  bool goes_on(Lane& lane) {
    if (lane.blocks > 0 || lane.go_on()) return true;
    lane.give(digests_);
    return begin_next(lane);
  }

  const std::vector<std::string_view>& messages_;
  std::vector<Digest> digests_;
  std::array<Lane, kLanesMax> room_;
  std::array<Lane*, kLanesMax> lanes_;  // those at work first
  std::size_t active_ = 0;
  std::size_t next_ = 0;  // message that has no lane yet
};

bool has_sha_instructions() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0) {
    return false;
  }
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

#endif

}  // namespace

std::vector<Digest> sha256_each(const std::vector<std::string_view>& messages) {
#if defined(__x86_64__)
  static const bool kHasInstructions = has_sha_instructions();
  if (kHasInstructions && messages.size() > 1) return Lanes(messages).run();
#endif
  return one_by_one(messages);
}

}  // namespace purser
