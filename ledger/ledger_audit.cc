// The calls of a Ledger that prove and sign: each takes one Moment and answers from it.
#include <fmt/format.h>

#include "checkpoint_log.h"
#include "event_log.h"
#include "impl.h"
#include "key_file.h"
#include "marker.h"
#include "merkle_rows.h"

namespace purser {
namespace {

Status check_size(const View& view, Position size) {
  if (size <= view.at) return {};
  return InvalidArgument{"position",
                         fmt::format("the log ends at {}, before {}", view.at.value, size.value)};
}

Status check_event_position(const View& view, Position event, Position size) {
  PURSER_TRY(check_size(view, size));
  if (event.value >= 1 && event <= size) return {};
  return InvalidArgument{
      "position", fmt::format("{} is not among the first {} events", event.value, size.value)};
}

Result<SignedCheckpoint> must_find(const View& view, const LedgerId& ledger,
                                   std::optional<Position> size) {
  PURSER_ASSIGN(std::optional<SignedCheckpoint> found,
                find_checkpoint(view.rows, ledger, size, view.at));
  if (found) return *std::move(found);
  return NotFound{{},
                  size ? fmt::format("a checkpoint of {} events", size->value)
                       : std::string("a signed checkpoint (`purser checkpoint` makes one)")};
}

// The tree as it was when `before` was signed, from its rows if they give the root that was signed,
// otherwise from nothing: whoever comes from there hashes every event.
CompactRange known_range(const View& view, const Checkpoint& before) {
  auto range = compact_range(view, Position{before.size});
  return range && range->root() == before.root ? *std::move(range) : CompactRange();
}

// That the log begins with what was signed before.
Status check_begins_with(const View& view, const Checkpoint& before) {
  if (view.at.value < before.size) return LedgerTruncated{view.at, Position{before.size}};
  CompactRange range = known_range(view, before);
  PURSER_ASSIGN(const Digest root,
                root_from_events(view.rows, std::move(range), Position{before.size}));
  if (root == before.root) return {};
  return Corruption{"log", fmt::format("its first {} events are not those that were signed under "
                                       "'{}'; under a new epoch it can be signed again",
                                       before.size, before.origin)};
}

Status check_key(const Epoch& epoch, const std::string& origin, const NoteKey& key) {
  if (key.name == origin && key.text() == epoch.verifier_key) return {};
  return InvalidArgument{"key", fmt::format("it is '{}', and this ledger signs as '{}'", key.text(),
                                            epoch.verifier_key)};
}

// A copy of a ledger must not take the key and its memory along.
Status check_apart(const std::string& path) {
  PURSER_ASSIGN(const auto around, ledger_around(path));
  if (!around) return {};
  return InvalidArgument{
      "key", fmt::format("'{}' would lie in ledger '{}'; name a file outside", path, *around)};
}

// Says what to do where there is no key yet, or not where it is looked for.
Result<KeyFile> open_key(const std::optional<Epoch>& epoch, const std::string& path) {
  if (!epoch) return NotFound{{}, "a key for this ledger (`purser key new` makes one)"};
  if (epoch->verifier_key.empty()) {
    return NotFound{
        {},
        fmt::format("a key for this ledger, which was restored from a copy (`purser key "
                    "new --epoch {}` makes one, with a number never used before)",
                    epoch->number + 1)};
  }
  auto key = KeyFile::open(path);
  if (key || !key.error().is<NotFound>()) return key;
  return NotFound{{},
                  fmt::format("key '{}' (if it is lost, `purser key new --epoch {}` makes another)",
                              path, epoch->number + 1)};
}

Status check_next(const std::optional<Epoch>& last, std::uint32_t epoch) {
  const std::uint32_t before = last ? last->number : 0;
  if (epoch > before) return {};
  return InvalidArgument{"epoch", fmt::format("epoch {} has begun; a new key begins a new epoch, "
                                              "from {} on",
                                              before, before + 1)};
}

}  // namespace

Result<Digest> Ledger::root(std::optional<Position> size) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const View view = moment.view();
  PURSER_TRY(check_size(view, size.value_or(view.at)));
  return tree_root(view, size.value_or(view.at));
}

Result<std::vector<Digest>> Ledger::prove_inclusion(Position event,
                                                    std::optional<Position> size) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const View view = moment.view();
  PURSER_TRY(check_event_position(view, event, size.value_or(view.at)));
  return inclusion_proof(view, event, size.value_or(view.at));
}

Result<std::vector<Digest>> Ledger::prove_consistency(Position older, Position newer) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const View view = moment.view();
  PURSER_TRY(check_size(view, newer));
  if (older > newer) return InvalidArgument{"position", "the older size is the larger one"};
  return consistency_proof(view, older, newer);
}

Result<std::string> Ledger::stored_event(Position position) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const View view = moment.view();
  PURSER_TRY(check_event_position(view, position, view.at));
  return read_stored_event(view.rows, position);
}

Result<SignedCheckpoint> Ledger::signed_checkpoint(std::optional<Position> size) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  return must_find(moment.view(), impl_->ledger_id(), size);
}

Result<std::string> Ledger::event_proof_file(Position event) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const View view = moment.view();
  PURSER_TRY(check_event_position(view, event, view.at));
  PURSER_ASSIGN(const SignedCheckpoint newest, must_find(view, impl_->ledger_id(), {}));
  if (event > newest.size) {
    return NotFound{{},
                    fmt::format("a checkpoint that covers event {} (the newest is of {} events)",
                                event.value, newest.size.value)};
  }
  EventProof proof;
  proof.index = event.value - 1;
  PURSER_ASSIGN(proof.tree, parse_signed_tree(newest.note));
  PURSER_ASSIGN(proof.proof, inclusion_proof(view, event, newest.size));
  return proof.str();
}

