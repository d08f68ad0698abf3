// Samples and their medians.
#include "gauge.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support/scale.h"

namespace purser::faults {
namespace {

namespace fs = std::filesystem;

struct Measure {
  const char* name;
  std::uint64_t Sample::*value;
  double share;           // above the second quarter
  std::uint64_t allowed;  // besides
  std::uint64_t unit;
};
constexpr std::uint64_t kMiB = 1u << 20;
constexpr std::uint64_t kAny = UINT64_MAX / 4;
// A sanitizer keeps memory that was given back, so it cannot be judged there.
constexpr Measure kMeasures[] = {
    {"MiB of memory", &Sample::memory_bytes, 0.15, kSlowdown == 1 ? 64 * kMiB : kAny, kMiB},
    {"MiB resident", &Sample::resident_bytes, 0.15, kSlowdown == 1 ? 64 * kMiB : kAny, kMiB},
    {"descriptors", &Sample::descriptors, 0.25, 16, 1},
    {"files", &Sample::files, 0.25, 16, 1},
    {"opens of 100 tables", &Sample::table_opens, 0.25, 100, 1},
};
constexpr std::uint64_t kBytesOfATable = 4 * kMiB;
constexpr std::uint64_t kTablesAllowed = 16;

std::uint64_t allocated_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool is_table(const fs::path& file) {
  return file.extension() == ".sst" || file.extension() == ".pack";
}

// One that is open and removed is no table any more: its name has something behind it here.
void count_descriptors(Sample& sample) {
  std::error_code gone;
  for (fs::directory_iterator fd("/proc/self/fd", gone), end; !gone && fd != end;
       fd.increment(gone)) {
    std::error_code closed;
    ++(is_table(fs::read_symlink(fd->path(), closed)) ? sample.table_opens : sample.descriptors);
  }
}

// Files may go while they are looked for.
void measure(const std::string& directory, Sample& sample) {
  std::error_code gone;
  for (fs::recursive_directory_iterator file(directory, gone), end; !gone && file != end;
       file.increment(gone)) {
    struct stat info {};
    if (::lstat(file->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    ++(is_table(file->path()) ? sample.tables : sample.files);
    sample.disk_bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
}

// Of one of the four quarters, from 0.
std::uint64_t median(const std::vector<Sample>& samples, std::size_t quarter,
                     std::uint64_t Sample::*value) {
  std::vector<std::uint64_t> values;
  for (std::size_t i = samples.size() * quarter / 4; i < samples.size() * (quarter + 1) / 4; ++i) {
    values.push_back(samples[i].*value);
  }
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

void Gauge::take() {
  Sample sample;
  sample.memory_bytes = allocated_bytes();
  sample.resident_bytes = resident_bytes();
  count_descriptors(sample);
  measure(directory_, sample);
  sample.table_opens = sample.table_opens * 100 / std::max<std::uint64_t>(sample.tables, 1);
  samples_.push_back(sample);
}

std::vector<std::string> Gauge::not_flat() const {
  std::vector<std::string> lines;
  for (const Measure& one : kMeasures) {
    const std::uint64_t before = median(samples_, 1, one.value);
    const std::uint64_t after = median(samples_, 3, one.value);
    const double most =
        static_cast<double>(before) * (1 + one.share) + static_cast<double>(one.allowed);
    if (static_cast<double>(after) <= most) continue;
    lines.push_back(
        fmt::format("{} grew from {} to {}", one.name, before / one.unit, after / one.unit));
  }
  const std::uint64_t before = median(samples_, 1, &Sample::tables);
  const std::uint64_t after = median(samples_, 3, &Sample::tables);
  const std::uint64_t bytes_before = median(samples_, 1, &Sample::disk_bytes);
  const std::uint64_t bytes = std::max(median(samples_, 3, &Sample::disk_bytes), bytes_before);
  if (after > before + (bytes - bytes_before) / kBytesOfATable + kTablesAllowed) {
    lines.push_back(fmt::format("tables grew from {} to {}", before, after));
  }
  return lines;
}

std::string Gauge::figures() const {
  std::string words;
  for (const Measure& one : kMeasures) {
    words += fmt::format("{} {} then {}, ", one.name, median(samples_, 1, one.value) / one.unit,
                         median(samples_, 3, one.value) / one.unit);
  }
  return words + fmt::format("tables {} then {}, MiB on disk {} then {}",
                             median(samples_, 1, &Sample::tables),
                             median(samples_, 3, &Sample::tables),
                             median(samples_, 1, &Sample::disk_bytes) / kMiB,
                             median(samples_, 3, &Sample::disk_bytes) / kMiB);
}

}  // namespace purser::faults
