#include "chunk_check.h"

#include <algorithm>
#include <unordered_set>

#include "chunk_lists.h"
#include "try.h"

namespace purser {
namespace {

void check_damaged(const Digest& file, const Error& damage, const ChunkStore& chunks,
                   ChunkFindings& findings) {
  if (auto derived = derive_list(chunks, file)) {
    findings.derived_lists.emplace_back(file, *std::move(derived));
    add_derived_list(findings.derived, file, damage.cause());
  } else {
    findings.lost_files.emplace(file, damage.cause());
  }
}

// What lists name; damaged ones on the way.
Result<std::vector<Digest>> named_chunks(const RowReader& rows, const ChunkStore& chunks,
                                         ChunkFindings& findings) {
  std::unordered_set<Digest, DigestHash> named;
  PURSER_TRY(visit_chunk_lists(rows, [&](const Digest& file, const Result<ChunkList>& list) {
    if (!list) return check_damaged(file, list.error(), chunks, findings);
    for (const ChunkRef& chunk : list->chunks) named.insert(chunk.digest);
  }));
  std::vector<Digest> sorted(named.begin(), named.end());
  std::ranges::sort(sorted);
  return sorted;
}

// Files whose lists name a lost chunk.
Status find_lost_files(const RowReader& rows, ChunkFindings& findings) {
  return visit_chunk_lists(rows, [&](const Digest& file, const Result<ChunkList>& list) {
    if (!list) return;
    for (const ChunkRef& chunk : list->chunks) {
      const auto lost = findings.lost_chunks.find(chunk.digest);
      if (lost == findings.lost_chunks.end()) continue;
      findings.lost_files.emplace(file, "chunk " + to_hex(chunk.digest) + ": " + lost->second);
      return;
    }
  });
}

}  // namespace

Result<ChunkFindings> check_chunks(const RowReader& rows, const ChunkStore& chunks, bool quick,
                                   bool is_alone, Meter& meter) {
  ChunkFindings findings;
  ChunkCheck what{quick, is_alone, {}};
  PURSER_ASSIGN(what.named, named_chunks(rows, chunks, findings));
  ChunkCheckSinks sinks;
  sinks.lost = [&](const ChunkDamage& damage) {
    findings.lost_chunks.emplace(damage.chunk, damage.what);
  };
  sinks.index = [&](const IndexDamage& damage) {
    findings.derived.add(
        {Check::index, {}, 1, Position{}, damage.where, damage.expected, damage.found});
  };
  sinks.read = [&](std::uint64_t bytes) { return meter.bytes(bytes); };
  PURSER_TRY(chunks.check(what, sinks));
  if (!findings.lost_chunks.empty()) PURSER_TRY(find_lost_files(rows, findings));
  return findings;
}

std::optional<ChunkList> derive_list(const ChunkStore& chunks, const Digest& file) {
  if (file == sha256({})) return ChunkList();
  const Result<std::string> chunk = chunks.get(file);
  if (!chunk || sha256(*chunk) != file) return std::nullopt;
  return ChunkList{chunk->size(), {{file, static_cast<std::uint32_t>(chunk->size())}}};
}

void add_derived_list(Findings& findings, const Digest& file, const std::string& found) {
  findings.add({Check::chunk_lists,
                {},
                1,
                Position{},
                "chunk list " + to_hex(file),
                "the one chunk that the file is, or none",
                found});
}

}  // namespace purser
