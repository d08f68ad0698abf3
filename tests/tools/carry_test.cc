// purser export and import: JSON Lines and a tar, there and back, and what is hostile.
#include "purser/carry.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "artifact_tar.h"
#include "export_form.h"
#include "support/every_kind.h"
#include "tools/program_test.h"

namespace purser::tools::carry_test {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

struct Member {
  std::string name;
  std::string bytes;
  unsigned type = AE_IFREG;
  std::string link = {};
};

// The members of a tar as libarchive reads them.
std::vector<Member> members_of(const std::string& path) {
  std::vector<Member> members;
  archive* tar = archive_read_new();
  archive_read_support_format_tar(tar);
  EXPECT_EQ(archive_read_open_filename(tar, path.c_str(), 10'240), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(tar, &entry) == ARCHIVE_OK) {
    Member member{archive_entry_pathname(entry),
                  std::string(static_cast<std::size_t>(archive_entry_size(entry)), '\0')};
    EXPECT_EQ(archive_entry_mtime(entry), 0);
    archive_read_data(tar, member.bytes.data(), member.bytes.size());
    members.push_back(std::move(member));
  }
  archive_read_free(tar);
  return members;
}

void write_tar(const std::string& path, const std::vector<Member>& members) {
  archive* tar = archive_write_new();
  archive_write_set_format_pax_restricted(tar);
  EXPECT_EQ(archive_write_open_filename(tar, path.c_str()), ARCHIVE_OK);
  for (const Member& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_filetype(entry, member.type);
    archive_entry_set_perm(entry, 0644);
    if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, member.link.c_str());
    if (member.type == AE_IFREG && !member.link.empty()) {
      archive_entry_set_hardlink(entry, member.link.c_str());
    }
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.bytes.size()));
    EXPECT_EQ(archive_write_header(tar, entry), ARCHIVE_OK);
    archive_write_data(tar, member.bytes.data(), member.bytes.size());
    archive_entry_free(entry);
  }
  archive_write_free(tar);
}

std::string tar_of_a_chunk(std::size_t size) {
  const int fd = ::memfd_create("tar", MFD_CLOEXEC);
  const auto tar = TarWriter::open(fd, "tar");
  CarriedRecord record;
  record.kind = RecordKind::chunk;
  record.bytes.assign(size, 'x');
  EXPECT_TRUE(tar && (*tar)->add(record) && (*tar)->finish());
  std::string bytes(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(fd, bytes.data(), bytes.size(), 0), std::ssize(bytes));
  ::close(fd);
  return bytes;
}

class CarryVerbs : public ProgramTest {
 protected:
  void fill() const {
    auto opened = Ledger::open(ledger());
    ASSERT_TRUE(opened) << opened.error().message();
    do_everything(*opened);
    ASSERT_TRUE(opened->close());
  }
  [[nodiscard]] std::string lines() const { return path("export.jsonl"); }
  [[nodiscard]] std::string tar() const { return path("export.tar"); }
  [[nodiscard]] std::string into() const { return path("into"); }
  Json export_all() const { return json({"export", lines(), "--artifacts", tar()}); }

  // The import is refused with this exit code, and nothing was made; what it said.
  Json refused(const Words& words, int exit_code) const {
    Words all = {"import", into(), "--json"};
    all.insert(all.end(), words.begin(), words.end());
    const Finished finished = run_program(all);
    EXPECT_EQ(finished.exit_code, exit_code) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_FALSE(fs::exists(into()));
    return one_line(finished.err)["error"];
  }
  // The same in this process, for many: the error's `where`.
  [[nodiscard]] std::string where_it_is_wrong(const std::string& text) const {
    const ByteSource source = [&, at = std::size_t{0}](char* buffer, std::size_t size) mutable {
      const std::size_t count = text.copy(buffer, size, at);
      at += count;
      return Result<std::size_t>(count);
    };
    const auto report = import_ledger(into(), JsonLines(), source);
    EXPECT_FALSE(report) << "it was imported";
    EXPECT_FALSE(fs::exists(into()));
    if (report) return {};
    const auto* damage = report.error().as<Corruption>();
    return damage == nullptr ? report.error().message() : damage->where;
  }
};

TEST_F(CarryVerbs, AnExportTakesThePlaceOfNoFileOfTheLedger) {
  fill();
  const std::string link = path("link");
  fs::create_symlink(ledger(), link);
  for (const std::string& folder : {ledger(), ledger() + "/../ledger", link}) {
    for (const std::string name : {"/PURSER", "/anchor", "/db/CURRENT", "/new"}) {
      const Words inside[] = {{"export", folder + name},
                              {"export", lines(), "--artifacts", folder + name}};
      for (const Words& words : inside) {
        const Finished finished = run(words);
        EXPECT_EQ(finished.exit_code, 2) << folder + name;
        EXPECT_NE(finished.err.find("name a file outside"), std::string::npos) << finished.err;
      }
    }
  }
  EXPECT_EQ(run({"export", lines(), "--artifacts", path("./export.jsonl")}).exit_code, 2);
  EXPECT_FALSE(fs::exists(lines()));
  export_all();
}

