#include "manifest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "artifact_path.h"
#include "hash.h"
#include "storage/results.h"
#include "storage/scratch.h"
#include "tree_writer.h"

namespace purser::manifest_test {
namespace {

constexpr char kHello[] = "afab646198a6b4cba7906ccac5293cf60b394daa31e3d27d8d9ffeb4a6117a55";

FileEntry entry(std::string path, std::string_view bytes, bool executable = false) {
  return {std::move(path), executable, bytes.size(), sha256(bytes)};
}

std::string line(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text += '\n';
}
std::string line(std::string_view path) { return line({"0644", "1", kHello, path}); }

Status decoded(std::string_view text) {
  const auto files = decode_manifest(text);
  if (!files) return files.error();
  return {};
}

// What a shell command prints.
std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) out += static_cast<char>(c);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return out;
}

// The first shell block of the page that follows `heading`.
std::string recipe_after(const std::string& heading) {
  const std::string page = read_file(PURSER_TEST_DATA "/../../docs/artifact-format.md");
  const std::string fence = "```sh\n";
  const std::size_t begin = page.find(fence, page.find(heading)) + fence.size();
  return page.substr(begin, page.find("```", begin) - begin);
}

TEST(Manifest, BytesAreAsDocumented) {
  const std::vector<FileEntry> files = {entry("bin/run", "hello purser\n", true),
                                        entry("empty", ""), entry("v1..2.js", "hello purser\n")};
  const std::string text = encode_manifest(files);
  EXPECT_EQ(text, std::string("purser-manifest 1\n0755 13 ") + kHello +
                      " bin/run\n"
                      "0644 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "
                      "empty\n0644 13 " +
                      kHello + " v1..2.js\n");
  EXPECT_EQ(to_hex(sha256(text)),
            "14293ca4f80ffec1b1c1a18d543e170398abbe57192e3c2f220d8ff081134874");
  EXPECT_EQ(encode_manifest({}), "purser-manifest 1\n");
}

TEST(Manifest, ComesBackAsItWas) {
  const std::vector<FileEntry> files = {entry(" leading space", "a"), entry("a b/c  d", "b", true),
                                        entry("it's \"q\"", ""), entry("\xc3\xa9\xff", "x")};
  const auto back = decode_manifest(encode_manifest(files));
  ASSERT_TRUE(ok(back));
  EXPECT_EQ(*back, files);
  EXPECT_TRUE(decode_manifest(encode_manifest({}))->empty());
}

TEST(Manifest, StrangerRecomputesTheDigestByTheDocumentedCommands) {
  const Scratch scratch;
  const std::string target = scratch / "out";
  std::vector<FileEntry> files;
  auto writer = TreeWriter::begin(target);
  ASSERT_TRUE(ok(writer));
  for (const char* path : {"B", "a", "a b/it's", "a-b", "a/x", "\xc3\xa9/\xe6\x97\xa5.txt",
                           "e'\"$(x)", "-n", "b/c/d/e", " lead", "trail "}) {
    if (std::string_view(path) == "a") continue;  // "a/x" needs it to be a directory
    const bool executable = files.size() % 2 == 0;
    const std::string bytes(files.size() * 1000, 'x');
    files.push_back(entry(path, bytes, executable));
    ASSERT_TRUE(
        ok(writer->add(path, executable, [&](const ByteSink& sink) { return sink(bytes); })));
  }
  ASSERT_TRUE(ok(writer->commit()));
  std::sort(files.begin(), files.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
  write_file(scratch / "recipe", recipe_after("## Manifest"));
  const std::string printed =
      output_of("cd '" + target + "' && sh '" + (scratch / "recipe").string() + "'");
  EXPECT_EQ(printed.substr(0, 64), to_hex(sha256(encode_manifest(files))));
}

TEST(Manifest, EveryTruncationIsRefusedOrEndsAfterAWholeLine) {
  const std::string text = encode_manifest({entry("a", "1"), entry("b", "2"), entry("c", "3")});
  for (std::size_t size = 0; size < text.size(); ++size) {
    const bool whole_line = size > 0 && text[size - 1] == '\n';
    EXPECT_EQ(decoded(text.substr(0, size)).has_value(), whole_line) << size;
  }
}

TEST(Manifest, OnlyTheCanonicalFirstLineIsAccepted) {
  for (const char* text : {"", "purser-manifest 1", "purser-manifest \n", "purser-manifest 0\n",
                           "purser-manifest 01\n", "purser-manifest +1\n", "Purser-manifest 1\n",
                           "purser-manifest 1\r\n", "purser-manifest  1\n", "purser-manifest 1 \n",
                           "\npurser-manifest 1\n"}) {
    EXPECT_TRUE(fails_with<Corruption>(decoded(text))) << text;
  }
}

TEST(Manifest, OnlyTheCanonicalLinesAreAccepted) {
  const std::string head = "purser-manifest 1\n";
  const std::string digest = kHello;
  std::string upper = digest;
  upper[0] = 'A';
  ASSERT_TRUE(ok(decoded(head + line("a"))));
  for (const std::string& text : {
           std::string("\n"),
           line("a").append("\n"),
           line({"0600", "1", digest, "a"}),
           line({"644", "1", digest, "a"}),
           line({"0644", "01", digest, "a"}),
           line({"0644", "-1", digest, "a"}),
           line({"0644", "+1", digest, "a"}),
           line({"0644", "", "1", digest, "a"}),
           line({"0644", "", digest, "a"}),
           line({"0644", "18446744073709551616", digest, "a"}),
           line({"0644", "1", digest.substr(1), "a"}),
           line({"0644", "1", upper, "a"}),
           line({"0644", "1", digest}),
           line({"0644", "1", digest, ""}),
           line("../a"),
           line("/a"),
           line("a\\b"),
           line("a\tb"),
           line("a/"),
           line("b").append(line("a")),
           line("a").append(line("a")),
           line("a").append(line("a-b")).append(line("a/b")),
           line({"0644", "18446744073709551615", digest, "a"}).append(line("b")),
       }) {
    EXPECT_TRUE(fails_with<Corruption>(decoded(head + text))) << text;
  }
}

TEST(Manifest, NewerFormatIsUnsupported) {
  EXPECT_TRUE(fails_with<UnsupportedVersion>(decoded("purser-manifest 2\nanything")));
}

TEST(Manifest, TooManyFilesAreALimit) {
  std::string text = "purser-manifest 1\n";
  for (int i = 0; i < 1'000'001; ++i) {
    std::string name = std::to_string(i);
    text += line(std::string(7 - name.size(), '0') + name);
  }
  EXPECT_TRUE(fails_with<LimitExceeded>(decoded(text)));
  text.resize(text.size() - line("0000000").size());
  EXPECT_TRUE(ok(decoded(text)));
}

TEST(Manifest, WhateverIsAcceptedIsEncodedToTheSameBytes) {
  const std::string text = encode_manifest({entry("a", "1"), entry("b/c", "22", true)});
  std::mt19937 random(3);
  int accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string mutated = text;
    mutated[random() % mutated.size()] = text[random() % text.size()];
    const auto files = decode_manifest(mutated);
    if (!files) continue;
    ++accepted;
    ASSERT_EQ(encode_manifest(*files), mutated);
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace purser::manifest_test
