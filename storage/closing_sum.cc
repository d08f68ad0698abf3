#include "closing_sum.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "beneath.h"
#include "hash.h"
#include "posix.h"
#include "rocks_manifest.h"
#include "small_file.h"
#include "try.h"
#include "unique_fd.h"

namespace purser {
namespace {

constexpr std::string_view kLogSuffix = ".log";
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

struct LogNumbers {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
constexpr LogNumbers kAllLogs{0, UINT64_MAX};

std::optional<std::uint64_t> number_in(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool all = error == std::errc() && end == digits.data() + digits.size();
  return all ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> log_number(std::string_view name) {
  if (!name.ends_with(kLogSuffix)) return std::nullopt;
  name.remove_suffix(kLogSuffix.size());
  return number_in(name);
}

Result<std::uint64_t> manifest_number(const std::string& database, std::string_view name) {
  if (const auto number = number_in(name.substr(name.find('-') + 1))) return *number;
  return Corruption{"database '" + database + "'", "the number of its MANIFEST is too large"};
}

struct Log {
  std::uint64_t number = 0;
  std::string name;
};

// In ascending order.
Result<std::vector<Log>> logs_among(int folder, const std::string& database,
                                    const LogNumbers& numbers) {
  PURSER_ASSIGN(const std::vector<std::string> names, list_names(folder, database));
  std::vector<Log> logs;
  for (const std::string& name : names) {
    const auto number = log_number(name);
    if (number && *number >= numbers.first && *number <= numbers.last) {
      logs.push_back({*number, name});
    }
  }
  std::sort(logs.begin(), logs.end(),
            [](const Log& a, const Log& b) { return a.number < b.number; });
  return logs;
}

Status add_file(Xxh3& hasher, int folder, std::uint64_t number, const std::string& name) {
  const UniqueFd fd = open_beneath(folder, name, O_RDONLY | O_NONBLOCK);
  if (!fd.valid()) return own_file_error("'" + name + "'", errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return io_error("stat", name);
  if (!S_ISREG(info.st_mode)) return Corruption{"'" + name + "'", "is not a file"};
  const auto size = static_cast<std::uint64_t>(info.st_size);
  hasher.update(as_bytes(number));
  hasher.update(as_bytes(size));
  std::string room(kPieceBytes, '\0');
  for (std::uint64_t left = size; left > 0;) {
    const std::size_t wanted = std::min<std::uint64_t>(room.size(), left);
    PURSER_ASSIGN(const std::size_t got, read_up_to(fd.get(), room.data(), wanted, name));
    if (got == 0) return Corruption{"'" + name + "'", "it became shorter while it was read"};
    hasher.update(std::string_view(room).substr(0, got));
    left -= got;
  }
  return {};
}

// Over the MANIFEST that CURRENT names and the logs with these numbers: of each file its number,
// its size and its bytes.
Result<ClosingSum> sum_over(const std::string& database, const LogNumbers& numbers) {
  PURSER_ASSIGN(const std::string manifest, current_manifest(database));
  ClosingSum sum;
  PURSER_ASSIGN(sum.manifest, manifest_number(database, manifest));
  const UniqueFd folder(::open(database.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) return own_file_error("'" + database + "'", errno);
  Xxh3 hasher;
  PURSER_TRY(add_file(hasher, folder.get(), sum.manifest, manifest));
  PURSER_ASSIGN(const std::vector<Log> logs, logs_among(folder.get(), database, numbers));
  for (const Log& log : logs) PURSER_TRY(add_file(hasher, folder.get(), log.number, log.name));
  if (!logs.empty()) {
    sum.first_log = logs.front().number;
    sum.last_log = logs.back().number;
  }
  sum.checksum = hasher.digest();
  return sum;
}

}  // namespace

Result<ClosingSum> sum_closed_database(const std::string& database) {
  return sum_over(database, kAllLogs);
}

Status check_closing_sum(const std::string& database, const ClosingSum& sum) {
  PURSER_ASSIGN(const std::string manifest, current_manifest(database));
  PURSER_ASSIGN(const std::uint64_t number, manifest_number(database, manifest));
  if (number > sum.manifest) return {};
  // A log that was removed before the close may be back after a power cut, with a lesser number;
  // one that an open has begun which died has a greater one.
  const Result<ClosingSum> now = sum_over(database, {sum.first_log, sum.last_log});
  if (now && *now == sum) return {};
  // Who opens it for writing deletes logs, but not before CURRENT names another MANIFEST.
  PURSER_ASSIGN(const std::string after, current_manifest(database));
  if (after != manifest) return {};
  if (!now && now.error().is<Io>()) return now.error();
  const std::string where = "database '" + database + "'";
  if (!now) return Corruption{where, "since it was closed: " + now.error().cause()};
  return Corruption{where, fmt::format("{} or the write-ahead logs are not what they were when it "
                                       "was closed",
                                       manifest)};
}

}  // namespace purser
