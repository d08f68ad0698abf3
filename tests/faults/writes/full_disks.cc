// faults_full_disks: a tmpfs and an ext4 on a loop device that are really full. Needs root, and
// says so where it is not; where a file system cannot be mounted, the figures say that.
//
// First with the reserve that a ledger has: every command is refused with NoSpace and nothing else,
// reads go on, writing resumes when space returns. Then without it, so that the disk becomes full
// in the middle of something: with `count` different amounts of room each, commands are given until
// the disk says no (script.h), room is made, and what was told is held against what is found
// (settle.h). Each in a process of its own, which nothing of this may end.
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>

#include "faults/folder.h"
#include "faults/run.h"
#include "faults/writes/settle.h"

namespace purser::faults {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kDiskBytes = 64 * kMiB;
constexpr std::uint64_t kStepBytes = 16 << 10;  // from one amount of room to the next
constexpr unsigned kSecondsMax = 120;
constexpr int kSkipped = 77;  // what ctest knows a skipped test by

// --- A disk --------------------------------------------------------------------------------------

class SmallDisk {
 public:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] std::string ledger() const { return path_ + "/ledger"; }
  [[nodiscard]] std::uint64_t room() const {
    struct statvfs info {};
    if (::statvfs(path_.c_str(), &info) != 0) return 0;
    return std::uint64_t{info.f_bavail} * info.f_frsize;
  }
  /// Leaves about so much room.
  void fill(std::uint64_t room_left) {
    std::ofstream file(ballast(), std::ios::binary | std::ios::app);
    const std::string some(4096, 'b');
    while (room() > room_left && file.write(some.data(), std::ssize(some)).flush()) continue;
  }
  void make_room() { fs::remove(ballast()); }
  void empty() {
    for (const auto& entry : fs::directory_iterator(path_)) fs::remove_all(entry);
  }

 private:
  [[nodiscard]] std::string ballast() const { return path_ + "/ballast"; }
  const std::string path_;
};

bool run_program(const std::string& command) {
  return std::system(command.c_str()) == 0;  // NOLINT: of one thread
}

// In the mounts of this process alone, which end with it.
bool mount_disk(const std::string& kind, const std::string& folder) {
  const std::string at = folder + "/mounted";
  fs::create_directory(at);
  if (kind == "tmpfs") {
    const std::string size = fmt::format("size={}", kDiskBytes);
    return ::mount("none", at.c_str(), "tmpfs", 0, size.c_str()) == 0;
  }
  const std::string image = folder + "/image";
  std::ofstream(image).close();
  fs::resize_file(image, kDiskBytes);
  return run_program(fmt::format("mkfs.ext4 -q -F -m 0 {} >/dev/null 2>&1", image)) &&
         run_program(fmt::format("mount -o loop {} {} >/dev/null 2>&1", image, at));
}

// --- With a reserve ------------------------------------------------------------------------------

template <class T>
void check_done(const Result<T>& result, std::string_view what, std::vector<std::string>& wrong) {
  if (!result) wrong.push_back(fmt::format("{}: {}", what, result.error().message()));
}

using Check = std::function<void(const Status& status, std::string_view what)>;

// Every command that writes.
void try_all(Ledger& ledger, DeploymentId draft, DeploymentId sealed, const Check& check) {
  check(status_of(ledger.create("demo")), "create");
  check(status_of(ledger.store(draft, "b", "2")), "store");
  check(ledger.remove(draft, "a"), "remove");
  check(status_of(ledger.mark_ready(draft)), "mark_ready");
  check(status_of(ledger.mark_failed(draft, "c", "m")), "mark_failed");
  check(status_of(ledger.promote("demo", sealed)), "promote");
  check(status_of(ledger.mark_bad(sealed)), "mark_bad");
  check(status_of(ledger.apply({Create{"demo", {}}})), "apply");
  check(status_of(ledger.submit(Create{"demo", {}}).get()), "submit");
  check(status_of(ledger.rebuild()), "rebuild");
}

