// Signed notes and their keys. The known answers are those of golang.org/x/mod/sumdb/note.
#include "audit/note.h"

#include <gtest/gtest.h>

#include "audit/base64.h"
#include "audit/evidence.h"
#include "audit/merkle.h"
#include "storage/results.h"

namespace purser::note_test {
namespace {

constexpr const char* kSigner =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr const char* kVerifier =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
const std::string kSigned =
    kText +
    "\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";

TEST(Note, IsSignedAsTheReferenceImplementationDoes) {
  const NoteSigner signer = NoteSigner::parse(kSigner).value();
  EXPECT_EQ(signer.key().text(), kVerifier);
  EXPECT_EQ(signer.text(), kSigner);
  EXPECT_EQ(kText + "\n" + signer.sign(kText) + "\n", kSigned);
}

TEST(Note, IsCheckedAgainstAKeyOfItsNameAndId) {
  const NoteKey key = parse_note_key(kVerifier).value();
  const Note note = parse_note(kSigned).value();
  EXPECT_EQ(note.text, kText);
  EXPECT_EQ(note.str(), kSigned);
  EXPECT_TRUE(ok(check_signed(note, key)));
  Note changed = note;
  changed.text[0] = 'i';
  EXPECT_TRUE(fails_with<Corruption>(check_signed(changed, key)));
  NoteKey other = key;
  other.name = "SomeoneElse";
  EXPECT_TRUE(fails_with<NotFound>(check_signed(note, other)));
}

// As the example of the text is.
TEST(Note, MayHaveEmptyLinesInItsText) {
  const std::string text = "solo sul cuor della terra:\n\ned \u00e8 subito sera.\n";
  const NoteSigner signer = NoteSigner::parse(kSigner).value();
  const Note note = parse_note(text + "\n" + signer.sign(text) + "\n").value();
  EXPECT_EQ(note.text, text);
  EXPECT_TRUE(ok(check_signed(note, signer.key())));
}

TEST(Note, OfAWitnessSaysWhenItWasSigned) {
  const Ed25519Seed seed{7};
  const NoteKey witness{"witness.example/w1", NoteKeyType::cosigner, ed25519_public_key(seed)};
  NoteSignature signature{
      witness.name, witness.id(), std::string("\0\0\0\0\x64\x18\x4b\x0b", 8), {}};
  signature.bytes += ed25519_sign(seed, "cosignature/v1\ntime 1679313675\n" + kText);
  EXPECT_EQ(check_signature(kText, signature, witness).value(), Timestamp{1679313675000000});
  NoteSignature bent = signature;
  bent.bytes[7] ^= 1;
  EXPECT_TRUE(fails_with<Corruption>(check_signature(kText, bent, witness))) << "another time";
  bent.bytes = signature.bytes.substr(8);
  EXPECT_TRUE(fails_with<Corruption>(check_signature(kText, bent, witness))) << "no time";
  EXPECT_TRUE(fails_with<Corruption>(check_signature(kText + "x\n", signature, witness)));
}

TEST(Note, WithTheSameKeyTwiceIsRefusedWhereOneSignatureIsFalse) {
  const NoteKey key = parse_note_key(kVerifier).value();
  Note note = parse_note(kSigned).value();
  note.signatures.push_back(note.signatures.front());
  EXPECT_TRUE(ok(check_signed(note, key)));
  note.signatures.back().bytes[5] ^= 1;
  EXPECT_TRUE(fails_with<Corruption>(check_signed(note, key)));
}

TEST(Note, OfAWitnessIsThatOfTheSpecification) {
  const std::string checkpoint =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
      "\u2014 example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
      "\n\u2014 witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIU"
      "BkBIfZ+qnA==\n";
  const SignedTree tree = parse_signed_tree(checkpoint).value();
  EXPECT_EQ(tree.checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(tree.checkpoint.size, 20852163u);
  ASSERT_EQ(tree.note.signatures.size(), 2u);
  EXPECT_EQ(tree.note.signatures[1].bytes.size(), 72u);
  EXPECT_EQ(tree.note.str(), checkpoint);
  EXPECT_EQ(tree.checkpoint.text(), tree.note.text);
}

TEST(Note, CutAtEveryLengthOrWithAByteChangedIsRefusedOrNotSigned) {
  const NoteKey key = parse_note_key(kVerifier).value();
  const auto holds = [&](const std::string& bytes) {
    const auto note = parse_note(bytes);
    return note.has_value() && check_signed(*note, key).has_value();
  };
  EXPECT_TRUE(holds(kSigned));
  for (std::size_t size = 0; size < kSigned.size(); ++size) {
    EXPECT_FALSE(holds(kSigned.substr(0, size))) << size;
  }
  for (std::size_t i = 0; i < kSigned.size(); ++i) {
    std::string bent = kSigned;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(holds(bent)) << i;
  }
}

TEST(Note, ThatIsMalformedIsRefused) {
  for (const std::string& bytes : std::initializer_list<std::string>{
           "", "\n", "\n\n", "text\n", "text\n\n", "text\n\n\u2014 name AAAAAAA=",
           "text\n\n- name AAAAAAA=\n", "text\n\n\u2014 name\n", "text\n\n\u2014 AAAAAAA=\n",
           "text\n\n\u2014 na+me AAAAAAA=\n", "text\n\n\u2014 na me AAAAAAA=\n",
           "text\n\n\u2014 na\u2003me AAAAAAA=\n", "text\n\n\u2014 name AAAA\n",
           "text\n\n\u2014 name AAAAAAB=\n", "text\n\n\u2014 name AAAA AAA=\n",
           "te\txt\n\n\u2014 name AAAAAAA=\n", "te\xfft\n\n\u2014 name AAAAAAA=\n"}) {
    EXPECT_TRUE(fails_with<InvalidArgument>(parse_note(bytes))) << bytes;
  }
  EXPECT_TRUE(ok(parse_note("text\n\n\u2014 name AAAAAAA=\n")));
}

// What the text allows is passed over, whatever this program would call a key.
TEST(Note, MayHaveSignaturesOfStrangersWithAnyName) {
  const std::string line = kSigned.substr(kSigned.rfind(' '));
  const std::string names[] = {std::string(1000, 'n'), "with\x7f", "\u00fc/\u4e2d"};
  std::string note = kSigned;
  for (const std::string& name : names) note += "\u2014 " + name + line;
  EXPECT_TRUE(ok(check_signed(parse_note(note).value(), parse_note_key(kVerifier).value())));
  for (const char* name : {"", "two words", "a+b", "no\u00a0break", "ideographic\u3000space"}) {
    EXPECT_FALSE(parse_note(kSigned + "\u2014 " + name + line)) << name;
  }
  EXPECT_TRUE(fails_with<LimitExceeded>(check_key_name(names[0])));
  EXPECT_TRUE(fails_with<InvalidArgument>(check_key_name(names[1])));
  EXPECT_TRUE(ok(check_key_name(names[2])));
}

TEST(Note, OfTooManyBytesOrSignaturesIsRefused) {
  std::string many = "text\n\n";
  for (int i = 0; i < 64; ++i) many += "\u2014 name AAAAAAA=\n";
  EXPECT_EQ(parse_note(many).value().signatures.size(), 64u);
  EXPECT_TRUE(fails_with<LimitExceeded>(parse_note(many + "\u2014 name AAAAAAA=\n")));
  EXPECT_TRUE(fails_with<LimitExceeded>(parse_note(std::string((1u << 20) + 1, 'a'))));
}

TEST(NoteKey, ThatIsMalformedIsRefusedAndASecretIsNotRepeated) {
  for (const char* text :
       {"", "name", "name+c74f20a3", "name+c74f20a3+", "+c74f20a3+AAAA", "name+c74f20a+AAAA",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpcQQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", kSigner}) {
    const auto refused = parse_note_key(text);
    EXPECT_TRUE(fails_with<InvalidArgument>(refused)) << text;
    EXPECT_EQ(refused.error().message().find("AYEK"), std::string::npos);
  }
  EXPECT_TRUE(fails_with<InvalidArgument>(NoteSigner::parse(kVerifier)));
}

TEST(Base64, HasOneTextForEachSequenceOfBytes) {
  for (const auto& [bytes, text] : std::initializer_list<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Zg==\n", " Zg==", "====", "Zg=a", "Z-9v", "Zg==Zg=="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

class EvidenceFiles : public testing::Test {
 protected:
  const NoteSigner signer{"purser/00/1", Ed25519Seed{1}};
  [[nodiscard]] std::string checkpoint() const {
    const std::string text = Checkpoint{signer.key().name, 3, Digest{}}.text();
    return text + "\n" + signer.sign(text) + "\n";
  }
  const std::string hash = to_base64(Digest{});
};

TEST_F(EvidenceFiles, AreToldApartByTheirFirstLineAndComeBackAsTheyWere) {
  const std::string proof =
      "c2sp.org/tlog-proof@v1\nindex 2\n" + hash + "\n" + hash + "\n\n" + checkpoint();
  EXPECT_EQ(std::get<EventProof>(parse_evidence(proof).value()).str(), proof);
  const std::string growth = "old 2\n" + hash + "\n\n" + checkpoint();
  EXPECT_EQ(std::get<ConsistencyProof>(parse_evidence(growth).value()).str(), growth);
  EXPECT_EQ(std::get<SignedTree>(parse_evidence(checkpoint()).value()).note.str(), checkpoint());
  const auto extra =
      parse_evidence("c2sp.org/tlog-proof@v1\nextra Zm9v\nindex 0\n\n" + checkpoint());
  EXPECT_EQ(std::get<EventProof>(extra.value()).index, 0u);
}

TEST_F(EvidenceFiles, ThatAreMalformedAreRefused) {
  const std::string head = "c2sp.org/tlog-proof@v1\n";
  const std::string tail = "\n\n" + checkpoint();
  for (const std::string& bytes :
       {head + "index 01" + tail, head + "index -1" + tail, head + "index" + tail, head + tail,
        head + "index 1\n" + hash + "x" + tail, head + "index 1\nAAAA" + tail,
        head + "index 1\n" + hash, head + "extra ?\nindex 1" + tail,
        head + "index 18446744073709551616" + tail, "c2sp.org/tlog-proof@v2\nindex 1" + tail,
        "old x" + tail, "old 1" + checkpoint(), "origin\n1\n\n" + signer.sign("origin\n1\n") + "\n",
        "origin\n1\n" + hash + "x\n\n" + signer.sign("") + "\n",
        "\n1\n" + hash + "\n\n" + signer.sign("") + "\n",
        "origin\n1\n" + hash + "\n\nextension\n\n" + signer.sign("") + "\n",
        "origin\n01\n" + hash + "\n\n" + signer.sign("") + "\n"}) {
    EXPECT_TRUE(fails_with<InvalidArgument>(parse_evidence(bytes))) << bytes;
  }
  std::string many = head + "index 1\n";
  for (int i = 0; i < 64; ++i) many += hash + "\n";
  EXPECT_TRUE(fails_with<LimitExceeded>(parse_evidence(many + "\n" + checkpoint())));
  EXPECT_TRUE(fails_with<LimitExceeded>(parse_evidence(head + std::string(1u << 20, 'a'))));
}

TEST_F(EvidenceFiles, OfAnotherOriginThanTheKeyAreRefused) {
  const std::string text = Checkpoint{"elsewhere", 3, Digest{}}.text();
  const SignedTree tree = parse_signed_tree(text + "\n" + signer.sign(text) + "\n").value();
  EXPECT_TRUE(fails_with<Corruption>(check_tree(tree, signer.key()), "origin"));
}

// A log of three entries, and what is handed out of it.
class HandedOut : public testing::Test {
 protected:
  const NoteSigner signer{"purser/00/1", Ed25519Seed{1}};
  const NoteSigner other{"purser/00/1", Ed25519Seed{2}};
  const Digest leaves[3] = {merkle_leaf("zero"), merkle_leaf("one"), merkle_leaf("two")};
  const Digest pair = merkle_node(leaves[0], leaves[1]);

  static SignedTree tree_of(std::uint64_t size, const Digest& root, const NoteSigner& by) {
    const std::string text = Checkpoint{by.key().name, size, root}.text();
    return parse_signed_tree(text + "\n" + by.sign(text) + "\n").value();
  }
  [[nodiscard]] SignedTree older(const NoteSigner& by) const { return tree_of(2, pair, by); }
  [[nodiscard]] SignedTree newer(const NoteSigner& by) const {
    return tree_of(3, merkle_node(pair, leaves[2]), by);
  }
};

TEST_F(HandedOut, AnEventIsInTheLogThatItsKeySigned) {
  const EventProof proof{1, {leaves[0], leaves[2]}, newer(signer)};
  EXPECT_TRUE(ok(check_event(proof, signer.key(), "one")));
  EXPECT_TRUE(fails_with<Corruption>(check_event(proof, signer.key(), "two")));
  EXPECT_TRUE(fails_with<NotFound>(check_event(proof, other.key(), "one")));
  EventProof bent = proof;
  bent.index = 0;
  EXPECT_TRUE(fails_with<Corruption>(check_event(bent, signer.key(), "one")));
  bent = proof;
  bent.tree.note.text[0] ^= 1;
  EXPECT_TRUE(fails_with<Corruption>(check_event(bent, signer.key(), "one")));
}

TEST_F(HandedOut, ALogHasGrownFromAnotherThatItsKeySigned) {
  const ConsistencyProof proof{2, {leaves[2]}, newer(signer)};
  EXPECT_TRUE(ok(check_growth(proof, signer.key(), older(signer))));
  EXPECT_TRUE(fails_with<NotFound>(check_growth(proof, signer.key(), older(other))));
  EXPECT_TRUE(fails_with<NotFound>(
      check_growth({2, {leaves[2]}, newer(other)}, signer.key(), older(signer))));
  EXPECT_TRUE(
      fails_with<Corruption>(check_growth(proof, signer.key(), tree_of(2, leaves[0], signer))));
  EXPECT_TRUE(
      fails_with<InvalidArgument>(check_growth(proof, signer.key(), tree_of(1, pair, signer))));
  EXPECT_TRUE(fails_with<InvalidArgument>(check_growth(proof, signer.key(), newer(signer))));
}

}  // namespace
}  // namespace purser::note_test
