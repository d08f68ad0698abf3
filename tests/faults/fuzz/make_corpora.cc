// Makes the corpora of the harnesses: faults_fuzz_corpora FOLDER writes FOLDER/NAME/SAMPLE.
//
// Most samples are what the library itself writes; the others are what it must refuse, so that the
// replay has something for every mutant. What a run of libFuzzer has found is put beside them.
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "anchor.h"
#include "artifact_path.h"
#include "audit/evidence.h"
#include "audit/merkle.h"
#include "content.h"
#include "cursor_file.h"
#include "event_codec.h"
#include "faults/fuzz/audit_samples.h"
#include "hash.h"
#include "manifest.h"
#include "marker.h"
#include "pack_block.h"
#include "rocks_store.h"
#include "seen_files.h"
#include "storage/sample_events.h"
#include "storage/scratch.h"

namespace purser::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEnvelopeBytes = 40;
constexpr std::size_t kTimeAt = 24;

class Corpora {
 public:
  explicit Corpora(fs::path folder) : folder_(std::move(folder)) {}

  void put(const std::string& harness, const std::string& sample, std::string_view bytes) const {
    write_file(folder_ / harness / sample, bytes);
  }
  // As it is, with a byte too many, cut short, and with its last byte another.
  void put_codec(const std::string& harness, const std::string& sample,
                 const std::string& bytes) const {
    put(harness, sample, bytes);
    put(harness, sample + "-and-more", bytes + '\0');
    put(harness, sample + "-cut", bytes.substr(0, bytes.size() / 2));
    std::string other = bytes;
    other.back() = static_cast<char>(other.back() ^ 1);
    put(harness, sample + "-other", other);
  }

 private:
  fs::path folder_;
};

void put_events(const Corpora& corpora) {
  for (const SampleEvent& sample : sample_events()) {
    const std::string stored = encode_event(sample.event).value();
    const auto kind = static_cast<char>(sample.event.kind());
    const std::string payload = std::string(1, kind) + stored.substr(kEnvelopeBytes);
    corpora.put("envelope", sample.name, stored);
    corpora.put("payload", sample.name, payload);
    if (!sample.name.starts_with("activated-1-rollback")) continue;
    corpora.put_codec("envelope", sample.name, stored);
    std::string later = stored;
    later[kTimeAt] = static_cast<char>(later[kTimeAt] ^ 1);
    corpora.put("envelope", sample.name + "-with-an-old-checksum", later);
    corpora.put_codec("payload", sample.name, payload);
  }
}

