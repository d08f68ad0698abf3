#include "system.h"

#include <pthread.h>
#include <sys/random.h>

#include <array>
#include <atomic>
#include <chrono>

#include "check.h"

namespace purser {
namespace {

Timestamp system_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

// Asks for at most 256 bytes, which the kernel gives whole or, interrupted, not at all.
void system_random(void* data, std::size_t size) {
  PURSER_CHECK(size <= 256, "more randomness than one call gives");
  ssize_t got = -1;
  while (got < 0) got = ::getrandom(data, size, 0);
  PURSER_CHECK(static_cast<std::size_t>(got) == size, "getrandom gave less than asked for");
}

}  // namespace

Options with_system(Options options) {
  if (!options.clock) options.clock = system_clock;
  if (!options.random) options.random = system_random;
  if (!options.logger) options.logger = [](LogLevel, std::string_view) {};
  return options;
}

std::string draw_uuid(const Options& options) {
  std::array<unsigned char, 16> bytes{};
  options.random(bytes.data(), bytes.size());
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);  // the RFC's variant
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

LedgerId draw_ledger_id(const Options& options) {
  LedgerId id;
  options.random(id.bytes.data(), id.bytes.size());
  return id;
}

std::uint64_t forks_before() {
  static std::atomic<std::uint64_t> forks{0};
  static const bool kCounts = ::pthread_atfork(nullptr, nullptr, [] {
                                forks.fetch_add(1, std::memory_order_relaxed);
                              }) == 0;
  PURSER_CHECK(kCounts, "pthread_atfork");
  return forks.load(std::memory_order_relaxed);
}

}  // namespace purser
