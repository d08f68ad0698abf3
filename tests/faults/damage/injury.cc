// Choosing what is damaged, and damaging it.
#include "faults/damage/injury.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "check.h"

namespace purser::faults {
namespace {

constexpr std::array kHarmsAtEveryByte{Harm::bit, Harm::byte, Harm::cut};
constexpr std::array kHarmsOfRanges{Harm::zeroed, Harm::foreign};
constexpr std::size_t kBytesPerRange = 64;
constexpr std::size_t kRangeBytesMax = 600;  // more than a sector

std::size_t below(std::mt19937_64& random, std::size_t end) { return random() % end; }

const Folder::value_type& any_file(const Folder& folder, std::mt19937_64& random) {
  while (true) {
    const auto& file =
        *std::next(folder.begin(), static_cast<std::ptrdiff_t>(below(random, folder.size())));
    if (!file.second.empty()) return file;
  }
}

// The rest of an injury of which file, kind and place are known.
Injury complete(Injury injury, const Folder& folder, std::mt19937_64& random) {
  const std::size_t size = folder.at(injury.file).size();
  if (injury.harm == Harm::bit) injury.mask = static_cast<std::uint8_t>(1u << below(random, 8));
  if (injury.harm == Harm::byte) injury.mask = static_cast<std::uint8_t>(1 + below(random, 255));
  if (injury.harm != Harm::zeroed && injury.harm != Harm::foreign) return injury;
  injury.length = std::min(size - injury.at, 1 + below(random, kRangeBytesMax));
  if (injury.harm == Harm::zeroed) return injury;
  const auto& [name, bytes] = any_file(folder, random);
  injury.donor = name;
  injury.donor_at = below(random, bytes.size());
  injury.length = std::min(injury.length, bytes.size() - injury.donor_at);
  return injury;
}

}  // namespace

std::string to_string(const Injury& injury) {
  const std::size_t end = injury.at + injury.length;
  switch (injury.harm) {
    case Harm::bit:
    case Harm::byte:
      return fmt::format("{}: byte {} ^ {:#04x}", injury.file, injury.at, injury.mask);
    case Harm::cut: return fmt::format("{}: cut to {} bytes", injury.file, injury.at);
    case Harm::removed: return injury.file + ": removed";
    case Harm::zeroed: return fmt::format("{}: [{}, {}) zeroed", injury.file, injury.at, end);
    case Harm::foreign:
      return fmt::format("{}: [{}, {}) from byte {} of {}", injury.file, injury.at, end,
                         injury.donor_at, injury.donor);
  }
  return {};
}

void injure(Folder& folder, const Injury& injury) {
  if (injury.harm == Harm::removed) {
    folder.erase(injury.file);
    return;
  }
  std::string& bytes = folder.at(injury.file);
  PURSER_CHECK(injury.at < bytes.size(), "an injury outside of its file");
  switch (injury.harm) {
    case Harm::bit:
    case Harm::byte: bytes[injury.at] = static_cast<char>(bytes[injury.at] ^ injury.mask); break;
    case Harm::cut: bytes.resize(injury.at); break;
    case Harm::zeroed: bytes.replace(injury.at, injury.length, injury.length, '\0'); break;
    case Harm::foreign:
      bytes.replace(injury.at, injury.length,
                    folder.at(injury.donor).substr(injury.donor_at, injury.length));
      break;
    case Harm::removed: break;
  }
}

std::vector<Injury> all_injuries(const Folder& folder, std::mt19937_64& random) {
  std::vector<Injury> all;
  for (const auto& file : folder) {
    if (is_directory(file)) continue;
    const std::string& name = file.first;
    const std::string& bytes = file.second;
    all.push_back({.file = name, .harm = Harm::removed});
    const bool whole = bytes.size() <= kWholeBytesMax;
    const std::size_t places = whole ? bytes.size() : kPlacesOfLonger;
    const auto place = [&](std::size_t i) { return whole ? i : below(random, bytes.size()); };
    for (std::size_t i = 0; i < places; ++i) {
      for (const Harm harm : kHarmsAtEveryByte) {
        all.push_back(complete({.file = name, .harm = harm, .at = place(i)}, folder, random));
      }
    }
    for (std::size_t i = 0; i < places; i += kBytesPerRange) {
      for (const Harm harm : kHarmsOfRanges) {
        const std::size_t at = below(random, bytes.size());
        all.push_back(complete({.file = name, .harm = harm, .at = at}, folder, random));
      }
    }
  }
  return all;
}

std::vector<Injury> some_injuries(const Folder& folder, std::size_t count,
                                  std::mt19937_64& random) {
  constexpr std::array kHarms{Harm::bit,     Harm::byte,   Harm::cut,
                              Harm::removed, Harm::zeroed, Harm::foreign};
  std::vector<Injury> some;
  while (some.size() < count) {
    const auto& [name, bytes] = any_file(folder, random);
    const Injury injury{.file = name,
                        .harm = kHarms[below(random, kHarms.size())],
                        .at = below(random, bytes.size())};
    some.push_back(complete(injury, folder, random));
  }
  return some;
}

}  // namespace purser::faults
