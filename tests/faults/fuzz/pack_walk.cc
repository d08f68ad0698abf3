// A whole pack, walked over without any rows: only chunks that are what their names say, in order,
// and every byte of the file accounted for.
#include "pack_walk.h"

#include <fcntl.h>

#include "faults/fuzz/harness.h"
#include "faults/fuzz/scratch_file.h"
#include "hash.h"
#include "pack_writer.h"
#include "unique_fd.h"

namespace purser::fuzz {
namespace {

constexpr PackNumber kPack{1};

// The mutant: takes a first block whose checksum is right, whatever its chunks are.
void visit_without_looking(const ScratchFile& file, const BlockVisitor& visit) {
  const std::string bytes = file.read();
  if (bytes.size() < kPackHeaderBytes) return;
  const auto block = Block::decode(std::string_view(bytes).substr(kPackHeaderBytes), "block");
  if (!block) return;
  const auto block_bytes = static_cast<std::uint32_t>(bytes.size() - kPackHeaderBytes);
  static_cast<void>(visit({kPack, kPackHeaderBytes, block_bytes}, *block));
}

void look_at(const ScratchFile& file, int root) {
  std::uint64_t end = kPackHeaderBytes;
  std::uint64_t whole = 0;
  const BlockVisitor visit = [&](const BlockPlace& place, const Block& block) {
    require(place.offset >= end, "blocks come in order and do not overlap");
    end = place.offset + place.bytes;
    whole += place.bytes;
    const auto table = block_table(root, place);
    require(table && table->size() == block.entries().size(), "a whole block has a table");
    for (const Block::Entry& entry : block.entries()) {
      require(sha256(block.bytes(entry)) == entry.digest, "what is visited is what its name says");
    }
    return Status();
  };
  if (mutant("any-digest")) visit_without_looking(file, visit);
  const auto walked = walk_pack(root, kPack, false, visit);
  if (!walked) return;
  require(walked->file_bytes == file.size(), "the file is as long as it is");
  require(walked->end == end && end <= file.size(), "the end is that of the last block");
  require(walked->damaged_bytes == end - kPackHeaderBytes - whole, "what is no block is damage");
}

}  // namespace

void look(std::string_view input) {
  static ScratchFile file(std::string(kPacksDirectory) + "/" + pack_name(kPack));
  static const UniqueFd root(::open(file.folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  file.write(input);
  look_at(file, root.get());
  file.write(encode_pack_header(kPack) + std::string(input));
  look_at(file, root.get());
}

}  // namespace purser::fuzz
