// Small files of fixed layout, read and made as a whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "purser/status.h"

namespace purser {

/// The bytes of a value whose layout is its format.
template <class T>
requires std::is_trivially_copyable_v<T> std::string_view as_bytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// Makes `directory/name` (0600) with `bytes`; it and its directory entry are durable on return,
/// and it never appears in part. Errors: AlreadyExists, Io.
Status create_small_file(const std::string& directory, const std::string& name,
                         std::string_view bytes);

/// The same at `path`, whatever file stood there: after a crash it is the one before or this one.
/// By way of `path.new`. Errors: Io.
Status replace_small_file(const std::string& path, std::string_view bytes);

/// Up to `bytes_max` bytes of a regular file; nothing when there is none. Errors: Io.
Result<std::optional<std::string>> read_small_file(const std::string& path, std::size_t bytes_max);

/// Makes the entries of `directory` durable.
Status sync_directory(const std::string& directory);

}  // namespace purser
