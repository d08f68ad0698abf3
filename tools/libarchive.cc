#include "libarchive.h"

#include "loaded_library.h"

namespace purser::tools {

Result<const LibArchive*> libarchive() {
  constexpr char kLibrary[] = "libarchive.so.13";
  static LibArchive functions{};
  const auto library = LoadedLibrary::load(kLibrary, "libarchive13");
  if (!library) return library.error();
  const bool complete =
      library->find("archive_write_new", functions.write_new) &&
      library->find("archive_write_set_format_ustar", functions.write_set_format_ustar) &&
      library->find("archive_write_open_fd", functions.write_open_fd) &&
      library->find("archive_write_header", functions.write_header) &&
      library->find("archive_write_data", functions.write_data) &&
      library->find("archive_write_close", functions.write_close) &&
      library->find("archive_write_free", functions.write_free) &&
      library->find("archive_read_new", functions.read_new) &&
      library->find("archive_read_support_format_tar", functions.read_support_format_tar) &&
      library->find("archive_read_open", functions.read_open) &&
      library->find("archive_read_next_header", functions.read_next_header) &&
      library->find("archive_read_data", functions.read_data) &&
      library->find("archive_read_free", functions.read_free) &&
      library->find("archive_error_string", functions.error_string) &&
      library->find("archive_entry_new", functions.entry_new) &&
      library->find("archive_entry_free", functions.entry_free) &&
      library->find("archive_entry_pathname", functions.entry_pathname) &&
      library->find("archive_entry_filetype", functions.entry_filetype) &&
      library->find("archive_entry_hardlink", functions.entry_hardlink) &&
      library->find("archive_entry_symlink", functions.entry_symlink) &&
      library->find("archive_entry_sparse_count", functions.entry_sparse_count) &&
      library->find("archive_entry_size", functions.entry_size) &&
      library->find("archive_entry_set_pathname", functions.entry_set_pathname) &&
      library->find("archive_entry_set_filetype", functions.entry_set_filetype) &&
      library->find("archive_entry_set_perm", functions.entry_set_perm) &&
      library->find("archive_entry_set_mtime", functions.entry_set_mtime) &&
      library->find("archive_entry_set_size", functions.entry_set_size);
  if (!complete) return Io{"load", kLibrary, "it lacks functions of libarchive"};
  return &functions;
}

}  // namespace purser::tools
