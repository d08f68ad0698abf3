// libarchive, loaded when a tar is to be written or read.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "purser/status.h"

namespace purser::tools {

/// What of it is used.
struct LibArchive {
  decltype(&archive_write_new) write_new;
  decltype(&archive_write_set_format_ustar) write_set_format_ustar;
  decltype(&archive_write_open_fd) write_open_fd;
  decltype(&archive_write_header) write_header;
  decltype(&archive_write_data) write_data;
  decltype(&archive_write_close) write_close;
  decltype(&archive_write_free) write_free;
  decltype(&archive_read_new) read_new;
  decltype(&archive_read_support_format_tar) read_support_format_tar;
  decltype(&archive_read_open) read_open;
  decltype(&archive_read_next_header) read_next_header;
  decltype(&archive_read_data) read_data;
  decltype(&archive_read_free) read_free;
  decltype(&archive_error_string) error_string;
  decltype(&archive_entry_new) entry_new;
  decltype(&archive_entry_free) entry_free;
  decltype(&archive_entry_pathname) entry_pathname;
  decltype(&archive_entry_filetype) entry_filetype;
  decltype(&archive_entry_hardlink) entry_hardlink;
  decltype(&archive_entry_symlink) entry_symlink;
  decltype(&archive_entry_sparse_count) entry_sparse_count;
  decltype(&archive_entry_size) entry_size;
  decltype(&archive_entry_set_pathname) entry_set_pathname;
  decltype(&archive_entry_set_filetype) entry_set_filetype;
  decltype(&archive_entry_set_perm) entry_set_perm;
  decltype(&archive_entry_set_mtime) entry_set_mtime;
  decltype(&archive_entry_set_size) entry_set_size;
};

/// Errors: Io where it is not installed. Not thread-safe.
Result<const LibArchive*> libarchive();

}  // namespace purser::tools
