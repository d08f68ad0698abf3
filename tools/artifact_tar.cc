#include "artifact_tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "escape.h"
#include "libarchive.h"
#include "parse.h"

namespace purser::tools {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;

struct Folder {
  std::string_view name;
  RecordKind kind;
};
constexpr std::array kFolders{
    Folder{"chunks/", RecordKind::chunk}, Folder{"drafts/", RecordKind::draft},
    Folder{"files/", RecordKind::file}, Folder{"manifests/", RecordKind::manifest}};

std::string name_of(const CarriedRecord& record) {
  const std::string_view folder = kFolders[static_cast<std::size_t>(record.kind)].name;
  if (record.kind == RecordKind::draft) return fmt::format("{}{}", folder, record.id.value);
  return fmt::format("{}{}", folder, to_hex(record.digest));
}

// The record that a member is by its name; nothing for any other name.
std::optional<CarriedRecord> record_named(const std::string& name) {
  CarriedRecord record;
  const auto folder = std::find_if(kFolders.begin(), kFolders.end(),
                                   [&](const Folder& each) { return name.starts_with(each.name); });
  if (folder == kFolders.end()) return std::nullopt;
  record.kind = folder->kind;
  const std::string_view rest = std::string_view(name).substr(folder->name.size());
  if (record.kind == RecordKind::draft) {
    const auto id = parse_number("id", rest, 1);
    if (!id) return std::nullopt;
    record.id = DeploymentId{*id};
  } else {
    const auto digest = parse_digest(rest);
    if (!digest) return std::nullopt;
    record.digest = *digest;
  }
  if (name_of(record) != name) return std::nullopt;  // capitals, leading zeros
  return record;
}

// Why a member of the tar cannot be a record, whatever it holds.
Status check_member(const LibArchive& lib, archive_entry* entry, const std::string& name,
                    RecordKind kind) {
  const bool is_plain = lib.entry_filetype(entry) == AE_IFREG &&
                        lib.entry_hardlink(entry) == nullptr &&
                        lib.entry_symlink(entry) == nullptr && lib.entry_sparse_count(entry) == 0;
  if (!is_plain) return Corruption{name, "it is no regular file"};
  const auto size = static_cast<std::uint64_t>(std::max<la_int64_t>(0, lib.entry_size(entry)));
  const auto limit = kind == RecordKind::chunk ? kChunkRecordBytesMax : kRecordBytesMax;
  if (size > limit) return LimitExceeded{name, limit, size};
  return {};
}

std::string why(const LibArchive& lib, archive* tar) {
  const char* text = lib.error_string(tar);
  return text == nullptr ? "libarchive does not say why" : text;
}

}  // namespace

Result<std::unique_ptr<TarWriter>> TarWriter::open(int fd, std::string name) {
  const auto lib = libarchive();
  if (!lib) return lib.error();
  std::unique_ptr<TarWriter> writer(new TarWriter(**lib, std::move(name)));
  writer->tar_ = (*lib)->write_new();
  (*lib)->write_set_format_ustar(writer->tar_);
  (*lib)->write_open_fd(writer->tar_, fd);
  return writer;
}
TarWriter::~TarWriter() { lib_.write_free(tar_); }

Error TarWriter::failed() const { return Io{"write", name_, why(lib_, tar_)}; }

Status TarWriter::add(const CarriedRecord& record) {
  const std::unique_ptr<archive_entry, decltype(lib_.entry_free)> entry(lib_.entry_new(),
                                                                        lib_.entry_free);
  lib_.entry_set_pathname(entry.get(), name_of(record).c_str());
  lib_.entry_set_filetype(entry.get(), AE_IFREG);
  lib_.entry_set_perm(entry.get(), 0644);
  lib_.entry_set_mtime(entry.get(), 0, 0);
  lib_.entry_set_size(entry.get(), static_cast<la_int64_t>(record.bytes.size()));
  if (lib_.write_header(tar_, entry.get()) != ARCHIVE_OK) return failed();
  const la_ssize_t written = lib_.write_data(tar_, record.bytes.data(), record.bytes.size());
  if (written < 0 || static_cast<std::size_t>(written) != record.bytes.size()) return failed();
  return {};
}

Status TarWriter::finish() {
  if (lib_.write_close(tar_) != ARCHIVE_OK) return failed();
  return {};
}

Result<std::unique_ptr<TarReader>> TarReader::open(ByteSource source, std::string name) {
  const auto lib = libarchive();
  if (!lib) return lib.error();
  std::unique_ptr<TarReader> reader(new TarReader(**lib, std::move(source), std::move(name)));
  reader->tar_ = (*lib)->read_new();
  (*lib)->read_support_format_tar(reader->tar_);
  const auto read = [](archive*, void* self, const void** block) -> la_ssize_t {
    return static_cast<TarReader*>(self)->read_block(block);
  };
  (*lib)->read_open(reader->tar_, reader.get(), nullptr, read, nullptr);  // next() has its failure
  return reader;
}
TarReader::~TarReader() { lib_.read_free(tar_); }

// Of the source, for libarchive: how many bytes, 0 at the end, below 0 after an error.
std::ptrdiff_t TarReader::read_block(const void** block) {
  block_.resize(kReadBytes);
  const auto count = source_(block_.data(), block_.size());
  if (!count) {
    source_failed_ = count.error();
    return -1;
  }
  *block = block_.data();
  return static_cast<std::ptrdiff_t>(*count);
}

Error TarReader::failed(const std::string& where) const {
  return source_failed_ ? *source_failed_ : Corruption{where, "as a tar: " + why(lib_, tar_)};
}

Result<std::optional<CarriedRecord>> TarReader::next() {
  archive_entry* entry = nullptr;
  const int found = lib_.read_next_header(tar_, &entry);
  if (found == ARCHIVE_EOF) return std::optional<CarriedRecord>();
  if (found != ARCHIVE_OK) return failed(name_);
  const char* path = lib_.entry_pathname(entry);
  const std::string name = path == nullptr ? "" : path;
  std::optional<CarriedRecord> record = record_named(name);
  const std::string where = fmt::format("{}, member '{}'", name_, escape(name));
  if (!record) return Corruption{where, "it is not named like a part of an export"};
  if (const Status member = check_member(lib_, entry, where, record->kind); !member) {
    return member.error();
  }
  const auto size = static_cast<std::size_t>(std::max<la_int64_t>(0, lib_.entry_size(entry)));
  // No more memory than bytes have come for, whatever the header says.
  while (record->bytes.size() < size) {
    const std::size_t before = record->bytes.size();
    record->bytes.resize(before + std::min(kReadBytes, size - before));
    const la_ssize_t count =
        lib_.read_data(tar_, &record->bytes[before], record->bytes.size() - before);
    if (count < 0) return failed(where);
    if (count == 0) return Corruption{where, "it is cut short"};
    record->bytes.resize(before + static_cast<std::size_t>(count));
  }
  return record;
}

}  // namespace purser::tools
