// All subjects; what each one is and why the comparison is fair stands on top of its file.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "recording.h"
#include "subject.h"

namespace purser::peers {

// raw_append.cc: `bytes` and a sync.
std::unique_ptr<Subject> raw_append(std::size_t bytes, bool preallocated);

// rocks_writes.cc: the rows of `batch` promotions in one synced write. `recording` must live
// longer.
std::unique_ptr<Subject> rocks_writes(const Recording& recording, int batch);

// sqlite_promotes.cc: `journal` is "delete" or "wal".
std::unique_ptr<Subject> sqlite_promotes(const std::string& journal);

// postgres_promotes.cc
std::unique_ptr<Subject> postgres_promotes(const std::string& conninfo);

// ledger_promotes.cc: one call at a time, one thread with many in flight, many in one `apply`.
std::unique_ptr<Subject> ledger_promotes();
std::unique_ptr<Subject> ledger_in_flight(int window);
std::unique_ptr<Subject> ledger_applies(int commands);

// ledger_reads.cc, rocks_reads.cc, sqlite_reads.cc: what is active, asked by one thread.
enum class Beside { nobody, promotes, in_flight };  ///< who writes meanwhile
std::unique_ptr<Subject> ledger_reads(Beside beside);
std::unique_ptr<Subject> ledger_reads_beside(std::unique_ptr<Subject> append);
std::unique_ptr<Subject> rocks_reads(const Recording& recording, bool in_tables);
std::unique_ptr<Subject> sqlite_reads();

}  // namespace purser::peers
