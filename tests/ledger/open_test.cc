// Opening: what is refused, with which fields, and that a refused open changes no byte.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "hash.h"
#include "support/ledger_on_disk.h"

namespace purser::open_test {
namespace {

namespace fs = std::filesystem;

class Open : public LedgerOnDisk {};

TEST_F(Open, MissingDirectoryOrMarkerIsNotFound) {
  const auto missing = failure_of<NotFound>(Ledger::open(ledger.beside("missing")));
  EXPECT_NE(missing.what.find(ledger.beside("missing")), std::string::npos) << missing.what;
  ledger.close();
  fs::remove(file("PURSER"));
  EXPECT_NE(refused<NotFound>().what.find(ledger.directory()), std::string::npos);
}

TEST_F(Open, NeverCreatesALedger) {
  const std::string empty = ledger.beside("empty");
  fs::create_directory(empty);
  fs::permissions(empty, fs::perms::owner_all);
  EXPECT_TRUE(fails_with<NotFound>(Ledger::open(empty)));
  EXPECT_TRUE(fs::is_empty(empty));
}

TEST_F(Open, InitRefusesWhatIsNotEmpty) {
  const std::string taken = ledger.beside("taken");
  write_file(taken + "/mine", "kept");
  EXPECT_EQ(failure_of<AlreadyExists>(Ledger::init(taken)).path, taken);
  EXPECT_EQ(directory_contents(taken).size(), 1u);
  write_file(ledger.beside("file"), "");
  EXPECT_EQ(failure_of<AlreadyExists>(Ledger::init(ledger.beside("file"))).path,
            ledger.beside("file"));
  EXPECT_EQ(failure_of<AlreadyExists>(Ledger::init(ledger.directory())).path, ledger.directory());
}

TEST_F(Open, InitSaysWhatStandsThere) {
  const auto there = [&](const std::string& path) {
    return failure_of<AlreadyExists>(Ledger::init(path)).what;
  };
  const std::string rest = ledger.beside("rest");
  for (const char* name : {"/db/CURRENT", "/chunks/packs/1"}) write_file(rest + name, "");
  EXPECT_NE(there(rest).find("docs/recovery.md"), std::string::npos);
  write_file(rest + "/PURSER", "");
  EXPECT_EQ(there(rest), "a ledger");
  fs::create_directory(ledger.beside("nothing"));
  fs::create_symlink(ledger.beside("nothing"), ledger.beside("link"));
  EXPECT_NE(there(ledger.beside("link")).find("symbolic link"), std::string::npos);
  write_file(ledger.beside("a file"), "");
  EXPECT_EQ(there(ledger.beside("a file")), "no folder");
  write_file(ledger.beside("mine/file"), "");
  EXPECT_EQ(there(ledger.beside("mine")), "a folder that is not empty");
}

TEST_F(Open, InitTakesAnEmptyDirectoryAndMakesItPrivate) {
  const std::string empty = ledger.beside("empty");
  fs::create_directory(empty);
  const LedgerId id = must(Ledger::init(empty));
  EXPECT_EQ(mode_of(empty), 0700u);
  Ledger opened = must(Ledger::open(empty + "/"));
  EXPECT_EQ(must(opened.stats()).ledger_id, id);
  EXPECT_EQ(must(opened.stats()).log_size, Position{0});
}

TEST_F(Open, InitBelowAMissingDirectoryIsIo) {
  const std::string path = ledger.beside("missing/ledger");
  const auto refusal = failure_of<Io>(Ledger::init(path));
  EXPECT_EQ(refusal.operation, "create");
  EXPECT_EQ(refusal.path, path);
  EXPECT_EQ(refusal.why, "No such file or directory");
}

TEST_F(Open, RootsThatOthersCouldRearrangeAreRefused) {
  ledger.close();
  const auto before = directory_contents(ledger.directory());
  fs::create_symlink(ledger.directory(), ledger.beside("link"));
  for (const char* slash : {"", "/", "//"}) {
    EXPECT_TRUE(
        fails_with<InvalidArgument>(Ledger::open(ledger.beside("link") + slash), "symbolic link"));
  }
  for (const mode_t mode : {0770u, 0702u}) {
    ASSERT_EQ(chmod(ledger.directory().c_str(), mode), 0);
    EXPECT_TRUE(fails_with<InvalidArgument>(Ledger::open(ledger.directory()), "chmod 700"));
  }
  ASSERT_EQ(chmod(ledger.directory().c_str(), 0755), 0);
  write_file(ledger.beside("file"), "");
  EXPECT_TRUE(fails_with<InvalidArgument>(Ledger::open(ledger.beside("file")), "directory"));
  EXPECT_TRUE(directory_contents(ledger.directory()) == before);
  EXPECT_TRUE(ok(Ledger::open(ledger.directory())));
}

TEST_F(Open, OptionsAreChecked) {
  Options options;
  options.group_commands_max = 0;
  EXPECT_EQ(failure_of<InvalidArgument>(Ledger::open(ledger.directory(), options)).what,
            "group_commands_max");
  EXPECT_EQ(failure_of<InvalidArgument>(Ledger::in_memory(read_only())).what, "read_only");
}

TEST_F(Open, ASecondWriterIsBusyAndNamesTheFirst) {
  EXPECT_EQ(failure_of<Busy>(Ledger::open(ledger.directory())).pid, getpid());
  create(*ledger);  // the first is none the worse
  ledger.drop();
  EXPECT_TRUE(ok(Ledger::open(ledger.directory())));
}

TEST_F(Open, ReadOnlyHandleAnswersQueriesAndRefusesCommands) {
  const DeploymentId id = sealed(*ledger);
  ledger.close();
  const auto before = directory_contents(ledger.directory());
  {
    Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
    EXPECT_EQ(must(reader.retrieve(id, "index.html")), "hello");
    EXPECT_TRUE(must(reader.stats()).read_only);
    const auto refused = [](const auto& answer) {
      EXPECT_EQ(failure_of<ReadOnly>(answer).why, ReadOnlyReason::opened_read_only);
    };
    refused(reader.create("demo"));
    refused(reader.create("demo", {}, dry_run()));
    refused(reader.promote("demo", id));
    refused(reader.store(id, "a", "1"));
    refused(reader.remove(id, "index.html"));
    refused(reader.mark_ready(id));
    refused(reader.rebuild());
    must(reader.close());
  }
  EXPECT_TRUE(directory_contents(ledger.directory()) == before);
}

TEST_F(Open, MissingAnchorIsCorruption) {
  create(*ledger);
  ledger.close();
  fs::remove(file("anchor"));
  EXPECT_EQ(refused<Corruption>().where, "anchor");
}

TEST_F(Open, OneDamagedAnchorSlotIsSurvivedTwoAreNot) {
  create(*ledger);
  ledger.close();
  flip(file("anchor"), 40);  // the first slot
  ledger.open();
  create(*ledger);
  ledger.close();
  const std::string whole = read_file(file("anchor"));
  for (const std::size_t offset : {0u, 8u, 30u, 95u}) {
    write_file(file("anchor"), whole, 0600);
    flip(file("anchor"), offset);
    flip(file("anchor"), 4096 + offset);
    EXPECT_EQ(refused<Corruption>().where, "anchor") << offset;
  }
  write_file(file("anchor"), whole.substr(0, 50), 0600);
  EXPECT_EQ(refused<Corruption>().where, "anchor");
}

TEST_F(Open, AnyFlippedBitOfTheMarkerIsNoticed) {
  ledger.close();
  const std::string whole = read_file(file("PURSER"));
  ASSERT_EQ(whole.size(), 40u);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    write_file(file("PURSER"), whole, 0600);
    flip(file("PURSER"), bit / 8, static_cast<char>(1 << bit % 8));
    const auto opened = Ledger::open(ledger.directory(), read_only());
    ASSERT_FALSE(opened.has_value()) << "bit " << bit;
    const bool in_version = bit / 8 >= 8 && bit / 8 < 12;
    EXPECT_TRUE(opened.error().is<Corruption>() ||
                (in_version && opened.error().is<UnsupportedVersion>()))
        << "bit " << bit << ": " << opened.error().message();
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(file("PURSER"), whole.substr(0, size), 0600);
    EXPECT_EQ(failure_of<Corruption>(Ledger::open(ledger.directory(), read_only())).where,
              file("PURSER"));
  }
  write_file(file("PURSER"), whole + '\0', 0600);
  EXPECT_EQ(refused<Corruption>().where, file("PURSER"));
}

TEST_F(Open, ANewerMarkerIsUnsupportedAndLeftAlone) {
  ledger.close();
  std::string marker = read_file(file("PURSER"));
  const std::uint32_t newer = 2;
  std::memcpy(marker.data() + 8, &newer, sizeof newer);
  const std::uint64_t checksum = xxh3_64(marker.substr(0, 32));
  std::memcpy(marker.data() + 32, &checksum, sizeof checksum);
  write_file(file("PURSER"), marker, 0600);
  const auto refusal = refused<UnsupportedVersion>();
  EXPECT_EQ(refusal.what, file("PURSER"));
  EXPECT_EQ(refusal.found, 2u);
  EXPECT_EQ(refusal.known, 1u);
}

TEST_F(Open, PartsOfAnotherLedgerAreNotMixedIn) {
  create(*ledger);
  ledger.close();
  TestLedger other(Where::disk);
  create(*other);
  other.close();
  const std::string anchor = read_file(file("anchor"));
  write_file(file("anchor"), read_file(other.directory() + "/anchor"), 0600);
  EXPECT_EQ(refused<Corruption>().where, "anchor");
  write_file(file("anchor"), anchor, 0600);
  fs::remove_all(file("db"));
  fs::copy(other.directory() + "/db", file("db"), fs::copy_options::recursive);
  EXPECT_EQ(refused<Corruption>().where, "database");
}

TEST_F(Open, AShorterLogIsLedgerTruncated) {
  promoted(*ledger, 2);
  ledger.close();
  const std::string earlier = ledger.beside("earlier");
  fs::copy(file("db"), earlier, fs::copy_options::recursive);
  ledger.open();
  promoted(*ledger, 1);
  ledger.close();
  const std::string later = ledger.beside("later");
  fs::rename(file("db"), later);
  fs::copy(earlier, file("db"), fs::copy_options::recursive);
  const auto refusal = refused<LedgerTruncated>();
  EXPECT_EQ(refusal.have, Position{6});
  EXPECT_EQ(refusal.expected, Position{9});

  fs::remove_all(file("db"));
  fs::rename(later, file("db"));
  ledger.open();
  EXPECT_EQ(log_size(*ledger), Position{9});
}

TEST_F(Open, ADatabaseThatIsGoneIsCorruption) {
  create(*ledger);
  ledger.close();
  fs::rename(file("db"), ledger.beside("db"));
  EXPECT_NE(refused<Corruption>().where.find("database"), std::string::npos);
  fs::create_directory(file("db"));
  EXPECT_NE(refused<Corruption>().where.find("database"), std::string::npos);
}

}  // namespace
}  // namespace purser::open_test
