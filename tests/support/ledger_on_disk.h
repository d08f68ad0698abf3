// A closed ledger on disk whose files a test damages; a refused open changes no byte.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "anchor.h"
#include "rocks_store.h"
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
  explicit LedgerOnDisk(const Options& options = {}) : ledger(Where::disk, options) {}

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
  // Changes rows of the closed ledger.
  void change(const std::function<void(const RowReader& rows, WriteSet& changes)>& edit) const {
    const auto store = must(RocksStore::open(ledger.directory() + "/db",
                                             RocksStore::Mode::read_write, std::size_t{1} << 20));
    WriteSet changes;
    edit(*store->snapshot(), changes);
    ASSERT_FALSE(changes.empty());
    must(store->write(changes));
    must(store->close());
  }
  // As after a crash: the anchor does not tell what the closed database is.
  void forget_closing() const {
    AnchorMark mark = must(Anchor::read(ledger.directory()));
    mark.closing.reset();
    must(must(Anchor::open(ledger.directory())).write(mark));
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

  TestLedger ledger;
};

}  // namespace purser