void read_all(const Ledger& ledger, DeploymentId draft, DeploymentId sealed,
              std::vector<std::string>& wrong) {
  check_done(ledger.get(draft), "get", wrong);
  check_done(ledger.retrieve(sealed, "a"), "retrieve", wrong);
  check_done(ledger.history(), "history", wrong);
  check_done(ledger.active("demo"), "active", wrong);
}

// What does not become smaller.
std::string noise(std::size_t size) {
  std::mt19937_64 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

DeploymentId with_a_file(Ledger& ledger, std::vector<std::string>& wrong) {
  const auto made = ledger.create("demo");
  check_done(made, "create", wrong);
  const DeploymentId id = made ? made->id : DeploymentId{};
  check_done(ledger.store(id, "a", "1"), "store", wrong);
  return id;
}

// Refused for want of room, each of them, and by a ledger that is opened on such a disk too.
void on_a_full_disk(SmallDisk& disk, Ledger& ledger, DeploymentId draft, DeploymentId sealed,
                    std::vector<std::string>& wrong) {
  const auto refused = [&](const Status& status, std::string_view what) {
    if (!status && status.error().is<NoSpace>()) return;
    wrong.push_back(
        fmt::format("{} on a full disk: {}", what, status ? "done" : status.error().message()));
  };
  for (const std::uint64_t room : {Options{}.disk_reserve_bytes - 4096, std::uint64_t{0}}) {
    disk.fill(room);
    try_all(ledger, draft, sealed, refused);
    read_all(ledger, draft, sealed, wrong);
    disk.make_room();
    with_a_file(ledger, wrong);
  }
  disk.fill(Options{}.disk_reserve_bytes + kMiB);
  refused(status_of(ledger.store(draft, "large", noise(4 * kMiB))), "a file that does not fit");
  read_all(ledger, draft, sealed, wrong);
  disk.make_room();
}

void opened_on_a_full_disk(SmallDisk& disk, DeploymentId draft, DeploymentId sealed,
                           std::vector<std::string>& wrong) {
  disk.fill(0);
  auto ledger = Ledger::open(disk.ledger());
  check_done(ledger, "open on a full disk", wrong);
  if (!ledger) return;
  try_all(*ledger, draft, sealed, [&](const Status& status, std::string_view what) {
    const auto* why = status ? nullptr : status.error().as<ReadOnly>();
    if (why != nullptr && why->why == ReadOnlyReason::disk_full) return;
    wrong.push_back(fmt::format("{} of a ledger opened on a full disk: {}", what,
                                status ? "done" : status.error().message()));
  });
  read_all(*ledger, draft, sealed, wrong);
  check_done(ledger->close(), "close on a full disk", wrong);
  disk.make_room();
}

std::vector<std::string> with_reserve(SmallDisk disk) {
  std::vector<std::string> wrong;
  check_done(Ledger::init(disk.ledger()), "init", wrong);
  auto ledger = Ledger::open(disk.ledger());
  check_done(ledger, "open", wrong);
  if (!wrong.empty()) return wrong;
  const DeploymentId sealed = with_a_file(*ledger, wrong);
  check_done(ledger->mark_ready(sealed), "mark_ready", wrong);
  const DeploymentId draft = with_a_file(*ledger, wrong);
  on_a_full_disk(disk, *ledger, draft, sealed, wrong);
  check_done(ledger->close(), "close", wrong);
  opened_on_a_full_disk(disk, draft, sealed, wrong);
  ledger = Ledger::open(disk.ledger());
  check_done(ledger, "open with room again", wrong);
  if (ledger) with_a_file(*ledger, wrong);
  return wrong;
}

// What the commands of a run were told.
struct Counts {
  long ok = 0;
  long rejected = 0;
  long unknown = 0;
  long happened = 0;
  long not_opened = 0;
};

// --- Without -------------------------------------------------------------------------------------

std::vector<std::string> until_full(SmallDisk disk, std::uint64_t room, Mistake mistake,
                                    Counts& counts) {
  const auto perhaps = [] { return true; };
  Script script(disk.ledger(), mistake, {perhaps, perhaps, [&] { disk.fill(room); }});
  if (!script.init()) return {"init on an empty disk"};
  counts.not_opened = script.session() ? 0 : 1;
  disk.make_room();
  const Settled settled = settle(disk.ledger(), script.answers(), mistake);
  counts.happened = settled.happened;
  for (const Told& told : script.answers().commands) {
    ++(told.answer == Answered::ok         ? counts.ok
       : told.answer == Answered::rejected ? counts.rejected
                                           : counts.unknown);
  }
  std::vector<std::string> wrong = script.answers().wrong;
  if (!settled.wrong.empty()) wrong.push_back(settled.wrong);
  return wrong;
}

// --- The program ---------------------------------------------------------------------------------

class Program {
 public:
  explicit Program(const Run& run)
      : run_(run),
        folder_("full", run.dir),
        mistake_(run.mutant.empty() ? Mistake::none : Mistake::hidden_failure) {}

  Found look() {
    for (const std::string kind : {"tmpfs", "ext4"}) {
      const std::string folder = folder_.fresh(kind);
      if (!mount_disk(kind, folder)) {
        found_.figures += kind + " SKIPPED: it cannot be mounted here; ";
        continue;
      }
      SmallDisk disk(folder + "/mounted");
      put(kind + ", with a reserve", disk, [&](Counts&) { return with_reserve(disk); });
      for (std::uint64_t i = 0; i < run_.count; ++i) {
        const std::uint64_t room = i * kStepBytes;
        put(fmt::format("{}, with room for {} bytes", kind, room), disk,
            [&](Counts& counts) { return until_full(disk, room, mistake_, counts); });
      }
      ::umount((folder + "/mounted").c_str());
      found_.figures += kind + " filled; ";
    }
    found_.figures += fmt::format(
        "{} commands ok, {} rejected, {} of unknown outcome, of which {} had happened; {} times it "
        "was not opened",
        counts_.ok, counts_.rejected, counts_.unknown, counts_.happened, counts_.not_opened);
    return found_;
  }

 private:
  // In a process of its own, on an empty disk.
  void put(const std::string& what, SmallDisk& disk,
           const std::function<std::vector<std::string>(Counts&)>& run) {
    ++found_.faults;
    disk.empty();
    const std::string said = folder_.path() + "/said";
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::alarm(kSecondsMax);
      Counts counts;
      const std::vector<std::string> wrong = run(counts);
      std::ofstream(said) << counts.ok << ' ' << counts.rejected << ' ' << counts.unknown << ' '
                          << counts.happened << ' ' << counts.not_opened << '\n'
                          << (wrong.empty() ? "" : wrong.front());
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0)
      return note_wrong(found_, fmt::format("{}: the process died, {}", what, status));
    std::ifstream file(said);
    Counts counts;
    file >> counts.ok >> counts.rejected >> counts.unknown >> counts.happened >> counts.not_opened;
    add(counts);
    std::string wrong;
    file.ignore(1);
    if (std::getline(file, wrong)) note_wrong(found_, what + ": " + wrong);
  }

  void add(const Counts& counts) {
    counts_.ok += counts.ok;
    counts_.rejected += counts.rejected;
    counts_.unknown += counts.unknown;
    counts_.happened += counts.happened;
    counts_.not_opened += counts.not_opened;
  }

  const Run& run_;
  const Folder folder_;
  const Mistake mistake_;
  Found found_;
  Counts counts_;
};

}  // namespace
}  // namespace purser::faults

int main(int argc, char** argv) {
  using purser::faults::Run;
  // Mounts are of this process alone; nothing of them is left when it ends.
  if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    fmt::print("SKIPPED: full disks need root, who may mount\n");
    return purser::faults::kSkipped;
  }
  return purser::faults::run_faults(
      argc, argv, "full disks", 40, {"hidden_failure"},
      [](const Run& run) { return purser::faults::Program(run).look(); });
}