TEST_F(CarryVerbs, AWaitForMoreEndsWithASignal) {
  fill();
  export_all();
  const std::string part = tar_of_a_chunk(1 << 20).substr(0, 400'000);
  const Words words[] = {{"import", into(), "-"},
                         {"import-log", into(), "-"},
                         {"import", into(), lines(), "--artifacts", "/dev/stdin"}};
  for (const Words& each : words) {
    for (const int number : {SIGINT, SIGTERM}) {
      Running running(each);
      running.write(part);  // more than a pipe holds: it is being read by now
      running.signal(number);
      const Finished finished = running.finish();
      EXPECT_EQ(finished.exit_code, 1) << each.front() << finished.err;
      EXPECT_FALSE(fs::exists(into()));
    }
  }
}

TEST_F(CarryVerbs, ThereAndBackIsTheSameRootAndTheSameLinesAndTheSameTar) {
  fill();
  const auto before = files_on_disk();
  const Json out = export_all();
  EXPECT_EQ(files_on_disk(), before);
  const Finished done = run_program({"import", into(), lines(), "--artifacts", tar(), "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const Json in = one_line(done.out);
  EXPECT_EQ(in["root"], out["root"]);
  EXPECT_EQ(in["size"], out["size"]);
  EXPECT_EQ(in["source_id"], out["ledger_id"]);
  EXPECT_NE(in["ledger_id"], out["ledger_id"]);
  EXPECT_EQ(in["artifacts"], out["artifacts"]);
  EXPECT_EQ(out["artifacts"]["manifests"], 2);
  EXPECT_EQ(out["artifacts"]["drafts"], 2);
  EXPECT_EQ(in["path"], into());
  const Finished again = run_program(
      {"--ledger", into(), "export", path("again.jsonl"), "--artifacts", path("again.tar")});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_TRUE(bytes_of(path("again.tar")) == bytes_of(tar()));
  auto first = split(bytes_of(lines()));
  const auto second = split(bytes_of(path("again.jsonl")));
  EXPECT_EQ(Json::parse(second.front())["ledger_id"], in["ledger_id"]);
  EXPECT_EQ(Json::parse(second.back())["ledger_id"], in["ledger_id"]);
  first.front() = second.front();
  first.back() = second.back();
  EXPECT_EQ(second, first);
  EXPECT_EQ(run_program({"--ledger", into(), "verify"}).exit_code, 0);
  EXPECT_EQ(run_program({"--ledger", into(), "cat", "1", "large"}).out,
            run({"cat", "1", "large"}).out);
  EXPECT_EQ(run_program({"--ledger", into(), "active", "demo", "--json"}).out,
            run({"active", "demo", "--json"}).out);
}

TEST_F(CarryVerbs, EachLineIsWhatLogPrintsAndItsBytes) {
  fill();
  const Finished out = run({"export"});
  EXPECT_EQ(out.exit_code, 0) << out.err;
  EXPECT_NE(out.err.find("--artifacts"), std::string::npos) << out.err;
  std::vector<Json> exported = tools::lines_of(out.out);
  const std::vector<Json> logged = tools::lines_of(run({"log", "--json", "--all"}).out);
  ASSERT_EQ(exported.size(), logged.size() + 2);
  EXPECT_EQ(exported.front()["purser_export"], 1);
  EXPECT_EQ(exported.back()["size"], logged.size());
  for (std::size_t i = 0; i < logged.size(); ++i) {
    Json& line = exported[i + 1];
    EXPECT_TRUE(line["raw"].is_string());
    EXPECT_EQ(line["chain"].get<std::string>().size(), 16u);
    line.erase("raw");
    line.erase("chain");
    EXPECT_EQ(line, logged[i]);
  }
  EXPECT_EQ(run({"export", "-", "--json"}).out, out.out);
}

// What a version has written every later one takes, and writes again the same.
TEST_F(CarryVerbs, GoldenExportIsReadAndWrittenAgainToTheByte) {
  const std::string golden = PURSER_TEST_DATA "/export-1";
  const Finished done =
      run_program({"import", into(), golden + ".jsonl", "--artifacts", golden + ".tar", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(one_line(done.out)["checkpoint"], 26);
  const Finished again = run_program({"--ledger", into(), "export", lines(), "--artifacts", tar()});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_TRUE(bytes_of(tar()) == bytes_of(golden + ".tar"));
  auto expected = split(bytes_of(golden + ".jsonl"));
  const auto written = split(bytes_of(lines()));
  ASSERT_EQ(written.size(), expected.size());
  EXPECT_EQ(Json::parse(written.back())["root"], Json::parse(expected.back())["root"]);
  expected.back() = written.back();
  expected.front() = written.front();
  EXPECT_EQ(written, expected);
  std::set<Json> kinds;
  for (std::size_t i = 1; i + 1 < expected.size(); ++i) {
    kinds.insert(Json::parse(expected[i])["kind"]);
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Payload>);
}

TEST_F(CarryVerbs, AnyFieldOfAnyKindOfEventThatIsEditedIsNoticedAtItsLine) {
  fill();
  const auto whole = split(run({"export", "--json"}).out);
  std::set<std::string> kinds;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const Json line = Json::parse(whole[i]);
    const bool is_event = i > 0 && i + 1 < whole.size();
    if (is_event && !kinds.insert(line["kind"]).second) continue;
    for (const auto& [key, value] : line.items()) {
      auto edited = whole;
      Json other = line;
      other[key] = value.is_number() ? Json(value.get<std::uint64_t>() + 1) : Json("other");
      edited[i] = to_line(other);
      const std::string where = where_it_is_wrong(join(edited));
      const bool newer = key == "purser_export";
      EXPECT_EQ(where.substr(0, where.find(newer ? ':' : '\n')), "line " + std::to_string(i + 1))
          << key << ": " << where;
      if (i > 1 && is_event) continue;
      other = line;
      other.erase(key);
      edited[i] = to_line(other);
      EXPECT_EQ(where_it_is_wrong(join(edited)), "line " + std::to_string(i + 1)) << key;
    }
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Payload>);
}

TEST_F(CarryVerbs, LineThatSaysTheSameInOtherWordsIsNoLineOfAnExport) {
  fill();
  const auto whole = split(run({"export", "--json"}).out);
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) {
    for (const std::string& other :
         {" " + whole[i], whole[i] + " ", whole[i] + "\r", Json::parse(whole[i]).dump(1),
          whole[i] + whole[i], std::string(100'000, '[')}) {
      auto edited = whole;
      edited[i] = other;
      EXPECT_EQ(where_it_is_wrong(join(edited)), "line " + std::to_string(i + 1)) << other;
    }
  }
}

TEST_F(CarryVerbs, RefusalNamesTheLineAndExitsWith6) {
  fill();
  auto edited = split(run({"export", "--json"}).out);
  edited[2] = edited[3];
  write_file("edited.jsonl", join(edited));
  Json error = refused({path("edited.jsonl")}, 6);
  EXPECT_EQ(error["code"], "Corruption");
  EXPECT_EQ(error["where"], "line 3");
  write_file("empty.jsonl", "");
  EXPECT_EQ(refused({path("empty.jsonl")}, 6)["where"], "line 1");
  write_file("newer.jsonl", R"({"purser_export":2,"ledger_id":"00"})"
                            "\n");
  error = refused({path("newer.jsonl")}, 6);
  EXPECT_EQ(error["code"], "UnsupportedVersion");
  EXPECT_EQ(error["found"], 2);
  write_file("long.jsonl", std::string(kExportLineBytesMax + 1, 'x'));
  error = refused({path("long.jsonl")}, 2);
  EXPECT_EQ(error["code"], "LimitExceeded");
  EXPECT_EQ(error["what"], "line 1");
}

TEST_F(CarryVerbs, MembersOfATarThatAreNoRecordsAreRefused) {
  fill();
  export_all();
  const std::vector<Member> whole = members_of(tar());
  const std::string name = whole.front().name;
  std::string capitals = name;
  capitals[8] = 'A';
  const std::vector<Member> hostile = {
      {"../escape", "x"},
      {"/etc/passwd", "x"},
      {"chunks/../../escape", "x"},
      {"chunks/", "", AE_IFDIR},
      {"chunks/short", "x"},
      {name + "/x", "x"},
      {"./" + name, whole.front().bytes},
      {capitals, "x"},
      {"drafts/0", "x"},
      {"drafts/01", "x"},
      {"drafts/99999999999999999999", "x"},
      {"packs/1", "x"},
      {"", "x"},
      {name, "", AE_IFLNK, "/etc/passwd"},
      {name, "", AE_IFREG, "/etc/passwd"},
      {name, "", AE_IFIFO},
      {name, "", AE_IFCHR},
      {name, "", AE_IFDIR},
      {std::string(3000, 'a'), "x"},
  };
  for (const Member& member : hostile) {
    auto members = whole;
    members.insert(members.begin(), member);
    write_tar(path("hostile.tar"), members);
    const Json error = refused({lines(), "--artifacts", path("hostile.tar")}, 6);
    EXPECT_EQ(error["code"], "Corruption") << error;
  }
  EXPECT_FALSE(fs::exists(path("escape")));
  auto large = whole;
  large.front().bytes.resize(kChunkRecordBytesMax + 1);
  write_tar(path("hostile.tar"), large);
  EXPECT_EQ(refused({lines(), "--artifacts", path("hostile.tar")}, 2)["code"], "LimitExceeded");
}

TEST_F(CarryVerbs, TarThatIsCutOrOfAnotherLedgerIsRefusedAndWhatIsMissingIsNamed) {
  fill();
  export_all();
  const std::string whole = bytes_of(tar());
  for (std::size_t size = 0; size + 1024 < whole.size(); size += 1 + whole.size() / 40) {
    write_file("cut.tar", whole.substr(0, size));
    refused({lines(), "--artifacts", path("cut.tar")}, 6);
  }
  write_file("no.tar", std::string(5000, 'x'));
  refused({lines(), "--artifacts", path("no.tar")}, 6);
  auto members = members_of(tar());
  const std::string last = members.back().name;
  members.pop_back();
  write_tar(path("less.tar"), members);
  const Json error = refused({lines(), "--artifacts", path("less.tar")}, 6);
  EXPECT_EQ(error["where"], "manifest " + last.substr(last.find('/') + 1));
}

TEST_F(CarryVerbs, FilesAppearWholeOrNotAtAll) {
  fill();
  write_file("export.jsonl", "older");
  export_all();
  EXPECT_NE(bytes_of(lines()), "older");
  struct stat info {};
  ASSERT_EQ(::stat(lines().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  const std::string before = bytes_of(lines());
  const Finished full = run({"export", "/dev/full"});
  EXPECT_EQ(full.exit_code, 8) << full.err;
  const Finished nowhere = run({"export", lines(), "--artifacts", path("none/x.tar")});
  EXPECT_EQ(nowhere.exit_code, 8) << nowhere.err;
  EXPECT_EQ(bytes_of(lines()), before);
  for (const auto& entry : fs::directory_iterator(path(""))) {
    EXPECT_EQ(entry.path().string().find(".part"), std::string::npos) << entry.path();
  }
}

TEST_F(CarryVerbs, KilledInTheMiddleItLeavesNoLedger) {
  fill();
  const std::string text = run({"export", "--json"}).out;
  for (const std::size_t size : {text.size() / 2, text.size() - 1}) {
    Running import({"import", into(), "-"});
    import.write(text.substr(0, size));
    while (!fs::exists(into() + "/db/CURRENT")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    import.signal(SIGKILL);
    EXPECT_EQ(import.finish().exit_code, 128 + SIGKILL);
    EXPECT_EQ(run_program({"--ledger", into(), "stats"}).exit_code, 3);
    EXPECT_EQ(run_program({"import", into(), "-"}, {.input = text}).exit_code, 4);
    fs::remove_all(into());
  }
  EXPECT_EQ(run_program({"import", into(), "-"}, {.input = text}).exit_code, 0);
}

TEST_F(CarryVerbs, IntoALedgerWithoutEventsThatTheOptionNames) {
  fill();
  const std::string text = run({"export", "--json"}).out;
  ASSERT_EQ(run_program({"init", into()}).exit_code, 0);
  const Finished done = run_program({"--ledger", into(), "import", "-"}, {.input = text});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.out.find("has the same root"), std::string::npos) << done.out;
  EXPECT_NE(done.err.find("cannot be read"), std::string::npos) << done.err;
  const Finished again = run_program({"--ledger", into(), "import", "-"}, {.input = text});
  EXPECT_EQ(again.exit_code, 4) << again.err;
}

TEST_F(CarryVerbs, RefuseMistakes) {
  EXPECT_EQ(run_program({"import", into(), path("none")}).exit_code, 3);
  EXPECT_EQ(run_program({"import"}).exit_code, 2);
  EXPECT_EQ(run_program({"import", "a"}, {.environment = {"PURSER_LEDGER"}}).exit_code, 2);
  EXPECT_EQ(run_program({"import", "a", "b", "c"}).exit_code, 2);
  EXPECT_EQ(run({"import", into(), lines()}).exit_code, 2);
  EXPECT_EQ(run({"export", "--artifacts", "-"}).exit_code, 2);
  EXPECT_EQ(run({"export", lines(), "--artifacts", lines()}).exit_code, 2);
  EXPECT_EQ(run({"export", "--request-id", "k"}).exit_code, 2);
  EXPECT_EQ(run_program({"--ledger", path("none"), "export"}).exit_code, 3);
  EXPECT_FALSE(fs::exists(into()));
}

}  // namespace
}  // namespace purser::tools::carry_test
