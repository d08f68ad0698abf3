#include "key_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/merkle.h"
#include "posix.h"
#include "small_file.h"
#include "try.h"

namespace purser {
namespace {

constexpr std::size_t kFileBytesMax = 64u << 10;
constexpr const char* kLast = ".last";

// A path in its folder and its name there.
struct Place {
  std::string directory;
  std::string name;
};
Place place_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

SignedTree sign_with(const NoteSigner& signer, const Checkpoint& checkpoint) {
  std::string text = checkpoint.text();
  NoteSignature signature{signer.key().name, signer.key().id(), {}, signer.sign(text)};
  return {{std::move(text), {std::move(signature)}}, checkpoint};
}

// Opens the secret and holds it against whoever signs with it as well: another copy of the ledger.
Result<UniqueFd> hold(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid() && errno == ENOENT) return NotFound{{}, "key '" + path + "'"};
  if (!file.valid()) return io_error("open", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return io_error("stat", path);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return InvalidArgument{"key '" + path + "'", "others can read it; run chmod 600 on it"};
  }
  while (::flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return io_error("lock", path);
  }
  return file;
}

}  // namespace

Status KeyFile::create(const std::string& path, const NoteSigner& signer) {
  const Place place = place_of(path);
  PURSER_TRY(create_small_file(place.directory, place.name, signer.text() + "\n"));
  const Checkpoint empty{signer.key().name, 0, CompactRange().root()};
  return create_small_file(place.directory, place.name + kLast,
                           sign_with(signer, empty).note.str());
}

Result<KeyFile> KeyFile::open(const std::string& path) {
  PURSER_ASSIGN(UniqueFd held, hold(path));
  PURSER_ASSIGN(std::optional<std::string> text, read_small_file(path, kFileBytesMax));
  if (!text) return NotFound{{}, "key '" + path + "'"};
  if (text->ends_with('\n')) text->pop_back();
  PURSER_ASSIGN(NoteSigner signer, NoteSigner::parse(*text));
  KeyFile file(path, std::move(held), std::move(signer));
  const std::string last_path = path + kLast;
  PURSER_ASSIGN(const std::optional<std::string> last, read_small_file(last_path, kFileBytesMax));
  if (!last) {
    return Corruption{"'" + last_path + "'",
                      "it is missing; a key that does not know what it signed signs no more"};
  }
  const auto tree = parse_signed_tree(*last);
  if (!tree || !check_tree(*tree, file.signer_.key())) {
    return Corruption{"'" + last_path + "'", "it is not a checkpoint that this key signed"};
  }
  file.last_ = tree->checkpoint;
  return file;
}

Result<SignedTree> KeyFile::sign(const Checkpoint& checkpoint) {
  SignedTree tree = sign_with(signer_, checkpoint);
  PURSER_TRY(replace_small_file(path_ + kLast, tree.note.str()));
  last_ = checkpoint;
  return tree;
}

}  // namespace purser
