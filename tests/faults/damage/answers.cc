// Which errors name damage.
#include "faults/damage/answers.h"

namespace purser::faults {

bool names_damage(const Error& error) {
  if (const auto* damage = error.as<Corruption>()) return !damage->where.empty();
  if (const auto* newer = error.as<UnsupportedVersion>()) {
    return !newer->what.empty() && newer->found > newer->known;
  }
  const auto* shorter = error.as<LedgerTruncated>();
  return shorter != nullptr && shorter->have < shorter->expected;
}

std::string Answers::in_words(const Error& error) {
  return std::string(error.name()) + ": " + error.message();
}

}  // namespace purser::faults
