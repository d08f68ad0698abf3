// One way in which one file is damaged, and all the ways there are.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "faults/damage/folder.h"

namespace purser::faults {

enum class Harm : std::uint8_t { bit, byte, cut, removed, zeroed, foreign };

struct Injury {
  std::string file;
  Harm harm = Harm::bit;
  std::size_t at = 0;      ///< where it begins; of `cut`: what is left
  std::size_t length = 1;  ///< of `zeroed` and `foreign`
  std::uint8_t mask = 1;   ///< of `bit` and `byte`
  std::string donor{};     ///< of `foreign`: whose bytes, from `donor_at` on, stand there now
  std::size_t donor_at = 0;
};

/// For a message: which file, what and where.
std::string to_string(const Injury& injury);

void injure(Folder& folder, const Injury& injury);

/// Every file removed; every byte of it changed, in one bit and in all; every length cut; and for
/// every 64 bytes of it a range that is zeroed and one that holds bytes of another file. A file of
/// more than kWholeBytesMax is damaged at kPlacesOfLonger random places instead of every one.
std::vector<Injury> all_injuries(const Folder& folder, std::mt19937_64& random);
inline constexpr std::size_t kWholeBytesMax = 5000;
inline constexpr std::size_t kPlacesOfLonger = 1000;

/// `count` of them: each file as likely as any other, and so is each kind of harm.
std::vector<Injury> some_injuries(const Folder& folder, std::size_t count, std::mt19937_64& random);

}  // namespace purser::faults
