#include "json.h"

#include "escape.h"

namespace purser::tools {
namespace {

// 0 stands for "none" where generations and positions refer to others.
template <class Tag>
Json json_or_null(StrongNumber<Tag> number) {
  return number.value == 0 ? Json(nullptr) : Json(number.value);
}

// A reason is free text; an empty one means that none was given.
void put_reason(Json& object, const std::string& reason) {
  if (reason.empty()) {
    object["reason"] = nullptr;
  } else {
    put_text(object, "reason", reason);
  }
}

void put_labels(Json& object, const Labels& labels) {
  Json plain = Json::object();
  Json exact = Json::object();
  bool all_utf8 = true;
  for (const auto& [key, value] : labels) {
    plain[replace_invalid(key)] = replace_invalid(value);
    exact[to_hex_text(key)] = to_hex_text(value);
    all_utf8 = all_utf8 && is_utf8(key) && is_utf8(value);
  }
  object["labels"] = std::move(plain);
  if (!all_utf8) object["labels_hex"] = std::move(exact);
}

Json json_of_artifact(const Artifact& artifact) {
  Json object;
  if (const auto* stored = std::get_if<StoredArtifact>(&artifact)) {
    object["kind"] = "stored";
    object["digest"] = to_hex(stored->digest);
    object["files"] = stored->files;
    object["bytes"] = stored->bytes;
  } else if (const auto* external = std::get_if<ExternalArtifact>(&artifact)) {
    object["kind"] = "external";
    put_text(object, "location", external->location);
    object["bytes"] = external->bytes;
  }
  return object;
}

Json json_of_mark(const Mark& mark) {
  Json object;
  put_text(object, "actor", mark.actor);
  put_reason(object, mark.reason);
  object["time"] = json_of(mark.time);
  return object;
}

void put_receipt(Json& object, const Receipt& receipt) {
  object["position"] = json_of(receipt.position);
  object["unchanged"] = receipt.unchanged;
  object["replayed"] = receipt.replayed;
}

void put_activation(Json& object, const Activated& moved) {
  put_text(object, "owner_key", moved.owner_key);
  put_text(object, "channel", moved.channel);
  object["cause"] = to_string(moved.cause);
  object["generation"] = json_of(moved.generation);
  object["parent"] = json_or_null(moved.parent);
  object["deployment"] = json_of(moved.deployment);
  object["previous"] = json_of(moved.previous);
  object["skipped"] = json_of(moved.skipped);
}

// Adds a payload's fields to the object of its event.
class PutPayload {
 public:
  explicit PutPayload(Json& target) : object_(target) {}

  void operator()(const Created& event) const {
    object_["id"] = json_of(event.id);
    put_text(object_, "identifier", event.identifier);
    put_text(object_, "owner_key", event.owner_key);
    put_optional_text(object_, "source_ref", event.source_ref);
    put_labels(object_, event.labels);
  }
  void operator()(const Ready& event) const {
    put_subject(event);
    object_["artifact"] = json_of_artifact(event.artifact);
  }
  void operator()(const Failed& event) const {
    put_subject(event);
    object_["failure"] = json_of(event.failure);
  }
  void operator()(const BadMarked& event) const { put_subject(event); }
  void operator()(const BadUnmarked& event) const { put_subject(event); }
  void operator()(const ArtifactDropped& event) const { put_subject(event); }
  void operator()(const Pinned& event) const { put_subject(event); }
  void operator()(const Unpinned& event) const { put_subject(event); }
  void operator()(const ChannelsFrozen& event) const {
    put_text(object_, "owner_key", event.owner_key);
    put_optional_text(object_, "channel", event.channel);
    object_["rollback_too"] = event.rollback_too;
  }
  void operator()(const ChannelsUnfrozen& event) const {
    put_text(object_, "owner_key", event.owner_key);
    put_optional_text(object_, "channel", event.channel);
  }
  void operator()(const Activated& event) const { put_activation(object_, event); }
  void operator()(const Noted& event) const {
    put_text(object_, "owner_key", event.owner_key);
    object_["deployment"] = json_of(event.deployment);
    put_optional_text(object_, "channel", event.channel);
    object_["generation"] = event.channel ? json_of(event.generation) : Json(nullptr);
    object_["active"] = json_of(event.active);
    object_["previous"] = json_of(event.previous);
  }

 private:
  template <class Subject>
  void put_subject(const Subject& event) const {
    object_["id"] = json_of(event.id);
    put_text(object_, "owner_key", event.owner_key);
  }

