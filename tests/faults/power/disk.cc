#include "faults/power/disk.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace purser::faults {
namespace {

using Kind = Step::Kind;

constexpr std::size_t kPageBytes = 4096;

std::uint64_t below(std::mt19937_64& random, std::uint64_t limit) {
  return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random);
}

void put(std::string& file, std::uint64_t at, std::string_view bytes) {
  if (file.size() < at + bytes.size()) file.resize(at + bytes.size());
  file.replace(at, bytes.size(), bytes);
}

void change(std::string& file, const Step& step) {
  if (step.kind == Kind::truncate) {
    file.resize(step.at);
  } else {
    put(file, step.at, step.bytes);
  }
}

std::string garbage(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// A write of which each page is done by itself, or is something else.
void put_pages(std::string& file, const Step& step, std::mt19937_64& random) {
  std::string_view rest = step.bytes;
  std::uint64_t at = step.at;
  while (!rest.empty()) {
    const std::string_view page = rest.substr(0, kPageBytes - at % kPageBytes);
    switch (below(random, 4)) {
      case 0: put(file, at, page); break;
      case 1: put(file, at, std::string(page.size(), '\0')); break;
      case 2: put(file, at, garbage(random, page.size())); break;
      default: break;  // as it was
    }
    at += page.size();
    rest.remove_prefix(page.size());
  }
}

// The first of several changes, and of the next one a part, whatever stands behind it.
std::string first_part(std::string file, const std::vector<const Step*>& pending,
                       std::mt19937_64& random) {
  const std::size_t whole = below(random, pending.size());
  for (std::size_t i = 0; i < whole; ++i) change(file, *pending[i]);
  const Step& next = *pending[whole];
  const std::size_t size = next.bytes.empty() ? 0 : below(random, next.bytes.size() + 1);
  if (size == 0) return file;
  put(file, next.at, std::string_view(next.bytes).substr(0, size));
  const std::size_t rest = next.bytes.size() - size;
  switch (below(random, 3)) {
    case 0: put(file, next.at + size, std::string(rest, '\0')); break;
    case 1: put(file, next.at + size, garbage(random, rest)); break;
    default: break;  // cut off, or as it was
  }
  return file;
}

enum class Left : std::uint8_t { nothing, all, first_part, pages, zeros, garbage };
constexpr std::uint64_t kWaysToBeLeft = 6;

std::string what_is_left(std::string file, const std::vector<const Step*>& pending,
                         std::mt19937_64& random) {
  const Left left = static_cast<Left>(below(random, kWaysToBeLeft));
  if (pending.empty() || left == Left::nothing) return file;
  if (left == Left::first_part) return first_part(std::move(file), pending, random);
  for (const Step* step : pending) {
    if (step->kind == Kind::truncate) {
      if (left != Left::pages || below(random, 2) == 0) change(file, *step);
    } else if (left == Left::all) {
      change(file, *step);
    } else if (left == Left::pages) {
      put_pages(file, *step, random);
    } else if (left == Left::zeros) {
      put(file, step->at, std::string(step->bytes.size(), '\0'));
    } else {
      put(file, step->at, garbage(random, step->bytes.size()));
    }
  }
  return file;
}

void change_entries(std::map<std::string, NodeId>& entries, NodeId folder, const Step& step) {
  if (step.kind == Kind::rename) {
    if (step.folder == folder) entries.erase(step.name);
    if (step.folder == folder && step.exchanged) entries[step.name] = *step.exchanged;
    if (step.to_folder == folder) entries[step.to_name] = step.node;
  } else if (step.kind == Kind::remove) {
    entries.erase(step.name);
  } else {
    entries[step.name] = step.node;
  }
}

}  // namespace

Disk::Disk(Tree before, const Honesty& honesty) : honesty_(honesty) {
  for (Node& node : before.nodes) states_.push_back({std::move(node), false, {}});
  for (const State& folder : states_) {
    for (const auto& [name, id] : folder.durable.entries) {
      states_[id].is_log = name.ends_with(".log");
    }
  }
}

