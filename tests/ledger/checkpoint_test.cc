// Signed checkpoints: what is signed, and above all what never is.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <future>

#include "audit/base64.h"
#include "audit/evidence.h"
#include "audit/merkle.h"
#include "build.h"
#include "event_log.h"
#include "key.h"
#include "rocks_store.h"
#include "root_check.h"
#include "support/ledger_on_disk.h"

namespace purser::checkpoint_test {
namespace {

namespace fs = std::filesystem;

class Checkpoints : public LedgerOnDisk {
 protected:
  std::string key_path() { return ledger.beside("key"); }
  NoteKey make_key(std::optional<std::uint32_t> epoch = {}, const std::string& name = "key") {
    return must(parse_note_key(must(ledger->make_key(ledger.beside(name), epoch))));
  }
  SignedTree tree_of(const SignedCheckpoint& checkpoint) {
    return must(parse_signed_tree(checkpoint.note));
  }
  // The ledger's directory, copied; and put back in its place later.
  void keep_copy() {
    ledger.close();
    fs::copy(ledger.directory(), ledger.beside("copy"), fs::copy_options::recursive);
    ledger.open();
  }
  void put_copy_back() {
    ledger.close();
    fs::remove_all(ledger.directory());
    fs::copy(ledger.beside("copy"), ledger.directory(), fs::copy_options::recursive);
    fs::permissions(ledger.directory(), fs::perms::owner_all);
    ledger.open();
  }
  // Changes a row of the closed ledger.
  void change(const std::string& key, const std::function<void(std::string&)>& edit) {
    LedgerOnDisk::change([&](const RowReader& rows, WriteSet& changes) {
      std::string row = *must(rows.get(Space::log, key));
      edit(row);
      changes.put(Space::log, key, row);
    });
  }
  // What `check_roots` says of the closed ledger.
  std::vector<Divergence> differences() {
    const auto store = must(RocksStore::open(ledger.directory() + "/db",
                                             RocksStore::Mode::read_only, std::size_t{1} << 20));
    const AnchorMark anchor = must(Anchor::read(ledger.directory()));
    const auto rows = store->snapshot();
    const Builds builds = builds_in_use(must(read_builds(*rows)));
    const Position size = must(purser::log_size(*rows));
    return must(check_roots(View{*rows, builds, size}, anchor.ledger_id, anchor)).take();
  }
};

TEST_F(Checkpoints, AreSignedByTheKeyOfTheEpochForTheLogAsItStands) {
  const NoteKey key = make_key();
  const std::string id = to_hex(must(ledger->stats()).ledger_id);
  EXPECT_EQ(key.name, "purser/" + id + "/1");
  EXPECT_EQ(mode_of(key_path()), 0600u);
  EXPECT_EQ(mode_of(key_path() + ".last"), 0600u);
  (void)promoted(*ledger, 3);
  const SignedCheckpoint made = must(ledger->checkpoint(key_path()));
  EXPECT_EQ(made.size, Position{9});
  EXPECT_EQ(made.root, must(ledger->root()));
  const SignedTree tree = tree_of(made);
  EXPECT_TRUE(ok(check_tree(tree, key)));
  EXPECT_EQ(tree.checkpoint.origin, key.name);
  EXPECT_EQ(tree.checkpoint.size, 9u);
  EXPECT_EQ(tree.checkpoint.root, made.root);
  EXPECT_EQ(must(ledger->checkpoint(key_path())).note, made.note) << "nothing has happened since";
  ledger.reopen();
  EXPECT_EQ(must(ledger->signed_checkpoint()).note, made.note);
  EXPECT_EQ(must(ledger->signed_checkpoint(Position{9})).time, made.time);
  EXPECT_TRUE(fails_with<NotFound>(ledger->signed_checkpoint(Position{8})));
}

TEST_F(Checkpoints, OfAnEmptyLogAreSignedAsWell) {
  const NoteKey key = make_key();
  EXPECT_TRUE(ok(check_tree(tree_of(must(ledger->checkpoint(key_path()))), key)));
}

TEST_F(Checkpoints, ProveEventsAndGrowth) {
  const NoteKey key = make_key();
  (void)promoted(*ledger, 3);
  const SignedTree older = tree_of(must(ledger->checkpoint(key_path())));
  (void)promoted(*ledger, 8);
  const SignedCheckpoint newer = must(ledger->checkpoint(key_path()));
  create(*ledger);
  for (std::uint64_t at = 1; at <= newer.size.value; ++at) {
    const auto proof =
        std::get<EventProof>(must(parse_evidence(must(ledger->event_proof_file(Position{at})))));
    EXPECT_TRUE(ok(check_event(proof, key, must(ledger->stored_event(Position{at})))));
    EXPECT_TRUE(fails_with<Corruption>(check_event(proof, key, "another event")));
  }
  EXPECT_TRUE(fails_with<NotFound>(ledger->event_proof_file(Position{newer.size.value + 1})));
  const auto growth = std::get<ConsistencyProof>(
      must(parse_evidence(must(ledger->consistency_proof_file(Position{9}, newer.size)))));
  EXPECT_TRUE(ok(check_growth(growth, key, older)));
  EXPECT_TRUE(fails_with<InvalidArgument>(check_growth(growth, key, growth.tree)));
  EXPECT_TRUE(fails_with<NotFound>(ledger->consistency_proof_file(Position{1}, Position{8})));
}

TEST_F(Checkpoints, NeedAKeyOfThisLedgerAndThisEpoch) {
  EXPECT_TRUE(fails_with<NotFound>(ledger->checkpoint(key_path()), "`purser key new`"));
  EXPECT_EQ(must(ledger->epoch()), 0u);
  make_key();
  EXPECT_TRUE(fails_with<NotFound>(ledger->checkpoint(ledger.beside("none")), "key new --epoch 2"));
  EXPECT_EQ(must(ledger->epoch()), 1u);
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->make_key(ledger.beside("other")), "from 2 on"));
  EXPECT_FALSE(fs::exists(ledger.beside("other")));
  EXPECT_TRUE(fails_with<AlreadyExists>(ledger->make_key(key_path(), 2)));
  make_key(2, "second");
  EXPECT_EQ(must(ledger->epoch()), 2u);
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->checkpoint(key_path())));
  EXPECT_TRUE(ok(ledger->checkpoint(ledger.beside("second"))));
  TestLedger another(Where::disk);
  must(another->make_key(another.beside("key")));
  EXPECT_TRUE(fails_with<InvalidArgument>(another->checkpoint(ledger.beside("second"))));
}

