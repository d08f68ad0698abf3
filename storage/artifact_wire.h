// How an Artifact lies inside an event or a row: a byte for its kind, then the fields of that kind.
#pragma once

#include "purser/event.h"
#include "wire.h"

namespace purser {

template <class Archive>
void serialize(Archive& ar, StoredArtifact& artifact) {
  ar(artifact.digest, artifact.files, artifact.bytes);
}
template <class Archive>
void serialize(Archive& ar, ExternalArtifact& artifact) {
  ar(artifact.location, artifact.bytes);
}

/// `ar(artifact_field(a))`. A type of its own, because a variant converts from its alternatives.
struct ArtifactField {
  Artifact& value;
};
inline ArtifactField artifact_field(Artifact& value) { return {value}; }

inline void save(WireWriter& ar, const ArtifactField& field) {
  ar(static_cast<std::uint8_t>(field.value.index() + 1));
  std::visit([&](auto& kind) { ar(kind); }, field.value);
}
inline void load(WireReader& ar, ArtifactField& field) {
  std::uint8_t kind = 0;
  ar(kind);
  if (kind == 1) {
    ar(field.value.emplace<StoredArtifact>());
  } else if (kind == 2) {
    ar(field.value.emplace<ExternalArtifact>());
  } else {
    ar.fail();
  }
}

}  // namespace purser
