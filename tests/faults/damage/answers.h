// What a whole ledger answers, to hold what a damaged one answers against it: each answer must be
// the same or a typed error that names what is damaged.
#pragma once

#include <any>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "purser/ledger.h"

namespace purser::faults {

/// Whether it is an error that damage may lead to, and says where.
bool names_damage(const Error& error);

class Answers {
 public:
  /// From now on answers are judged; until then they are learned.
  void judge() { judging_ = true; }
  /// Forgets what was heard.
  void begin() { *this = Answers(std::move(known_), judging_); }

  template <class T>
  void hear(const std::string& question, const Result<T>& answer) {
    if (!judging_) {
      known_.emplace(question, answer);
      return;
    }
    if (same(right_to<T>(question), answer)) return;
    if (!answer && names_damage(answer.error())) {
      ++refused_;
      return;
    }
    note_wrong(question + (answer ? ": another answer" : ": " + in_words(answer.error())));
  }
  void note_wrong(const std::string& what) {
    if (wrong_.empty()) wrong_ = what;
  }

  /// How many answers were errors that name damage.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  /// The first one that was wrong; empty: none.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

  static std::string in_words(const Error& error);

 private:
  using Known = std::map<std::string, std::any>;
  Answers(Known known, bool judging) : known_(std::move(known)), judging_(judging) {}
  friend class Questions;
  Answers() = default;

  template <class T>
  [[nodiscard]] const Result<T>& right_to(const std::string& question) const {
    return std::any_cast<const Result<T>&>(known_.at(question));
  }
  template <class T>
  static bool same(const Result<T>& a, const Result<T>& b) {
    if (a.has_value() != b.has_value()) return false;
    return a ? *a == *b : in_words(a.error()) == in_words(b.error());
  }

  Known known_;
  bool judging_ = false;
  std::uint64_t refused_ = 0;
  std::string wrong_;
};

}  // namespace purser::faults
