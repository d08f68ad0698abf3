// One event of every kind and kind version, with every optional field of the header and with none,
// under the names that they have in tests/data/events.hex.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "purser/event.h"

namespace purser {

struct SampleEvent {
  std::string name;  ///< kind, kind version, and what is particular
  Event event;
};

/// A digest whose bytes count up from `first`.
inline Digest counting_digest(std::uint8_t first) {
  Digest digest;
  for (std::uint8_t& byte : digest.bytes) byte = first++;
  return digest;
}

inline Event bare_event(Payload payload) {
  Event event;
  event.position = Position{7};
  event.time = Timestamp{1'767'225'600'000'001};  // 2026-01-01T00:00:00.000001Z
  event.header.actor = "ann";
  event.payload = std::move(payload);
  return event;
}

inline Event full_event(Payload payload) {
  Event event = bare_event(std::move(payload));
  event.position = Position{0x0102030405060708};
  event.header.reason = "why \xc3\xa9";
  event.header.request_id = "rq-1";
  event.header.command_digest = counting_digest(0xa0);
  event.header.wall_time = Timestamp{-2};
  event.header.group = EventGroup{Position{6}, 3};
  event.header.imported = true;
  return event;
}

inline std::vector<std::pair<std::string, Payload>> sample_payloads() {
  const std::string identifier = "0b8f6f0e-5d3c-4a57-9d4e-1f2a3b4c5d6e";
  const DeploymentId id{42};
  const std::string owner = "project:demo";
  return {
      {"created-1-rich",
       Created{id, identifier, owner, "main@1f2e", {{"", "x"}, {"env", "prod"}, {"k", ""}}}},
      {"created-1-poor", Created{id, identifier, owner, std::nullopt, {}}},
      {"ready-1-stored", Ready{id, owner, StoredArtifact{counting_digest(1), 3, 70'000}}},
      {"ready-1-external", Ready{id, owner, ExternalArtifact{"s3://bucket/a.tar", 5'000'000'000}}},
      {"failed-1", Failed{id, owner, {"exit-2", "no such module"}}},
      {"marked_bad-1", BadMarked{id, owner}},
      {"unmarked_bad-1", BadUnmarked{id, owner}},
      {"artifact_deleted-1", ArtifactDropped{id, owner}},
      {"activated-1-promote",
       Activated{owner, "live", Cause::promote, Generation{1}, Generation{0}, id, {}, {}}},
      {"activated-1-rollback", Activated{owner,
                                         "beta",
                                         Cause::rollback,
                                         Generation{9},
                                         Generation{2},
                                         id,
                                         DeploymentId{45},
                                         {{DeploymentId{44}, SkipReason::bad},
                                          {DeploymentId{43}, SkipReason::deleted},
                                          {std::nullopt, SkipReason::nothing_active},
                                          {DeploymentId{45}, SkipReason::active_now}}}},
      {"activated-1-restore",
       Activated{
           owner, "live", Cause::restore, Generation{3}, Generation{2}, id, DeploymentId{45}, {}}},
      {"activated-1-clear", Activated{owner,
                                      "live",
                                      Cause::clear,
                                      Generation{4},
                                      Generation{3},
                                      std::nullopt,
                                      DeploymentId{2},
                                      {}}},
      {"noted-1-deployment", Noted{owner, id, std::nullopt, Generation{0}, {}, {}}},
      {"noted-1-pointer", Noted{owner, std::nullopt, "live", Generation{5}, id, DeploymentId{41}}},
      {"pinned-1", Pinned{id, owner}},
      {"unpinned-1", Unpinned{id, owner}},
      {"frozen-1-channel", ChannelsFrozen{owner, "live", true}},
      {"frozen-1-all", ChannelsFrozen{owner, std::nullopt, false}},
      {"unfrozen-1-channel", ChannelsUnfrozen{owner, "live"}},
      {"unfrozen-1-all", ChannelsUnfrozen{owner, std::nullopt}},
  };
}

inline std::vector<SampleEvent> sample_events() {
  std::vector<SampleEvent> samples;
  for (auto& [name, payload] : sample_payloads()) {
    samples.push_back({name + "-bare", bare_event(payload)});
    samples.push_back({name + "-full", full_event(payload)});
  }
  Event example = bare_event(Activated{
      "o", "live", Cause::clear, Generation{4}, Generation{3}, std::nullopt, DeploymentId{2}, {}});
  example.position = Position{5};
  example.header.actor = "a";
  samples.push_back({"example-of-the-document", example});
  return samples;
}

}  // namespace purser