// A copy of the directory would take it along.
TEST_F(Checkpoints, HaveNoKeyInTheDirectoryOfALedger) {
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->make_key(file("key")), "outside"));
  fs::create_directory_symlink(ledger.directory(), ledger.beside("link"));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->make_key(ledger.beside("link") + "/chunks/key")));
  EXPECT_EQ(must(ledger->epoch()), 0u);
  EXPECT_FALSE(fs::exists(file("key")));
}

TEST_F(Checkpoints, OfAKeyThatOthersCanReadOrThatForgotWhatItSignedAreRefused) {
  make_key();
  fs::permissions(key_path(), fs::perms::group_read, fs::perm_options::add);
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->checkpoint(key_path()), "chmod 600"));
  fs::permissions(key_path(), fs::perms::group_read, fs::perm_options::remove);
  const std::string last = read_file(key_path() + ".last");
  fs::remove(key_path() + ".last");
  EXPECT_TRUE(fails_with<Corruption>(ledger->checkpoint(key_path()), ".last"));
  for (std::size_t i = 0; i < last.size(); i += 7) {
    std::string bent = last;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    write_file(key_path() + ".last", bent, 0600);
    EXPECT_TRUE(fails_with<Corruption>(ledger->checkpoint(key_path()), ".last")) << i;
  }
}