Result<std::string> Ledger::consistency_proof_file(Position older, Position newer) const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const View view = moment.view();
  if (older > newer) return InvalidArgument{"position", "the older size is the larger one"};
  PURSER_ASSIGN(const SignedCheckpoint signed_one, must_find(view, impl_->ledger_id(), newer));
  PURSER_TRY(check_size(view, newer));
  ConsistencyProof proof;
  proof.older = older.value;
  PURSER_ASSIGN(proof.tree, parse_signed_tree(signed_one.note));
  PURSER_ASSIGN(proof.proof, consistency_proof(view, older, newer));
  return proof.str();
}

Result<std::string> Ledger::make_key(const std::string& path, std::optional<std::uint32_t> epoch,
                                     const Context& given) {
  PURSER_ASSIGN(const Context context, impl_->complete(given));
  PURSER_TRY(impl_->check_writable());
  const std::lock_guard lock(impl_->signing());
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const View view = moment.view();
  PURSER_ASSIGN(const std::optional<Epoch> last, last_epoch(view.rows));
  Epoch next{epoch.value_or(1), view.at,        impl_->options().clock(),
             context.actor,     context.reason, {}};
  PURSER_TRY(check_next(last, next.number));
  PURSER_TRY(check_apart(path));
  Ed25519Seed seed{};
  impl_->options().random(seed.data(), seed.size());
  const NoteSigner signer(origin_of(impl_->ledger_id(), next.number), seed);
  next.verifier_key = signer.key().text();
  PURSER_TRY(KeyFile::create(path, signer));
  WriteSet changes;
  put_epoch(next, changes);
  PURSER_TRY(impl_->write_beside_events(changes));
  return next.verifier_key;
}

Result<std::uint32_t> Ledger::epoch() const {
  PURSER_ASSIGN(const Moment moment, impl_->now());
  PURSER_ASSIGN(const std::optional<Epoch> last, last_epoch(moment.view().rows));
  return last ? last->number : 0;
}

Result<SignedCheckpoint> Ledger::checkpoint(const std::string& key_path) {
  PURSER_TRY(impl_->check_writable());
  const std::lock_guard lock(impl_->signing());
  PURSER_ASSIGN(const Moment moment, impl_->now());
  const View view = moment.view();
  PURSER_ASSIGN(const std::optional<Epoch> epoch, last_epoch(view.rows));
  PURSER_ASSIGN(KeyFile file, open_key(epoch, key_path));
  const std::string origin = origin_of(impl_->ledger_id(), epoch->number);
  PURSER_TRY(check_key(*epoch, origin, file.signer().key()));
  PURSER_TRY(check_begins_with(view, file.last()));
  PURSER_ASSIGN(const auto before,
                find_checkpoint(view.rows, impl_->ledger_id(), {}, Position{UINT64_MAX - 1}));
  Checkpoint known = file.last();
  if (before) {
    const Checkpoint signed_before{origin, before->size.value, before->root};
    PURSER_TRY(check_begins_with(view, signed_before));
    if (before->size == view.at) return *before;
    if (known.size < signed_before.size) known = signed_before;
  }
  Checkpoint next{origin, view.at.value, {}};
  PURSER_ASSIGN(next.root, root_from_events(view.rows, known_range(view, known), view.at));
  PURSER_ASSIGN(const SignedTree tree, file.sign(next));
  const Timestamp time = impl_->options().clock();
  WriteSet changes;
  put_checkpoint(epoch->number, tree, time, changes);
  PURSER_TRY(impl_->write_beside_events(changes));
  return SignedCheckpoint{epoch->number, view.at, next.root, time, tree.note.str()};
}

Result<CosignatureReport> Ledger::add_cosignatures(Position size, std::string_view lines,
                                                   const std::vector<std::string>& witnesses) {
  PURSER_TRY(impl_->check_writable());
  const std::lock_guard lock(impl_->signing());
  PURSER_ASSIGN(const Moment moment, impl_->now());
  PURSER_ASSIGN(const SignedCheckpoint one, must_find(moment.view(), impl_->ledger_id(), size));
  PURSER_ASSIGN(const SignedTree tree, parse_signed_tree(one.note));
  PURSER_ASSIGN(const std::vector<NoteSignature> signatures, parse_signature_lines(lines));
  std::vector<NoteKey> keys;
  for (const std::string& witness : witnesses) {
    PURSER_ASSIGN(const NoteKey key, parse_note_key(witness));
    if (key.type != NoteKeyType::cosigner) {
      return InvalidArgument{"witness", "its key does not cosign: its type is 1, not 4"};
    }
    keys.push_back(key);
  }
  CosignatureReport report;
  WriteSet changes;
  for (const NoteSignature& signature : signatures) {
    bool known = false;
    for (const NoteKey& key : keys) {
      if (known || !is_by(signature, key)) continue;
      PURSER_TRY(check_signature(tree.note.text, signature, key));
      known = true;
      put_cosignature(one.epoch, one.size, signature, changes);
      report.added.push_back(key.name);
    }
    report.unknown += known ? 0 : 1;
  }
  if (!changes.empty()) PURSER_TRY(impl_->write_beside_events(changes));
  return report;
}

}  // namespace purser
