#include "tools/program_test.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "purser/ledger.h"

namespace purser::tools {
namespace {

namespace fs = std::filesystem;

// What a ledger that cannot be opened answers: the error itself.
std::string answers_of(const std::string& directory) {
  Options options;
  options.read_only = true;
  const auto ledger = Ledger::open(directory, options);
  if (!ledger) return ledger.error().message();
  std::string all;
  const auto events = ledger->history({}, {1000, {}}).value();
  EXPECT_FALSE(events.next) << "more events than a test looks at";
  for (const Event& event : events.items) all += to_line(json_of(event)) + "\n";
  const auto owners = ledger->owners({1000, {}}).value();
  for (const std::string& owner : owners.items) {
    const auto deployments = ledger->list(owner, {}, {1000, {}}).value();
    for (const Deployment& one : deployments.items) {
      all += to_line(json_of(one)) + "\n";
      const auto files = ledger->list_files(one.id);
      if (files) all += to_line(json_of(*files)) + "\n";
    }
  }
  return all;
}

}  // namespace

ProgramTest::ProgramTest() {
  std::string pattern = fs::temp_directory_path() / ("purser-tools-" + std::string(6, 'X'));
  EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
  scratch_ = pattern;
  EXPECT_EQ(run_program({"init", ledger()}).exit_code, 0);
}

ProgramTest::~ProgramTest() {
  std::error_code ignored;
  fs::remove_all(scratch_, ignored);
}

std::string ProgramTest::write_file(const std::string& name, const std::string& bytes,
                                    bool executable) const {
  std::string target = path(name);
  fs::create_directories(fs::path(target).parent_path());
  std::ofstream(target, std::ios::binary) << bytes;
  fs::permissions(target, executable ? fs::perms(0755) : fs::perms(0644));
  return target;
}

std::string ProgramTest::write_site(const std::string& name, const std::string& title) const {
  write_file(name + "/index.html", "<title>" + title + "</title>\n");
  write_file(name + "/js/v1..2.js", "run();\n");
  write_file(name + "/serve.sh", "#!/bin/sh\n", true);
  return path(name);
}

Finished ProgramTest::run(Words words, const RunOptions& options) const {
  words.insert(words.begin(), {"--ledger", ledger()});
  return run_program(words, options);
}

Json ProgramTest::json(Words words, const RunOptions& options) const {
  words.insert(words.begin(), "--json");
  const Finished finished = run(words, options);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  return one_line(finished.out);
}

std::string ProgramTest::text(const Words& words, const RunOptions& options) const {
  const Finished finished = run(words, options);
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return finished.out;
}

std::string ProgramTest::building(const std::string& owner) const {
  std::string id = json({"create", owner})["id"].dump();
  EXPECT_EQ(json({"store", id, "-", "--as", "a.txt"}, {.input = "made for " + id})["files"], 1);
  return id;
}

std::string ProgramTest::ready(const std::string& owner) const {
  std::string id = building(owner);
  EXPECT_EQ(json({"ready", id})["status"], "ready");
  return id;
}

void ProgramTest::expect_error(const Words& words, int exit_code, Json error,
                               const RunOptions& options) const {
  const std::string before = answers();
  Words with_json = words;
  with_json.emplace_back("--json");
  const Finished finished = run(with_json, options);
  EXPECT_EQ(finished.exit_code, exit_code);
  EXPECT_EQ(finished.out, "");
  Json told = one_line(finished.err);
  ASSERT_TRUE(told.contains("error")) << finished.err;
  EXPECT_FALSE(told["error"].value("message", "").empty());
  told["error"].erase("message");
  EXPECT_EQ(told["error"], error) << told["error"].dump() << " is not " << error.dump();

  const Finished plain = run(words, options);
  EXPECT_EQ(plain.exit_code, exit_code);
  EXPECT_EQ(plain.out, "");
  const std::string start = "purser: " + error["code"].get<std::string>() + ": ";
  EXPECT_NE(plain.err.find(start), std::string::npos) << plain.err;
  EXPECT_EQ(answers(), before) << "a refused command changed something";
}

std::string ProgramTest::answers() const { return answers_of(ledger()); }

std::map<std::string, std::string> ProgramTest::files_on_disk() const {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(ledger())) {
    if (entry.path().filename() == "LOCK" || !entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    files[entry.path().lexically_relative(ledger()).string()] =
        std::to_string(bytes.size()) + ":" + std::to_string(std::hash<std::string>{}(bytes));
  }
  return files;
}

}  // namespace purser::tools