  Json& object_;
};

Json json_of_group(const EventGroup& group) {
  return Json{{"first", group.first.value}, {"count", group.count}};
}

}  // namespace

void put_text(Json& object, const std::string& key, std::string_view text) {
  if (is_utf8(text)) {
    object[key] = text;
  } else {
    object[key] = replace_invalid(text);
    object[key + "_hex"] = to_hex_text(text);
  }
}

void put_optional_text(Json& object, const std::string& key,
                       const std::optional<std::string>& text) {
  if (text) {
    put_text(object, key, std::string_view(*text));
  } else {
    object[key] = nullptr;
  }
}

Json json_of(Timestamp time) { return to_rfc3339(time); }

Json json_of(const Failure& failure) {
  Json object;
  put_text(object, "code", failure.code);
  put_text(object, "message", failure.message);
  return object;
}

Json json_of(const Skipped& skipped) {
  return Json{{"deployment", json_of(skipped.deployment)}, {"why", to_string(skipped.why)}};
}

Json json_of(const Deployment& deployment) {
  Json object;
  object["id"] = json_of(deployment.id);
  put_text(object, "identifier", deployment.identifier);
  put_text(object, "owner_key", deployment.owner_key);
  put_optional_text(object, "source_ref", deployment.source_ref);
  put_labels(object, deployment.labels);
  object["status"] = to_string(deployment.status);
  object["artifact"] = deployment.artifact ? json_of_artifact(*deployment.artifact) : Json(nullptr);
  object["failure"] = json_of(deployment.failure);
  object["bad"] = deployment.bad ? json_of_mark(*deployment.bad) : Json(nullptr);
  object["pinned"] = deployment.pinned ? json_of_mark(*deployment.pinned) : Json(nullptr);
  object["created_at"] = json_of(deployment.created_at);
  object["terminated_at"] = json_of(deployment.terminated_at);
  object["artifact_deleted_at"] = json_of(deployment.artifact_deleted_at);
  return object;
}

Json json_of(const DeploymentAnswer& answer) {
  Json object = json_of(static_cast<const Deployment&>(answer));
  put_receipt(object, answer.receipt);
  return object;
}

Json json_of(const PointerAnswer& answer) {
  Json object;
  object["position"] = json_of(answer.receipt.position);
  object["generation"] = json_of(answer.generation);
  object["active"] = json_of(answer.active);
  object["previous"] = json_of(answer.previous);
  object["unchanged"] = answer.receipt.unchanged;
  object["replayed"] = answer.receipt.replayed;
  put_text(object, "owner_key", answer.owner_key);
  put_text(object, "channel", answer.channel);
  object["skipped"] = json_of(answer.skipped);
  return object;
}

Json json_of(const Pointer& pointer) {
  Json object;
  put_text(object, "owner_key", pointer.owner_key);
  put_text(object, "channel", pointer.channel);
  object["generation"] = json_of(pointer.generation);
  object["active"] = json_of(pointer.active);
  object["previous"] = json_of(pointer.previous);
  object["rollback_target"] = json_of(pointer.rollback_target);
  object["since"] = json_of(pointer.since);
  object["position"] = json_of(pointer.position);
  object["frozen"] = json_of(pointer.frozen);
  return object;
}

Json json_of(const ChannelFreeze& freeze) {
  Json object;
  put_text(object, "actor", freeze.actor);
  put_reason(object, freeze.reason);
  object["time"] = json_of(freeze.time);
  put_optional_text(object, "channel", freeze.channel);
  object["rollback_too"] = freeze.rollback_too;
  return object;
}

Json json_of(const FreezeAnswer& answer) {
  Json object;
  put_text(object, "owner_key", answer.owner_key);
  put_optional_text(object, "channel", answer.channel);
  object["frozen"] = json_of(answer.frozen);
  put_receipt(object, answer.receipt);
  return object;
}

Json json_of(const Activation& activation) {
  Json object;
  object["position"] = json_of(activation.position);
  object["time"] = json_of(activation.time);
  put_text(object, "actor", activation.actor);
  put_reason(object, activation.reason);
  put_activation(object, activation.moved);
  return object;
}

Json json_of(const Event& event) {
  const EventHeader& header = event.header;
  Json object;
  object["position"] = json_of(event.position);
  object["kind"] = to_string(event.kind());
  object["time"] = json_of(event.time);
  put_text(object, "actor", header.actor);
  put_reason(object, header.reason);
  put_optional_text(object, "request_id", header.request_id);
  std::visit(PutPayload(object), event.payload);
  object["command_digest"] =
      header.command_digest ? Json(to_hex(*header.command_digest)) : Json(nullptr);
  object["wall_time"] = json_of(header.wall_time);
  object["group"] = header.group ? json_of_group(*header.group) : Json(nullptr);
  object["imported"] = header.imported;
  return object;
}

Json json_of(const FileEntry& file) {
  Json object;
  put_text(object, "path", file.path);
  object["mode"] = file.executable ? "0755" : "0644";
  object["size"] = file.size;
  object["digest"] = to_hex(file.digest);
  return object;
}

Json json_of(const StoreReport& report) {
  return Json{{"files", report.files},
              {"bytes", report.bytes},
              {"new_bytes", report.new_bytes},
              {"trusted_files", report.trusted_files}};
}

Json json_of(const RebuildReport& report) {
  return Json{{"projection", report.projection},
              {"version", report.version},
              {"build", report.build},
              {"events", report.events},
              {"rows", report.rows}};
}

Json json_of(const Origin& origin) {
  return Json{{"kind", to_string(origin.kind)},
              {"ledger_id", to_hex(origin.ledger_id)},
              {"size", origin.size.value},
              {"root", origin.root ? Json(to_hex(*origin.root)) : Json(nullptr)}};
}

Json json_of(const SignedCheckpoint& checkpoint) {
  return {{"epoch", checkpoint.epoch},
          {"size", json_of(checkpoint.size)},
          {"root", to_hex(checkpoint.root)},
          {"time", json_of(checkpoint.time)},
          {"note", checkpoint.note}};
}

std::string to_line(const Json& value) { return escape_json(value.dump()); }

}  // namespace purser::tools
