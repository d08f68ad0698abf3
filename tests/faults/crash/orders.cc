// Orders as commands, and the bytes that they stand for.
#include "orders.h"

#include <fmt/format.h>

#include <random>

#include "storage/scratch.h"

namespace purser::faults {
namespace {

std::optional<Generation> expect_of(const Order& order) {
  if (order.expect < 0) return std::nullopt;
  return Generation{static_cast<std::uint64_t>(order.expect)};
}

std::optional<std::string> scope_of(const Order& order) {
  if (order.channel >= kChannels.size()) return std::nullopt;  // all of them
  return std::string(kChannels[order.channel]);
}

}  // namespace

Command command_of(const Order& order) {
  const std::string owner = kOwners.at(order.owner);
  const std::string channel = kChannels.at(order.channel % kChannels.size());
  const DeploymentId id{order.id};
  switch (order.verb) {
    case Verb::ready: return MarkReady{id, {order.option}};
    case Verb::external: return MarkReadyExternal{id, "s3://bucket", order.number};
    case Verb::fail: return MarkFailed{id, "broken", "it did not build"};
    case Verb::mark_bad: return MarkBad{id};
    case Verb::unmark_bad: return UnmarkBad{id};
    case Verb::pin: return Pin{id};
    case Verb::unpin: return Unpin{id};
    case Verb::delete_artifact: return DeleteArtifact{id, {order.number}};
    case Verb::promote:
      return Promote{owner, id, {channel, expect_of(order), order.number == 1, order.option}};
    case Verb::rollback:
      return Rollback{owner, {channel, order.number, expect_of(order), order.option}};
    case Verb::rollback_to:
      return RollbackTo{owner, id, {channel, expect_of(order), order.number == 1, order.option}};
    case Verb::clear: return Clear{owner, {channel, expect_of(order)}};
    case Verb::freeze: return Freeze{owner, {scope_of(order), order.option}};
    case Verb::unfreeze: return Unfreeze{owner, {scope_of(order)}};
    default: break;
  }
  CreateOptions options;
  if (order.option) options.source_ref = "ref-" + std::to_string(order.number);
  if (order.number == 1) options.labels = {{"branch", "main"}};
  return Create{owner, options};
}

PrunePolicy policy_of(const Order& order) {
  PrunePolicy policy;
  policy.keep_newest = order.number;
  policy.never_active_older_than = Timestamp{order.older_us};
  return policy;
}

Command command_of_loop(const Order& order, DeploymentId id) {
  if (order.verb == Verb::prune) return DeleteArtifact{id, {policy_of(order).keep}};
  const std::string message = "still building at " + to_rfc3339(Timestamp{order.older_us});
  return MarkFailed{id, "interrupted", message};
}

// Half of it random, half of it text that repeats; what begins alike shares chunks.
std::string bytes_of(std::uint64_t seed, std::uint32_t size) {
  std::mt19937_64 random(seed);
  std::string bytes;
  bytes.reserve(size + 64);
  while (bytes.size() < size) {
    const std::uint64_t number = random();
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    if (number % 4 == 0) bytes += "the same words again and again ";
  }
  bytes.resize(size);
  return bytes;
}

Files files_of_tree(std::uint32_t tree) {
  Files files;
  for (std::uint32_t i = 0; i <= tree; ++i) {
    files["tree/" + std::to_string(i) + ".txt"] = bytes_of(1000 + i, 100 * (i + tree));
  }
  if (tree == 3) files["tree/large"] = bytes_of(7, 400'000);
  return files;
}

void write_trees(const std::string& folder) {
  for (std::uint32_t tree = 0; tree < kTrees; ++tree) {
    for (const auto& [path, bytes] : files_of_tree(tree)) {
      write_file(fmt::format("{}/{}/{}", folder, tree, path), bytes);
    }
  }
}

bool edit(Files& files, const Order& order) {
  const std::string path = kPaths.at(order.path % kPaths.size());
  switch (order.verb) {
    case Verb::store: files[path] = bytes_of(order.seed, order.number); break;
    case Verb::store_tree:
      for (auto& [name, bytes] : files_of_tree(order.path)) files[name] = std::move(bytes);
      break;
    case Verb::remove: return files.erase(path) > 0;
    default: files.clear(); break;
  }
  return true;
}

}  // namespace purser::faults
