// A closed ledger on disk whose files a test damages; a refused open changes no byte.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "support/rows.h"
#include "support/test_ledger.h"

namespace purser {

inline Options read_only() {
  Options options;
  options.read_only = true;
  return options;
}

/// Changes one byte of a file.
inline void flip(const std::string& path, std::size_t offset, char mask = 1) {
  std::string bytes = read_file(path);
  ASSERT_LT(offset, bytes.size());
  bytes[offset] = static_cast<char>(bytes[offset] ^ mask);
  write_file(path, bytes, 0600);
}

class LedgerOnDisk : public testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& name) const {
    return ledger.directory() + "/" + name;
  }
  // The one pack that holds `bytes`, and where in it they begin.
  [[nodiscard]] std::pair<std::string, std::size_t> pack_with(const std::string& bytes) const {
    for (const auto& [name, content] : directory_contents(file("chunks"))) {
      const std::size_t at = content.find(bytes);
      if (at != std::string::npos) return {file("chunks/" + name), at};
    }
    ADD_FAILURE() << "no pack holds these bytes";
    return {};
  }
  // Neither kind of open succeeds, and no byte of the directory changes.
  template <class Detail>
  Detail refused() {
    const auto before = directory_contents(ledger.directory());
    (void)failure_of<Detail>(Ledger::open(ledger.directory(), read_only()));
    EXPECT_TRUE(directory_contents(ledger.directory()) == before) << "changed by a reader";
    const Detail detail = failure_of<Detail>(Ledger::open(ledger.directory()));
    EXPECT_TRUE(directory_contents(ledger.directory()) == before) << "changed by a writer";
    return detail;
  }

  TestLedger ledger{Where::disk};
};

}  // namespace purser
