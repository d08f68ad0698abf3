// What a ledger's directory holds, to see that something changed, or that nothing did.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "purser/ledger.h"
#include "store.h"

namespace purser {

/// Rows by key; the key begins with the number of its space.
using Rows = std::map<std::string, std::string>;

/// Every row of both spaces.
Rows all_rows(const Store& store);
/// The same of a ledger's directory, which may be open in this process.
Rows all_rows(const std::string& directory);

/// The same but those that say where chunks are ('k' and 'p', docs/storage-format.md): a command
/// that is refused, or that waits for others, may have stored chunks that nothing refers to.
Rows rows_but_of_chunks(const std::string& directory);

/// The rows of every projection in the build in use, without build numbers in their keys.
Rows projection_rows(const Store& store);
Rows projection_rows(const std::string& directory);

/// Every file of a directory with its bytes, and every folder, by relative path; LOCK left out.
std::map<std::string, std::string> directory_contents(const std::string& directory);

/// The stored bytes of all events, as one text.
std::string event_bytes(const Ledger& ledger);

}  // namespace purser
