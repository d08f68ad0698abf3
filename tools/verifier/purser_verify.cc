// purser-verify: whether a checkpoint, or a proof that goes with one, holds. Everything it reads is
// taken to be hostile; it needs no ledger, and writes nothing.
#include <fmt/format.h>
#include <getopt.h>

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "audit/base64.h"
#include "audit/evidence.h"
#include "try.h"

namespace purser::verifier {
namespace {

constexpr std::size_t kFileBytesMax = 1u << 20;  // also above the longest event, 60,000 bytes

// As docs/cli.md has them for `purser`.
enum ExitCode { kHolds = 0, kInternal = 1, kUsage = 2, kNotFound = 3, kRefuted = 6, kIo = 8 };

constexpr const char* kHelp =
    R"help(purser-verify FILE --key VKEY [--entry RAW_EVENT_FILE | --older CHECKPOINT_FILE]
              [--witness VKEY]...

Whether FILE holds: a checkpoint, a proof that an event is in the log of a checkpoint, or a proof
that the log of a checkpoint begins with that of an older one. It needs no ledger.

  --key VKEY       the ledger's verifier key, as `purser key new` printed it
  --entry FILE     with a proof of an event: its bytes, as `purser event` writes them
  --older FILE     with a proof of consistency: the older checkpoint
  --witness VKEY   also asks for a cosignature of this witness; any number of times
  --help, --version

Example:
  purser-verify 42.tlog-proof --key "$(cat ledger.vkey)" --entry 42.event

Exit code: 0 it holds, 2 mend the call or the file, 3 a signature that was asked for is not there,
6 it does not hold, 8 a file cannot be read.
)help";

struct Arguments {
  std::string file;
  std::string key;
  std::string entry;
  std::string older;
  std::vector<std::string> witnesses;
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Io{"open", path, "it cannot be read"};
  std::string bytes(kFileBytesMax + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.bad()) return Io{"read", path, "it cannot be read"};
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > kFileBytesMax) return LimitExceeded{path, kFileBytesMax, bytes.size()};
  return bytes;
}

// What holds, a sentence a line.
class Check {
 public:
  explicit Check(const Arguments& arguments) : arguments_(arguments) {}

  Result<std::string> run() {
    PURSER_ASSIGN(key_, parse_note_key(arguments_.key));
    if (key_.type != NoteKeyType::signer) {
      return InvalidArgument{"--key", "it is the key of a witness"};
    }
    PURSER_ASSIGN(const std::string bytes, read_file(arguments_.file));
    PURSER_ASSIGN(const Evidence evidence, parse_evidence(bytes));
    PURSER_TRY(std::visit([this](const auto& one) { return check(one); }, evidence));
    return said_;
  }

 private:
  Status check(const SignedTree& tree) {
    if (!arguments_.entry.empty() || !arguments_.older.empty()) {
      return InvalidArgument{arguments_.file, "it is a checkpoint, and proves nothing of others"};
    }
    PURSER_TRY(check_tree(tree, key_));
    return tell(tree);
  }
  Status check(const EventProof& proof) {
    if (arguments_.entry.empty()) {
      return InvalidArgument{"--entry", "it is a proof of an event; name the file with its bytes"};
    }
    PURSER_ASSIGN(const std::string event, read_file(arguments_.entry));
    PURSER_TRY(check_event(proof, key_, event));
    said_ += fmt::format("The event is in the log, at position {}.\n", proof.index + 1);
    return tell(proof.tree);
  }
  Status check(const ConsistencyProof& proof) {
    if (arguments_.older.empty()) {
      return InvalidArgument{"--older", "it is a proof of consistency; name the older checkpoint"};
    }
    PURSER_ASSIGN(const std::string bytes, read_file(arguments_.older));
    PURSER_ASSIGN(const SignedTree older, parse_signed_tree(bytes));
    PURSER_TRY(check_growth(proof, key_, older));
    said_ += fmt::format("The log begins with the first {} events of the older checkpoint.\n",
                         proof.older);
    return tell(proof.tree);
  }

  Status tell(const SignedTree& tree) {
    said_ += fmt::format("Signed by {}: {} events, root {}.\n", key_.name, tree.checkpoint.size,
                         to_base64(tree.checkpoint.root));
    for (const std::string& text : arguments_.witnesses) {
      PURSER_ASSIGN(const NoteKey witness, parse_note_key(text));
      if (witness.type != NoteKeyType::cosigner) {
        return InvalidArgument{"--witness", "it is not the key of a witness"};
      }
      PURSER_ASSIGN(const Timestamp time, check_signed(tree.note, witness));
      said_ += fmt::format("Cosigned by {} at {}.\n", witness.name, to_rfc3339(time));
    }
    return {};
  }

  const Arguments& arguments_;
  NoteKey key_;
  std::string said_;
};

int report(const Error& error) {
  ExitCode code = kUsage;
  std::string message = error.message();
  if (const auto* refuted = error.as<Corruption>()) {
    code = kRefuted;
    message = fmt::format("does not hold: {}: {}", refuted->where, refuted->what);
  } else if (error.is<NotFound>()) {
    code = kNotFound;
  } else if (error.is<Io>()) {
    code = kIo;
  }
  fmt::print(stderr, "purser-verify: {}\n", message);
  return code;
}

int usage(const std::string& why) {
  fmt::print(stderr, "purser-verify: {}; see purser-verify --help\n", why);
  return kUsage;
}

int run(int argc, char** argv) {
  static constexpr option kOptions[] = {{"key", required_argument, nullptr, 'k'},
                                        {"entry", required_argument, nullptr, 'e'},
                                        {"older", required_argument, nullptr, 'o'},
                                        {"witness", required_argument, nullptr, 'w'},
                                        {"help", no_argument, nullptr, 'h'},
                                        {"version", no_argument, nullptr, 'v'},
                                        {}};
  Arguments arguments;
  opterr = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  for (int found = 0; (found = getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
    switch (found) {
      case 'k': arguments.key = optarg; break;
      case 'e': arguments.entry = optarg; break;
      case 'o': arguments.older = optarg; break;
      case 'w': arguments.witnesses.emplace_back(optarg); break;
      case 'h': fmt::print("{}", kHelp); return kHolds;
      case 'v': fmt::print("purser-verify {}\n", PURSER_VERSION); return kHolds;
      default: return usage("an option is unknown or lacks its value");
    }
  }
  if (argc - optind != 1) return usage("one FILE is needed");
  if (arguments.key.empty()) return usage("--key is needed");
  arguments.file = argv[optind];
  const auto said = Check(arguments).run();
  if (!said) return report(said.error());
  fmt::print("{}", *said);
  return std::fflush(stdout) == 0 ? kHolds : kIo;
}

}  // namespace
}  // namespace purser::verifier

int main(int argc, char** argv) {
  try {
    return purser::verifier::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "purser-verify: internal error: %s\n", error.what());
  }
  return purser::verifier::kInternal;
}
