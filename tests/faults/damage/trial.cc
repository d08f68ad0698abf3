// The order of a trial, and what is right at each step.
#include "faults/damage/trial.h"

#include <cstdlib>
#include <fstream>
#include <utility>

#include "faults/damage/sample_ledger.h"

namespace purser::faults {
namespace {

Options reading(std::uint64_t seed) {
  Options options = sample_options(seed);
  options.read_only = true;
  return options;
}

bool is_of_key(const std::string& file) { return file.starts_with(kKeyName); }

}  // namespace

Trials::Trials(Folder whole, std::string directory, std::uint64_t seed, Mutant mutant)
    : whole_(std::move(whole)), directory_(std::move(directory)), seed_(seed), mutant_(mutant) {
  lay_folder(directory_, whole_);
  questions_ = std::make_unique<Questions>(Ledger::open(path(), reading(seed_)).value());
}

std::string Trials::path() const { return directory_ + "/" + std::string(kLedgerName); }

Verdict Trials::run(const Injury& injury) {
  injury_ = injury;
  opens_ = 0;
  refusals_ = 0;
  questions_->answers().begin();
  damage(injury);
  if (mutant_ == Mutant::crash && injury.at % 2 == 0) std::abort();
  open_to_read();
  open_to_write();
  const std::string& wrong = questions_->answers().wrong();
  if (!wrong.empty()) return {Outcome::wrong, to_string(injury) + ": " + wrong};
  if (opens_ == 0) return {Outcome::refused};
  return {refusals_ > 0 || questions_->answers().refused() > 0 ? Outcome::named : Outcome::right};
}

void Trials::damage(const Injury& injury) {
  damaged_ = whole_;
  const bool unseen =
      mutant_ != Mutant::none && mutant_ != Mutant::touched && mutant_ != Mutant::crash;
  if (!unseen) injure(damaged_, injury);
  lay_folder(directory_, damaged_);
  if (!unseen) return;
  std::mt19937_64 random(seed_ + injury.at);
  damage_unseen(mutant_, path(), random);
  damaged_ = read_folder(directory_);
}

void Trials::open_to_read() {
  {
    const auto ledger = Ledger::open(path(), reading(seed_));
    if (!ledger) {
      opening_failed(ledger.error());
    } else {
      ++opens_;
      questions_->ask_what_stays(*ledger);
      questions_->ask_how_much(*ledger);
      questions_->verify(*ledger);
    }
  }
  expect_untouched("reader");
}

void Trials::open_to_write() {
  auto ledger = Ledger::open(path(), sample_options(seed_));
  if (!ledger) {
    opening_failed(ledger.error());
    expect_untouched("writer");
    return;
  }
  ++opens_;
  questions_->ask_what_stays(*ledger);
  questions_->ask_how_much(*ledger);
  write(*ledger);
  const Status closed = ledger->close();
  if (!closed && !names_damage(closed.error())) wrong("close: " + closed.error().message());
  open_again();
}

// What was asked for once is not done again, what is signed is the log that was there, and a new
// event stands behind it.
void Trials::write(Ledger& ledger) {
  Context again;
  again.actor = "kim";
  again.request_id = kFirstRequest;
  const auto replayed = ledger.create(kFirstOwner, {}, again);
  if (replayed && !replayed->receipt.replayed) wrong("a command was done twice");
  if (!replayed && !names_damage(replayed.error())) wrong("replay: " + replayed.error().message());
  const auto checkpoint = ledger.checkpoint(directory_ + "/" + std::string(kKeyName));
  if (checkpoint &&
      (checkpoint->size != questions_->size() || checkpoint->root != questions_->root())) {
    wrong("another log was signed");
  }
  if (!checkpoint && !is_of_key(injury_.file) && !names_damage(checkpoint.error())) {
    wrong("checkpoint: " + checkpoint.error().message());
  }
  const auto created = ledger.create("team:new");
  if (created && created->receipt.position != Position{questions_->size().value + 1}) {
    wrong("a new event stands elsewhere");
  }
  refusals_ += !replayed + !checkpoint + !created;
}

// What the writer has left is judged like what it found.
void Trials::open_again() {
  const auto ledger = Ledger::open(path(), reading(seed_));
  if (!ledger) return opening_failed(ledger.error());
  questions_->ask_what_stays(*ledger);
  questions_->verify(*ledger);
}

void Trials::opening_failed(const Error& error) {
  ++refusals_;
  const bool marker_is_gone =
      error.is<NotFound>() && injury_.harm == Harm::removed && injury_.file.ends_with("/PURSER");
  if (!names_damage(error) && !marker_is_gone) wrong("open: " + Answers::in_words(error));
}

void Trials::expect_untouched(const char* by) {
  if (mutant_ == Mutant::touched) std::ofstream(path() + "/PURSER", std::ios::app) << '!';
  const std::string changed = first_difference(read_folder(directory_), damaged_);
  if (!changed.empty()) wrong(changed + " was changed by a " + by);
}

}  // namespace purser::faults