// Two copies of a ledger that share a key do not sign past each other: who comes second looks at
// what the first has signed.
TEST_F(Checkpoints, WaitForAnotherThatSignsWithTheKey) {
  make_key();
  const int held = ::open(key_path().c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  auto signing = std::async(std::launch::async, [&] { return ledger->checkpoint(key_path()); });
  EXPECT_EQ(signing.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  ::close(held);
  EXPECT_TRUE(ok(signing.get()));
}

// The key lies elsewhere and has seen more than the copy.
TEST_F(Checkpoints, OfACopyThatWentBackAreRefusedUntilANewEpoch) {
  make_key();
  (void)promoted(*ledger, 3);
  must(ledger->checkpoint(key_path()));
  keep_copy();
  (void)promoted(*ledger, 3);
  must(ledger->checkpoint(key_path()));
  put_copy_back();
  const auto shorter = failure_of<LedgerTruncated>(ledger->checkpoint(key_path()));
  EXPECT_EQ(shorter.have, Position{9});
  EXPECT_EQ(shorter.expected, Position{18});
  (void)promoted(*ledger, 3, "another");  // as long again, and another history
  EXPECT_TRUE(fails_with<Corruption>(ledger->checkpoint(key_path()), "new epoch"));
  (void)promoted(*ledger, 3, "another");
  EXPECT_TRUE(fails_with<Corruption>(ledger->checkpoint(key_path()), "new epoch"));
  EXPECT_EQ(must(ledger->signed_checkpoint()).size, Position{9});
  const NoteKey key = make_key(2, "second");
  EXPECT_TRUE(ok(check_tree(tree_of(must(ledger->checkpoint(ledger.beside("second")))), key)));
}

// The key's own copy is the old one, and the ledger remembers.
TEST_F(Checkpoints, BeginWithWhatTheLedgerRemembersToHaveSigned) {
  make_key();
  const std::string first = read_file(key_path() + ".last");
  (void)promoted(*ledger, 3);
  const SignedCheckpoint made = must(ledger->checkpoint(key_path()));
  write_file(key_path() + ".last", first, 0600);
  EXPECT_EQ(must(ledger->checkpoint(key_path())).note, made.note);
  create(*ledger);
  EXPECT_EQ(must(ledger->checkpoint(key_path())).size, Position{10});
}

class Witness {
 public:
  Witness() { seed_.fill(7); }
  [[nodiscard]] std::string vkey() const { return key().text(); }
  // c2sp.org/tlog-cosignature
  [[nodiscard]] std::string cosign(const std::string& text, std::uint64_t time_s) const {
    std::string bytes;
    const std::uint32_t id = key().id();
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(id >> shift);
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(time_s >> shift);
    bytes += ed25519_sign(seed_, "cosignature/v1\ntime " + std::to_string(time_s) + "\n" + text);
    return "\u2014 " + key().name + " " + to_base64(bytes) + "\n";
  }

 private:
  [[nodiscard]] NoteKey key() const {
    return {"witness.example/w1", NoteKeyType::cosigner, ed25519_public_key(seed_)};
  }
  Ed25519Seed seed_;
};

TEST_F(Checkpoints, TakeTheCosignaturesOfWitnessesAndCheckThem) {
  const NoteKey key = make_key();
  create(*ledger);
  const SignedTree tree = tree_of(must(ledger->checkpoint(key_path())));
  const Witness witness;
  const std::string line = witness.cosign(tree.note.text, 1'679'315'147);
  EXPECT_TRUE(fails_with<Corruption>(ledger->add_cosignatures(
      Position{1}, witness.cosign("another text\n", 1'679'315'147), {witness.vkey()})));
  EXPECT_EQ(must(ledger->signed_checkpoint()).note, tree.note.str());
  const auto report = must(ledger->add_cosignatures(
      Position{1}, line + tree.note.signatures.front().line + "\n", {witness.vkey()}));
  EXPECT_EQ(report.added, std::vector<std::string>{"witness.example/w1"});
  EXPECT_EQ(report.unknown, 1u);
  ledger.reopen();
  const SignedTree cosigned = tree_of(must(ledger->signed_checkpoint()));
  EXPECT_EQ(cosigned.note.str(), tree.note.str() + line);
  EXPECT_TRUE(ok(check_tree(cosigned, key)));
  EXPECT_EQ(must(check_signed(cosigned.note, must(parse_note_key(witness.vkey())))),
            Timestamp{1'679'315'147'000'000});
  EXPECT_TRUE(fails_with<NotFound>(ledger->add_cosignatures(Position{5}, line, {witness.vkey()})));
  EXPECT_TRUE(fails_with<InvalidArgument>(ledger->add_cosignatures(Position{1}, line, {key.text()}),
                                          "does not cosign"));
  EXPECT_TRUE(fails_with<InvalidArgument>(
      ledger->add_cosignatures(Position{1}, "rubbish\n", {witness.vkey()})));
}

TEST_F(Checkpoints, AreNotSignedOverADamagedEvent) {
  make_key();
  (void)promoted(*ledger, 3);
  ledger.close();
  change(event_key(Position{4}), [](std::string& stored) { stored.back() ^= 1; });
  ledger.open();
  EXPECT_EQ(failure_of<Corruption>(ledger->checkpoint(key_path())).where, "event 4");
}

TEST_F(Checkpoints, AreComparedWithTheTreeAndWithTheirKeys) {
  make_key();
  (void)promoted(*ledger, 3);
  must(ledger->checkpoint(key_path()));
  (void)promoted(*ledger, 6);
  make_key(2, "second");
  must(ledger->checkpoint(ledger.beside("second")));
  ledger.close();
  EXPECT_TRUE(differences().empty());

  const std::string first = Key('s').u32(1).u64(9).str();
  change(first, [](std::string& row) { row.front() ^= 1; });  // its root, and so what was signed
  const auto other_root = differences();
  ASSERT_EQ(other_root.size(), 1u);
  EXPECT_EQ(other_root[0].count, 2u) << "nor is it what was signed";
  EXPECT_EQ(other_root[0].where, "checkpoint of 9 events in epoch 1");
  EXPECT_EQ(other_root[0].position, Position{9});
  EXPECT_EQ(other_root[0].expected.find("root "), 0u);
  change(first, [](std::string& row) { row.front() ^= 1; });

  change(Key('n').u32(2).str(), [](std::string& row) { row.back() ^= 1; });
  const auto other_key = differences();
  ASSERT_EQ(other_key.size(), 1u);
  EXPECT_EQ(other_key[0].where, "checkpoint of 27 events in epoch 2");
  change(Key('n').u32(2).str(), [](std::string& row) { row.back() ^= 1; });

  AnchorMark anchor = must(Anchor::read(ledger.directory()));
  anchor.root->bytes[0] ^= 1;
  must(must(Anchor::open(ledger.directory())).write(anchor));
  const auto other_anchor = differences();
  ASSERT_EQ(other_anchor.size(), 1u);
  EXPECT_EQ(other_anchor[0].where, "anchor");
}

TEST_F(Checkpoints, StayThroughARebuild) {
  make_key();
  create(*ledger);
  const std::string note = must(ledger->checkpoint(key_path())).note;
  must(ledger->rebuild());
  ledger.reopen();
  EXPECT_EQ(must(ledger->signed_checkpoint()).note, note);
}

TEST_F(Checkpoints, AreNotSignedByAReader) {
  make_key();
  ledger.close();
  Ledger reader = must(Ledger::open(ledger.directory(), read_only()));
  EXPECT_TRUE(fails_with<ReadOnly>(reader.checkpoint(key_path())));
  EXPECT_TRUE(fails_with<ReadOnly>(reader.make_key(ledger.beside("other"), 2)));
}

}  // namespace
}  // namespace purser::checkpoint_test
