// Cutting bytes into chunks, nothing else: one core.
#include "chunker.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <random>
#include <string>

namespace purser::bench {
namespace {

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random;
  std::string bytes;
  while (bytes.size() < size) bytes += static_cast<char>(random());
  return bytes;
}

void cut(benchmark::State& state) {
  const bool tiny = std::getenv("PURSER_BENCH_TINY") != nullptr;
  const std::string bytes = random_bytes(std::size_t{tiny ? 1u : 64u} << 20);
  std::int64_t chunks = 0;
  for (auto _ : state) {
    for (std::string_view rest = bytes; !rest.empty(); ++chunks) {
      rest.remove_prefix(first_chunk_bytes(rest));
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
  state.SetItemsProcessed(chunks);
}
BENCHMARK(cut)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace purser::bench