void Disk::take(const Step& step) {
  switch (step.kind) {
    case Kind::create:
    case Kind::make_folder:
      states_.resize(std::max<std::size_t>(states_.size(), step.node + 1));
      states_[step.node].durable.is_folder = step.kind == Kind::make_folder;
      states_[step.node].is_log = step.name.ends_with(".log");
      states_[step.folder].pending.push_back(&step);
      break;
    case Kind::rename:
      states_[step.folder].pending.push_back(&step);
      if (step.to_folder != step.folder) states_[step.to_folder].pending.push_back(&step);
      break;
    case Kind::link:
    case Kind::remove: states_[step.folder].pending.push_back(&step); break;
    case Kind::write:
    case Kind::truncate: states_[step.node].pending.push_back(&step); break;
    case Kind::sync: sync(step.node); break;
    case Kind::sync_all:
      for (NodeId node = 0; node < states_.size(); ++node) sync(node);
      break;
  }
}

void Disk::sync(NodeId node) {
  State& state = states_[node];
  const bool is_folder = state.durable.is_folder;
  if (is_folder ? !honesty_.folders : !honesty_.files || (state.is_log && !honesty_.logs)) return;
  for (const Step* step : state.pending) {
    if (is_folder) {
      change_entries(state.durable.entries, node, *step);
    } else {
      change(state.durable.bytes, *step);
    }
  }
  state.pending.clear();
}

// Nothing of what is pending, all of it, each by itself, or the first of them as a journal does.
Disk::Choose Disk::choose_names(std::mt19937_64& random) const {
  switch (below(random, 4)) {
    case 0: return [](const Step&) { return false; };
    case 1: return [](const Step&) { return true; };
    case 2: {
      // The same for both folders of a rename.
      auto chosen = std::make_shared<std::unordered_map<const Step*, bool>>();
      return [&random, chosen](const Step& step) {
        const auto [choice, is_new] = chosen->emplace(&step, false);
        if (is_new) choice->second = below(random, 2) == 0;
        return choice->second;
      };
    }
    default: break;
  }
  std::vector<const Step*> pending;
  for (const State& state : states_) {
    if (!state.durable.is_folder) continue;
    pending.insert(pending.end(), state.pending.begin(), state.pending.end());
  }
  std::sort(pending.begin(), pending.end(), std::less<>());  // steps lie in their order
  const Step* end = pending.empty() ? nullptr : pending[below(random, pending.size())];
  return [end](const Step& step) { return std::less<>()(&step, end); };
}

Tree Disk::after_cut(std::mt19937_64& random) const {
  return image(choose_names(random), [&random](const State& file) {
    return what_is_left(file.durable.bytes, file.pending, random);
  });
}

Tree Disk::now() const {
  return image([](const Step&) { return true; },
               [](const State& file) {
                 std::string bytes = file.durable.bytes;
                 for (const Step* step : file.pending) change(bytes, *step);
                 return bytes;
               });
}

std::map<std::string, NodeId> Disk::entries(NodeId folder, const Choose& is_done) const {
  std::map<std::string, NodeId> found = states_[folder].durable.entries;
  for (const Step* step : states_[folder].pending) {
    if (is_done(*step)) change_entries(found, folder, *step);
  }
  return found;
}

// What has a name that leads to it; nodes get new numbers.
Tree Disk::image(const Choose& is_done, const Fill& fill) const {
  Tree tree;
  std::unordered_map<NodeId, NodeId> numbers;
  const std::function<NodeId(NodeId)> add = [&](NodeId id) {
    const auto [number, is_new] = numbers.emplace(id, static_cast<NodeId>(tree.nodes.size()));
    const NodeId mine = number->second;
    if (!is_new) return mine;
    const State& state = states_[id];
    tree.nodes.push_back({.is_folder = state.durable.is_folder});
    if (!state.durable.is_folder) {
      tree.nodes[mine].bytes = fill(state);
      return mine;
    }
    for (const auto& [name, inner] : entries(id, is_done)) {
      const NodeId added = add(inner);
      tree.nodes[mine].entries[name] = added;
    }
    return mine;
  };
  add(kRootNode);
  return tree;
}

}  // namespace purser::faults