void put_manifests(const Corpora& corpora) {
  const Digest digest = counting_digest(3);
  const std::vector<FileEntry> files{{"bin/run", true, 7, digest},
                                     {"index.html", false, 0, counting_digest(9)},
                                     {"js/v1..2.js", false, 70'000, digest}};
  corpora.put_codec("manifest", "empty", encode_manifest({}));
  corpora.put_codec("manifest", "three-files", encode_manifest(files));
  const std::string line = "0644 1 " + to_hex(digest) + " ";
  corpora.put("manifest", "clash", line + "a\n" + line + "a/b\n");
  corpora.put("manifest", "out-of-order", line + "b\n" + line + "a\n");
  corpora.put("manifest", "escape", line + "../a\n");
  corpora.put("manifest", "leading-zero", "0644 01 " + to_hex(digest) + " a\n");
  corpora.put("manifest", "huge",
              "0644 18446744073709551615 " + to_hex(digest) + " a\n" + line + "b\n");
}

void put_chunks(const Corpora& corpora) {
  ChunkList list;
  corpora.put_codec("chunk_list", "empty", encode_chunk_list(list));
  for (std::uint8_t i = 1; i < 5; ++i) {
    const std::uint32_t length = i * 1000u;
    list.chunks.push_back({counting_digest(i), length});
    list.size += length;
  }
  corpora.put_codec("chunk_list", "four-chunks", encode_chunk_list(list));

  BlockBuilder block;
  for (const std::string_view bytes : {"hello", "a longer text, a longer text, a longer text"}) {
    block.add(sha256(bytes), bytes);
  }
  BlockBuilder wrong;
  wrong.add(sha256("hello"), "HELLO");
  const std::string plain = block.encode({0});
  const std::string whole = block.encode({3, true});
  corpora.put_codec("pack_block", "plain", plain);
  BlockBuilder letters;
  letters.add(sha256(std::string(5000, 'a')), std::string(5000, 'a'));
  const std::string compressed = letters.encode({3, true});
  corpora.put_codec("pack_block", "compressed", compressed);
  corpora.put("pack_block", "whole", whole);
  corpora.put("pack_walk", "nothing", "");
  corpora.put("pack_walk", "two-blocks", plain + compressed);
  corpora.put("pack_walk", "gap", plain + std::string(50, 'x') + compressed);
  corpora.put("pack_walk", "cut", plain + compressed.substr(0, compressed.size() - 1));
  corpora.put("pack_walk", "wrong-digest", wrong.encode({0}));
  corpora.put("pack_walk", "block-in-block", plain.substr(0, 40) + compressed + plain);
}

void put_paths(const Corpora& corpora) {
  const std::vector<std::pair<std::string, std::string>> paths{
      {"plain", "index.html"}, {"deep", "a/b/c/d/e"},
      {"dots", "js/v1..2.js"}, {"dot-dot", "../etc/a"},
      {"inner", "a/../../b"},  {"absolute", "/etc/passwd"},
      {"backslash", "..\\a"},  {"empty-segment", "a//b"},
      {"dot", "./a"},          {"clash", "a\na-b\na/b"},
      {"twice", "a\na"},       {"ends-with-slash", "a/"},
      {"control", "a\x7f"},    {"utf8", "\xc3\xa9/\xe2\x82\xac"},
      {"zero", {"a\0b", 3}}};
  for (const auto& [sample, path] : paths) corpora.put("path", sample, path);
  corpora.put("path", "long-segment", std::string(256, 'a'));
  std::string deep = "a";
  for (int i = 0; i < 64; ++i) deep += "/a";
  corpora.put("path", "too-deep", deep);
}

void put_audit(const Corpora& corpora) {
  const SignedTree older = sample_tree(kOlderSize);
  const SignedTree newer = sample_tree(kNewerSize);
  const auto subtree = [](unsigned level, std::uint64_t index) -> Result<Digest> {
    CompactRange range;
    for (std::uint64_t i = index << level; i < (index + 1) << level; ++i) {
      range.append(merkle_leaf(sample_entry(i)));
    }
    return range.root();
  };
  corpora.put_codec("note", "older", older.note.str());
  std::string false_note = newer.note.str();
  false_note[false_note.find("\n7\n") + 1] = '8';
  corpora.put("note", "false", false_note);
  corpora.put("note", "extension", older.checkpoint.text() + "more\n");
  corpora.put_codec("proof", "checkpoint", newer.note.str());
  for (std::uint64_t i = 0; i < 2; ++i) {
    const EventProof proof{i, prove_inclusion(i, kNewerSize, subtree).value(), newer};
    corpora.put_codec("proof", "event-" + std::to_string(i), proof.str());
  }
  const ConsistencyProof grown{kOlderSize,
                               prove_consistency(kOlderSize, kNewerSize, subtree).value(), newer};
  corpora.put_codec("proof", "consistency", grown.str());
  const NoteSigner signer = sample_signer();
  corpora.put_codec("key", "signer", signer.text());
  corpora.put_codec("key", "verifier", signer.key().text());
  NoteKey cosigner = signer.key();
  cosigner.type = NoteKeyType::cosigner;
  corpora.put("key", "cosigner", cosigner.text());
}

void put_merkle(const Corpora& corpora) {
  const std::string numbers{"\x06\0\0\0\x03\0\0\0", 8};  // seven entries, the fourth
  for (const char which : {'\0', '\1', '\2'}) {
    const std::string name = "kind-" + std::to_string(int{which});
    corpora.put("merkle", name, which + numbers);
    corpora.put("merkle", name + "-flipped", which + numbers + std::string(13, '\1'));
    corpora.put("merkle", name + "-xored",
                which + numbers + std::string({"\0\0\0\0\0\5\0\0\0\7", 10}));
    corpora.put("merkle", name + "-added", which + numbers + std::string(9, '\2'));
    corpora.put("merkle", name + "-many", which + std::string(300, 'a'));
  }
}

void put_small_files(const Corpora& corpora) {
  const Scratch scratch;
  LedgerId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i);
  const std::string folder = scratch.path().string();
  static_cast<void>(write_marker(folder, id));
  corpora.put_codec("marker", "marker", read_file(scratch / "PURSER"));
  static_cast<void>(write_cursor(folder + "/cursor", {id, Position{9}}));
  corpora.put_codec("cursor", "cursor", read_file(scratch / "cursor"));
  static_cast<void>(Anchor::create(folder, {id, Position{9}, Timestamp{7}, counting_digest(1)}));
  const std::string anchor = read_file(scratch / "anchor");
  const std::string slot = anchor.substr(4096, 96);
  corpora.put("anchor", "file", slot + std::string(4000, '\0') + slot);
  corpora.put_codec("anchor", "slot", slot);
  std::string later = slot;
  later[16] = 2;  // its sequence
  corpora.put("anchor", "two-slots", slot + later);
  corpora.put("anchor", "none", "");
  fs::remove(scratch / "anchor");
  static_cast<void>(Anchor::create(
      folder, {id, Position{9}, Timestamp{7}, counting_digest(1), ClosingSum{5, 3, 4, 2}}));
  corpora.put("anchor", "closing", read_file(scratch / "anchor").substr(4096));
}

// A log as RocksDB writes it.
void put_log(const Corpora& corpora) {
  const Scratch scratch;
  const std::string db = (scratch / "db").string();
  if (!RocksStore::create(db)) return;
  const auto store = RocksStore::open(db, RocksStore::Mode::read_write, 1 << 20).value();
  for (const char* value : {"one", "two", "three"}) {
    WriteSet changes;
    changes.put(Space::state, "key", value);
    static_cast<void>(store->write(changes));
  }
  for (const auto& entry : fs::directory_iterator(db)) {
    if (entry.path().extension() != ".log" || entry.file_size() == 0) continue;
    const std::string log = read_file(entry.path());
    corpora.put_codec("log_file", "three-writes", log);
    std::string hole = log;
    hole.replace(log.size() / 3, 10, 10, '\0');
    corpora.put("log_file", "hole", hole);
  }
}

void put_rows(const Corpora& corpora) {
  corpora.put_codec("seen_files", "row", std::string(72, 'a'));
  const auto number = [](char value) { return std::string(1, value) + std::string(3, '\0'); };
  // Which kind of row, how its key goes on, and a value, each behind its length.
  const auto row = [&](char tag, char name, const std::string& key, const std::string& value) {
    return number(tag) + number(name) + static_cast<char>(key.size()) + key +
           static_cast<char>(value.size()) + value;
  };
  const std::string revision("\0\0\0\0\0\0\0\5", 8);
  const std::string head = std::string("\5", 1) + std::string(15, '\0');
  corpora.put("rows", "draft",
              row(0, 3, revision, head) +
                  row(1, 3, std::string("a\0", 2) + revision, std::string(41, '\0')));
  corpora.put("rows", "draft-of-another-length", row(0, 0, "X", head));
  corpora.put("rows", "pointer", row(6, 2, revision, std::string(42, '\0')));
  corpora.put("rows", "pointer-of-itself",
              row(6, 2, revision, std::string(18, '\0') + "\5" + std::string(7, '\0')));
  corpora.put("rows", "pointer-name", row(6, 1, "c\x05" + revision, std::string(26, '\0')));
  corpora.put("rows", "owner", row(8, 1, revision, head.substr(0, 8)));
  corpora.put("rows", "chunk", row(2, 4, revision, std::string(12, '\1')));
  corpora.put("rows", "pack", row(4, 3, "", head.substr(0, 8)));
}

// Any bytes are a sequence. Two of these are the first and the eighth of `faults_sequences`.
void put_sequences(const Corpora& corpora) {
  for (const unsigned number : {0u, 7u}) {
    std::seed_seq numbers{std::uint64_t{1}, std::uint64_t{number}};
    std::mt19937_64 random(numbers);
    std::string bytes(1 + random() % 4000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    corpora.put("sequence", "random-" + std::to_string(number), bytes);
  }
  corpora.put("sequence", "none", "");
}

void put_command_lines(const Corpora& corpora) {
  const std::vector<std::pair<std::string, std::string>> lines{
      {"promote", "promote\nproject:demo\n3\n--expect\n7\n--json"},
      {"deploy", "--ledger\n/l\ndeploy\no\n.\n--label\nk=v\n--promote\n--channel=\n"},
      {"list", "list\no\n--limit\n5\n--after\n2026-01-02T03:04:05Z"},
      {"log", "log\n--since\n2h\n--until\n2026-01-02"},
      {"help", "rollback\n--help"},
      {"version", "--version"},
      {"none", ""},
      {"unknown", "fly"},
      {"dashes", "--\npromote\n--json"},
      {"number", "show\n18446744073709551616"}};
  for (const auto& [sample, line] : lines) corpora.put("command_line", sample, line);
}

// The golden files; what is left of them in a form that is short enough to be changed much.
void put_exports(const Corpora& corpora) {
  const fs::path data = PURSER_TEST_DATA;
  const std::string lines = read_file(data / "export-1.jsonl");
  corpora.put_codec("export_lines", "every-kind", lines);
  const std::size_t first = lines.find('\n') + 1;
  const std::size_t second = lines.find('\n', first) + 1;
  const std::size_t last = lines.rfind('\n', lines.size() - 2) + 1;
  corpora.put("export_lines", "first", lines.substr(0, first));
  corpora.put("export_lines", "last", lines.substr(last));
  corpora.put("export_lines", "no-events", lines.substr(0, first) + lines.substr(last));
  corpora.put("export_lines", "one-event", lines.substr(0, second) + lines.substr(last));
  corpora.put("export_lines", "line-lost", lines.substr(0, first) + lines.substr(second));
  const std::string tar = read_file(data / "export-1.tar");
  corpora.put("export_tar", "every-record", tar);
  corpora.put("export_tar", "one-record", tar.substr(0, 1024));
  corpora.put("export_tar", "cut", tar.substr(0, 600));
  corpora.put("export_tar", "none", tar.substr(tar.size() - 1024));
}

void put_past_lines(const Corpora& corpora) {
  const std::string of = R"("owner":"demo","deployment":"r1")";
  const auto line = [&](const std::string& event) { return "{" + event + "," + of + "}\n"; };
  const std::string created = line(
      R"("event":"created","source_ref":"sha","labels":{"a":"b"},"time":"2024-01-01T00:00:00Z")");
  const std::string ready = line(R"("event":"ready","location":"there","bytes":7)");
  const std::string failed = line(R"("event":"failed","code":"c","message":"m")");
  const std::string promoted = line(R"("event":"promoted","channel":"beta","actor":"kim")");
  const std::string back = line(R"("event":"rolled_back","reason":"why")");
  const std::string cleared = "{\"event\":\"cleared\",\"owner\":\"demo\"}\n";
  const std::string deleted = line(R"("event":"artifact_deleted")");
  corpora.put("past_lines", "each-event", created + ready + promoted + cleared + back + deleted);
  corpora.put("past_lines", "implied", promoted);
  corpora.put("past_lines", "promoted-when-failed", failed + promoted);
  corpora.put("past_lines", "deleted-when-building", created + deleted);
  corpora.put("past_lines", "unknown-key", line(R"("event":"ready","colour":"red")"));
  corpora.put("past_lines", "twice", line(R"("event":"ready","event":"failed")"));
  corpora.put("past_lines", "no-object", "[[[[\n");
}

}  // namespace

int run(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: faults_fuzz_corpora FOLDER\n", stderr);
    return 2;
  }
  const Corpora corpora(argv[1]);
  put_events(corpora);
  put_manifests(corpora);
  put_chunks(corpora);
  put_paths(corpora);
  put_audit(corpora);
  put_merkle(corpora);
  put_small_files(corpora);
  put_log(corpora);
  put_rows(corpora);
  put_command_lines(corpora);
  put_exports(corpora);
  put_past_lines(corpora);
  put_sequences(corpora);
  return 0;
}

}  // namespace purser::fuzz

int main(int argc, char** argv) { return purser::fuzz::run(argc, argv); }
