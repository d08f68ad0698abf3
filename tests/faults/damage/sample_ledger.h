// A small ledger with everything in it that a ledger can have, and the key that signs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "purser/ledger.h"

namespace purser::faults {

inline constexpr std::string_view kLedgerName = "ledger";
inline constexpr std::string_view kKeyName = "key";

/// The request id and the owner of a command in it, which is its first event.
inline constexpr std::string_view kFirstRequest = "first";
inline constexpr std::string_view kFirstOwner = "team:shop";

/// How it is opened: a clock and identifiers of its own, and little memory, so that the same seed
/// makes the same ledger and a test is quick.
Options sample_options(std::uint64_t seed);

/// Makes it in `directory`/ledger, closed cleanly, with the key in `directory`/key. Events of every
/// kind, three owners, table files and a log, blocks that are compressed and some that are not,
/// lists of chunks, drafts, a checkpoint.
void make_sample_ledger(const std::string& directory, std::uint64_t seed);

}  // namespace purser::faults
