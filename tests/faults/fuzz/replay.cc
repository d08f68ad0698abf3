// The main function of a harness without libFuzzer: gives it every file of its corpus.
//
// Exit code 0: every claim held, or, with a mutant, one did not; 1: the other way round; 2: usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "faults/fuzz/harness.h"
#include "storage/scratch.h"

namespace purser::fuzz {
namespace {

std::string chosen_mutant;

std::vector<std::filesystem::path> files_of(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What does not hold for the bytes of a file; empty if all does.
std::string refuted_by(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  try {
    look(bytes);
  } catch (const std::logic_error& refuted) {
    return refuted.what();
  }
  return {};
}

}  // namespace

void refute(const char* claim) { throw std::logic_error(claim); }

bool mutant(std::string_view name) { return name == chosen_mutant; }

int run(int argc, char** argv) {
  CLI::App app("replays a corpus");
  std::string corpus;
  app.add_option("corpus", corpus, "a folder")->required()->check(CLI::ExistingDirectory);
  app.add_option("--mutant", chosen_mutant, "a mistake to be found");
  CLI11_PARSE(app, argc, argv);
  std::size_t files = 0;
  std::size_t refuted = 0;
  for (const std::filesystem::path& file : files_of(corpus)) {
    ++files;
    const std::string claim = refuted_by(file);
    if (claim.empty()) continue;
    ++refuted;
    fmt::print("{}: refuted: {}\n", file.string(), claim);
  }
  fmt::print("{} inputs, {} refute a claim\n", files, refuted);
  const bool found = refuted > 0;
  return files > 0 && found != chosen_mutant.empty() ? 0 : 1;
}

}  // namespace purser::fuzz

int main(int argc, char** argv) { return purser::fuzz::run(argc, argv); }
