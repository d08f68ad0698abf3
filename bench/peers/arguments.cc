#include "arguments.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace purser::peers {
namespace {

[[noreturn]] void usage() {
  std::fputs(
      "usage: purser_bench_peers [--dir DIR] [--rounds N] [--seconds S] [--postgres CONNINFO]\n"
      "       purser_bench_peers --scale EVENTS [--dir DIR] [--rounds N]\n"
      "       purser_bench_peers --smoke [--dir DIR]\n"
      "Prints tables; says on standard error what it is doing. See bench/peers/run.\n",
      stderr);
  std::exit(2);  // NOLINT(concurrency-mt-unsafe): there is one thread yet
}

template <class Number>
Number positive(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number > 0)) usage();
  return number;
}

}  // namespace

Arguments parse_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--smoke") {
      arguments.smoke = true;
      arguments.rounds = 2;
      arguments.seconds = 0.02;
      arguments.clients_max = 3;
      arguments.scale = 3000;
      continue;
    }
    if (++i == argc) usage();
    const std::string_view value = argv[i];
    if (option == "--dir") {
      arguments.directory = value;
    } else if (option == "--rounds") {
      arguments.rounds = positive<int>(value);
    } else if (option == "--seconds") {
      arguments.seconds = positive<double>(value);
    } else if (option == "--postgres") {
      arguments.postgres = value;
    } else if (option == "--scale") {
      arguments.scale = positive<std::uint64_t>(value);
    } else {
      usage();
    }
  }
  return arguments;
}

}  // namespace purser::peers
