#include "ferro_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace purser::tools {
namespace {

constexpr std::size_t kDateLength = 10;     // 2026-11-26
constexpr std::size_t kFractionDigits = 6;  // of a Timestamp

// One row, whose columns are taken in the order in which they were asked for.
class RowReader {
 public:
  RowReader(std::string where, const SqlRow& row, FerroTables& tables)
      : where_(std::move(where)), row_(row), tables_(tables) {}

  void text(const char* column, std::string& target) {
    if (const auto* value = required(column)) target = *value;
  }
  void text(const char*, std::optional<std::string>& target) { target = row_[next_++]; }

  void number(const char* column, std::uint64_t& target) {
    if (const auto* value = required(column)) parse_number(column, *value, target);
  }
  void number(const char* column, std::optional<std::uint64_t>& target) {
    if (const auto& value = row_[next_++]) parse_number(column, *value, target.emplace());
  }

  void time(const char* column, Timestamp& target) {
    if (const auto* value = required(column)) parse_time_of(column, *value, target);
  }
  void time(const char* column, std::optional<Timestamp>& target) {
    if (const auto& value = row_[next_++]) parse_time_of(column, *value, target.emplace());
  }

  void status(const char* column, DeploymentStatus& target) {
    const auto* value = required(column);
    if (value == nullptr) return;
    for (const auto status :
         {DeploymentStatus::building, DeploymentStatus::ready, DeploymentStatus::failed}) {
      if (*value != to_string(status)) continue;
      target = status;
      return;
    }
    refuse(column, fmt::format("'{}' is none of building, ready and failed", *value));
  }

  /// What was wrong first.
  [[nodiscard]] const Status& outcome() const { return outcome_; }

 private:
  const std::string* required(const char* column) {
    const auto& value = row_[next_++];
    if (value) return &*value;
    refuse(column, "is NULL");
    return nullptr;
  }

  void parse_number(const char* column, const std::string& text, std::uint64_t& target) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, target);
    if (error != std::errc() || stop != end) {
      refuse(column, fmt::format("'{}' is no whole number, 0 or more", text));
    }
  }

  // As chrono writes RFC 3339, with up to 9 digits, or with blanks where SQL has them.
  void parse_time_of(const char* column, const std::string& written, Timestamp& target) {
    std::string text = written;
    if (text.size() > kDateLength && text[kDateLength] == ' ') text[kDateLength] = 'T';
    if (const std::size_t blank = text.find(' '); blank != std::string::npos) text.erase(blank, 1);
    const bool shortened = shorten_fraction(text);
    const auto parsed = text.size() > kDateLength ? parse_time(text) : std::nullopt;
    if (!parsed) {
      refuse(column,
             fmt::format("'{}' is no time such as 2026-11-26T14:05:00.123456+00:00, from 1970 on",
                         written));
      return;
    }
    target = *parsed;
    tables_.shortened_times += shortened ? 1 : 0;
  }

  // Whether it was more than a Timestamp holds.
  static bool shorten_fraction(std::string& text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string::npos) return false;
    const std::size_t end = text.find_first_not_of("0123456789", dot + 1);
    const std::size_t stop = end == std::string::npos ? text.size() : end;
    const std::size_t keep = dot + 1 + kFractionDigits;
    if (stop <= keep) return false;
    const bool lossy = text.find_first_not_of('0', keep) < stop;
    text.erase(keep, stop - keep);
    return lossy;
  }

  void refuse(const char* column, std::string why) {
    if (outcome_) outcome_ = InvalidArgument{where_ + ": " + column, std::move(why)};
  }

  const std::string where_;
  const SqlRow& row_;
  FerroTables& tables_;
  std::size_t next_ = 0;
  Status outcome_;
};

std::string name_of(const SqlRow& row) { return row.front().value_or("NULL"); }

Status read_deployments(SqlDatabase& database, FerroTables& tables) {
  const std::string sql = fmt::format(
      "SELECT id, identifier, owner_key, source_ref, artifact_location, byte_size, status, {}, {}, "
      "{} FROM deployments ORDER BY id",
      database.time_of("created_at"), database.time_of("terminated_at"),
      database.time_of("artifact_deleted_at"));
  return database.query(sql, [&](const SqlRow& row) {
    FerroDeployment& d = tables.deployments.emplace_back();
    RowReader reader(fmt::format("deployment {}", name_of(row)), row, tables);
    reader.number("id", d.id.value);
    reader.text("identifier", d.identifier);
    reader.text("owner_key", d.owner_key);
    reader.text("source_ref", d.source_ref);
    reader.text("artifact_location", d.artifact_location);
    reader.number("byte_size", d.byte_size);
    reader.status("status", d.status);
    reader.time("created_at", d.created_at);
    reader.time("terminated_at", d.terminated_at);
    reader.time("artifact_deleted_at", d.artifact_deleted_at);
    return reader.outcome();
  });
}

Status read_pointers(SqlDatabase& database, FerroTables& tables) {
  const std::string sql = fmt::format(
      "SELECT owner_key, deployment_id, previous_deployment_id, {} FROM deployment_pointers "
      "ORDER BY owner_key",
      database.time_of("updated_at"));
  return database.query(sql, [&](const SqlRow& row) {
    FerroPointer& pointer = tables.pointers.emplace_back();
    RowReader reader(fmt::format("pointer of '{}'", name_of(row)), row, tables);
    std::optional<std::uint64_t> previous;
    reader.text("owner_key", pointer.owner_key);
    reader.number("deployment_id", pointer.deployment.value);
    reader.number("previous_deployment_id", previous);
    reader.time("updated_at", pointer.updated_at);
    if (previous) pointer.previous = DeploymentId{*previous};
    return reader.outcome();
  });
}

}  // namespace

std::uint64_t FerroTables::lost_previous() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      pointers,
      [](const FerroPointer& pointer) { return pointer.previous == pointer.deployment; }));
}

Result<FerroTables> read_ferro_tables(SqlDatabase& database) {
  FerroTables tables;
  if (Status read = read_deployments(database, tables); !read) return read.error();
  if (Status read = read_pointers(database, tables); !read) return read.error();
  return tables;
}

}  // namespace purser::tools
