#include "event_rows.h"

#include <fmt/format.h>

#include "sentences.h"

namespace purser::tools {
namespace {

// The deployment an event is about, and what it says beyond its kind.
struct Summary {
  std::string owner;
  std::string deployment;
  std::string detail;
};

struct Summarize {
  Summary operator()(const Created& event) const {
    return {event.owner_key, id_text(event.id), event.source_ref.value_or("")};
  }
  Summary operator()(const Ready& event) const {
    if (const auto* stored = std::get_if<StoredArtifact>(&event.artifact)) {
      return {event.owner_key, id_text(event.id),
              fmt::format("{} files, {}", stored->files, human_bytes(stored->bytes))};
    }
    return {event.owner_key, id_text(event.id),
            std::get<ExternalArtifact>(event.artifact).location};
  }
  Summary operator()(const Failed& event) const {
    return {event.owner_key, id_text(event.id), event.failure.code};
  }
  Summary operator()(const BadMarked& event) const { return plain(event); }
  Summary operator()(const BadUnmarked& event) const { return plain(event); }
  Summary operator()(const ArtifactDropped& event) const { return plain(event); }
  Summary operator()(const Pinned& event) const { return plain(event); }
  Summary operator()(const Unpinned& event) const { return plain(event); }
  Summary operator()(const ChannelsFrozen& event) const {
    return {event.owner_key, "-",
            scope_text(event.channel) + (event.rollback_too ? ", rollbacks too" : "")};
  }
  Summary operator()(const ChannelsUnfrozen& event) const {
    return {event.owner_key, "-", scope_text(event.channel)};
  }
  Summary operator()(const Activated& event) const {
    return {event.owner_key, id_text(event.deployment),
            fmt::format("{}: {}, was {}", event.channel, to_string(event.cause),
                        id_text(event.previous))};
  }
  Summary operator()(const Noted& event) const {
    return {event.owner_key, id_text(event.channel ? event.active : event.deployment),
            event.channel.value_or("")};
  }

 private:
  template <class Subject>
  static Summary plain(const Subject& event) {
    return {event.owner_key, id_text(event.id), ""};
  }
};

}  // namespace

std::vector<Column> event_columns() {
  return {{"POSITION", true}, {"TIME"},   {"KIND"},  {"OWNER"},
          {"ID", true},       {"DETAIL"}, {"ACTOR"}, {"REASON"}};
}

std::vector<Cell> event_row(const Event& event) {
  const Summary summary = std::visit(Summarize{}, event.payload);
  return {{fmt::to_string(event.position.value)},
          {to_rfc3339(event.time), Style::faint},
          {std::string(to_string(event.kind()))},
          {summary.owner},
          {summary.deployment},
          {summary.detail},
          {event.header.actor},
          {event.header.reason}};
}

}  // namespace purser::tools
