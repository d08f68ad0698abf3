#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "child.h"
#include "event_rows.h"
#include "interrupt.h"
#include "parse.h"
#include "verb_options.h"
#include "verbs.h"

namespace purser::tools {
namespace {

constexpr std::size_t kEventsAtOnce = 100;
constexpr std::chrono::milliseconds kWaitAtOnce{500};  // then a signal is looked for
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kPauseMax{60'000};

struct FollowArguments {
  std::optional<std::string> from;
  std::optional<std::string> exec;
  std::optional<std::string> cursor;
  bool no_wait = false;
};

const std::string& owner_of(const Event& event) {
  return std::visit([](const auto& payload) -> const std::string& { return payload.owner_key; },
                    event.payload);
}

void pause(std::chrono::milliseconds length) {
  const auto end = std::chrono::steady_clock::now() + length;
  while (!interrupted() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::min(length, std::chrono::milliseconds(50)));
  }
}

// Hands events on: to standard output, or each to a run of a command.
class Follower {
 public:
  Follower(Session& session, Ledger& ledger, const FollowArguments& arguments)
      : session_(session),
        ledger_(ledger),
        arguments_(arguments),
        table_(event_columns(), session.colour()) {}

  Outcome run() {
    if (auto status = begin(); !status) return status.error();
    while (!interrupted() && !session_.out().failed()) {
      const auto events = ledger_.read(next_, kEventsAtOnce);
      if (!events) return events.error();
      if (auto status = hand_on(*events); !status) return status.error();
      if (!events->empty()) continue;
      if (arguments_.no_wait) break;
      const auto more = ledger_.wait_for(next_, kWaitAtOnce);
      if (!more) return more.error();
    }
    return kDone;
  }

 private:
  Status begin() {
    if (arguments_.exec) {
      auto words = split_words("--exec", *arguments_.exec);
      if (!words) return words.error();
      command_ = *std::move(words);
    }
    const auto stats = ledger_.stats();
    if (!stats) return stats.error();
    ledger_id_ = to_hex(stats->ledger_id);
    const auto first = first_position(stats->log_size);
    if (!first) return first.error();
    next_ = *first;
    return {};
  }

  // A cursor that is there says it; `--from` is for the first time.
  Result<Position> first_position(Position log_size) {
    if (arguments_.cursor) {
      const auto done = ledger_.load_cursor(*arguments_.cursor);
      if (!done) return done.error();
      if (*done) return Position{(*done)->value + 1};
    }
    Position first{1};
    if (arguments_.from == "end") {
      first = Position{log_size.value + 1};
    } else if (arguments_.from) {
      const auto number = parse_number("--from", *arguments_.from, 1, INT64_MAX);
      if (!number) return number.error();
      if (*number > log_size.value + 1) {
        return InvalidArgument{"--from", fmt::format("{} is beyond the end of the log, which is {}",
                                                     *number, log_size.value)};
      }
      first = Position{*number};
    }
    if (auto saved = save(Position{first.value - 1}); !saved) return saved.error();
    return first;
  }

  Status hand_on(const std::vector<Event>& events) {
    for (const Event& event : events) {
      if (command_.empty()) {
        session_.json() ? session_.out().json(json_of(event)) : table_.add(event_row(event));
      } else {
        const auto done = run_until_done(event);
        if (!done) return done.error();
        if (!*done) return {};
        if (auto saved = save(event.position); !saved) return saved;
      }
      next_ = Position{event.position.value + 1};
    }
    if (!command_.empty() || events.empty()) return {};
    session_.out().write(table_.take());
    if (auto flushed = session_.out().flush(); !flushed) return flushed;
    return save(events.back().position);
  }

  // False: asked to stop.
  Result<bool> run_until_done(const Event& event) {
    for (auto length = kFirstPause; !interrupted(); length = std::min(2 * length, kPauseMax)) {
      const auto code = run_once(event);
      if (!code) return code.error();
      if (*code == 0) return true;
      if (interrupted()) break;
      session_.warn(
          Io{"run", command_.front(),
             fmt::format("it ended with {}; event {} is tried again in {:.1f} s", *code,
                         event.position.value, static_cast<double>(length.count()) / 1000)});
      pause(length);
    }
    return false;
  }

  Result<int> run_once(const Event& event) const {
    const auto input = HeldBytes::hold(to_line(json_of(event)) + "\n");
    if (!input) return input.error();
    Child child{command_, {}, input->fd(), -1};
    child.environment = {fmt::format("PURSER_POSITION={}", event.position.value),
                         fmt::format("PURSER_KIND={}", to_string(event.kind())),
                         "PURSER_OWNER=" + owner_of(event), "PURSER_LEDGER_ID=" + ledger_id_};
    return run_child(child);
  }

  Status save(Position done) const {
    return arguments_.cursor ? ledger_.save_cursor(*arguments_.cursor, done) : Status();
  }

  Session& session_;
  Ledger& ledger_;
  const FollowArguments& arguments_;
  const InterruptScope interrupts_;
  Table table_;
  std::vector<std::string> command_;
  std::string ledger_id_;
  Position next_;
};

}  // namespace

void add_follow(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<FollowArguments>();
  CLI::App* verb = session.add_verb(
      app,
      {"follow", kQueries, "The events as they come, in order; ends on Ctrl-C or SIGTERM",
       "purser follow --cursor purge.cursor --exec /usr/local/bin/purge-cdn", Access::query},
      [&session, arguments](Ledger& ledger) {
        return Follower(session, ledger, *arguments).run();
      });
  add_text_option(*verb, "--from", arguments->from, "POSITION",
                  "Where to begin, where no cursor says it; 1 unless given, 'end' for new ones");
  add_text_option(*verb, "--exec", arguments->exec, "CMD",
                  "Run CMD for each event, its JSON on standard input; until it exits 0");
  add_text_option(*verb, "--cursor", arguments->cursor, "FILE",
                  "Remember in FILE what is done, and go on from there");
  verb->add_flag("--no-wait", arguments->no_wait, "End at the end of the log");
}

}  // namespace purser::tools
