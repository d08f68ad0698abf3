// The process that is killed: opens a ledger, or makes it first, and has it worked on by eight
// threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "message.h"

namespace purser::faults {

struct ChildTask {
  std::string directory;
  std::string trees;  ///< folders to be stored
  std::string key;    ///< that signs checkpoints; empty: none
  std::uint64_t seed = 0;
  Ticket first = 0;           ///< of its tickets; each thread has kTicketsOfThread
  Said focus = Said::opened;  ///< what one thread does again and again; or closing
  bool make = false;
  bool early = false;  ///< the mutant: answers are told before they are there
};

inline constexpr std::uint64_t kThreads = 8;
inline constexpr Ticket kTicketsOfThread = 1u << 20;
inline constexpr Ticket kTicketsOfLife = 16 * kTicketsOfThread;

/// How both processes open it: small, so that packs and memory turn over. The clock stands still
/// from now on, so that the time of an event follows from that of the one before.
Options small_options();

/// Words for the command line of the process, and what they say.
std::vector<std::string> words_of(const ChildTask& task);
ChildTask task_of(const std::vector<std::string>& words);

/// Reads what is to be retried from standard input, tells on descriptor kTellFd, and ends when it
/// has closed the ledger, or never.
int run_child(const ChildTask& task);
inline constexpr int kTellFd = 3;

}  // namespace purser::faults
