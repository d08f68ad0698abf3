// A ledger in a scratch directory, and the program run on it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tools/program.h"

namespace purser::tools {

class ProgramTest : public testing::Test {
 public:
  ProgramTest();
  ~ProgramTest() override;
  ProgramTest(const ProgramTest&) = delete;
  ProgramTest& operator=(const ProgramTest&) = delete;

 protected:
  /// A path inside the scratch directory, outside the ledger.
  [[nodiscard]] std::string path(const std::string& name) const { return scratch_ + "/" + name; }
  [[nodiscard]] std::string ledger() const { return path("ledger"); }
  /// Makes a file below the scratch directory, and the folders that it needs.
  std::string write_file(const std::string& name, const std::string& bytes,
                         bool executable = false) const;
  /// A folder `name` with index.html, a script and a file with two dots in its name.
  std::string write_site(const std::string& name, const std::string& title = "Demo") const;

  /// Runs the program on the ledger.
  Finished run(Words words, const RunOptions& options = {}) const;
  /// The same, which has to succeed: with --json, and as text.
  Json json(Words words, const RunOptions& options = {}) const;
  std::string text(const Words& words, const RunOptions& options = {}) const;

  /// New deployments with one file; the ids as words.
  std::string building(const std::string& owner = "demo") const;
  std::string ready(const std::string& owner = "demo") const;

  /// Runs a command that must be refused, with --json and without: with this exit code and error,
  /// whose `message` is not compared, nothing on standard output and nothing changed.
  void expect_error(const Words& words, int exit_code, Json error,
                    const RunOptions& options = {}) const;

  /// All that the ledger answers: its events, deployments and files.
  [[nodiscard]] std::string answers() const;
  /// Every file of the ledger's directory but LOCK, each with its size and a hash of its bytes.
  [[nodiscard]] std::map<std::string, std::string> files_on_disk() const;

 private:
  std::string scratch_;
};

}  // namespace purser::tools
