#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "command_line.h"
#include "escape.h"
#include "session.h"

namespace purser::tools {
namespace {

// A closed standard descriptor would be given to the next file opened, perhaps one of the ledger's,
// and our own output would land in it. A stand-in that cannot be used that way takes its place.
void occupy_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) {
      static_cast<void>(::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    }
  }
}

int print(Session& session, std::string_view text) {
  session.out().write(text);
  const Status flushed = session.out().flush();
  return flushed ? kDone : session.report(flushed.error());
}

int run(int argc, char** argv) {
  Session session;
  CLI::App app;
  set_up_command_line(app, session, "purser " PURSER_VERSION);
  std::vector<std::string> words = reversed_words({argv + std::min(argc, 1), argv + argc});
  if (asks_for_json(words)) session.use_json();
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return print(session, app.help());
  } catch (const CLI::CallForVersion&) {
    return print(session, app.version() + "\n");
  } catch (const CLI::ParseError& error) {
    const int code = session.report(InvalidArgument{"command line", explain(app, error)});
    for (const CLI::App* verb : app.get_subcommands()) {
      session.hint("purser " + verb->get_name() + " --help shows what it takes");
    }
    return code;
  }
  return session.run();
}

}  // namespace
}  // namespace purser::tools

int main(int argc, char** argv) {
  purser::tools::occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of write, told and counted
  try {
    return purser::tools::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "purser: internal error: %s\n",
                 purser::tools::escape(error.what()).c_str());
  } catch (...) {
    std::fputs("purser: internal error\n", stderr);
  }
  return purser::tools::kInternal;
}
