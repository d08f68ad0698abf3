#include "table.h"

#include <gtest/gtest.h>

#include "progress_bar.h"

namespace purser::tools::table_test {
namespace {

TEST(TableTest, ColumnsLineUpByCharactersAndNoLineEndsInBlanks) {
  Table table({{"ID", true}, {"NAME"}, {"NOTE"}}, false);
  table.add({{"7"}, {"größer"}, {"x"}});
  table.add({{"100"}, {"b"}, {""}});
  EXPECT_EQ(table.take(),
            " ID  NAME    NOTE\n"
            "  7  größer  x\n"
            "100  b\n");
}

TEST(TableTest, LaterBatchesHaveNoHeadingsAgain) {
  Table table({{"A"}, {"B"}}, false);
  EXPECT_EQ(table.take(), "");
  table.add({{"long one"}, {"x"}});
  EXPECT_EQ(table.take(), "A         B\nlong one  x\n");
  table.add({{"s"}, {"y"}});
  EXPECT_EQ(table.take(), "s         y\n");
}

TEST(TableTest, CellsAreEscapedAndColouredOnlyIfAsked) {
  Table plain({{"A"}}, false);
  plain.add({{"\x1b[2J", Style::bad}});
  EXPECT_EQ(plain.take(), "A\n\\x1b[2J\n");
  Table coloured({{"A"}}, true);
  coloured.add({{"\x1b[2J", Style::bad}});
  EXPECT_EQ(coloured.take(), "\x1b[1mA\x1b[0m\n\x1b[31m\\x1b[2J\x1b[0m\n");
}

TEST(FieldsTest, FurtherLinesOfAValueCannotPassForFields) {
  Fields fields(false);
  fields.add("id", "1");
  fields.add("message", "first\nstatus  ready");
  EXPECT_EQ(fields.text(),
            "id       1\n"
            "message  first\n"
            "         status  ready\n");
}

TEST(HumanBytesTest, UnitsAreOf1024) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1024), "1.0 KiB");
  EXPECT_EQ(human_bytes(1536u << 10), "1.5 MiB");
  EXPECT_EQ(human_bytes((1u << 20) - 1), "1.0 MiB");
  EXPECT_EQ(human_bytes(UINT64_MAX), "16.0 EiB");
}

TEST(ProgressBarTest, ShowsShareFilesBytesAndRate) {
  const ProgressBar bar("storing");
  EXPECT_EQ(bar.render({.files = 1, .files_total = 4, .bytes = 512, .bytes_total = 1024}, 1, 200),
            "storing  [############............]  50%  1/4 files  512 B/1.0 KiB  512 B/s");
  EXPECT_EQ(bar.render({.files = 1, .bytes = 512}, 1, 200), "storing  1 files  512 B  512 B/s");
  EXPECT_EQ(bar.render({.files = 1, .files_total = 4}, 0, 12), "storing  [##");
}

TEST(ProgressBarTest, CountsWhatItIsToldTo) {
  const ProgressBar bar("rebuilding", "events");
  EXPECT_EQ(bar.render({.files = 50, .files_total = 100}, 2, 200),
            "rebuilding  [############............]  50%  50/100 events  25 events/s");
}

}  // namespace
}  // namespace purser::tools::table_test
