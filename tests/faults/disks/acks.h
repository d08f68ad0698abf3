// What a workload was told to be durable, each with how much the disk had been told by then. In
// memory that processes share: whoever is killed leaves it whole.
#pragma once

#include <atomic>
#include <cstdint>

namespace purser::faults {

struct Ack {
  enum class Kind : std::uint8_t { event, file };
  std::uint64_t log_entries = 0;  ///< of the block log, when the call had returned
  Kind kind = Kind::event;
  std::uint64_t number = 0;  ///< of the last event; of the deployment that the file was stored in
  std::uint64_t file = 0;    ///< which of its files
};

struct Acks {
  static constexpr std::size_t kMax = 200'000;
  std::atomic<std::uint64_t> log_entries;  ///< of the block log, now
  std::atomic<std::uint64_t> count;        ///< of `all`
  Ack all[kMax];

  void add(const Ack& ack) {
    const std::uint64_t at = count++;
    if (at < kMax) all[at] = ack;
  }
};

/// Where to put one T that every child of this process shares; never given back. All zero.
void* shared_memory(std::size_t size);
template <class T>
T& shared() {
  return *static_cast<T*>(shared_memory(sizeof(T)));
}

}  // namespace purser::faults
