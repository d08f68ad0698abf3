// The bytes of files, out of their chunks again.
//
// Every chunk is checked by its XXH3 before a byte of it is handed on. Free functions, safe from
// any thread. Memory: one chunk and its block. Errors: Corruption, UnsupportedVersion, Io, and
// whatever `sink` returns.
#pragma once

#include "chunk_store.h"
#include "content.h"
#include "projection.h"
#include "purser/artifact.h"

namespace purser {

/// Hands the bytes of a file to `sink`.
Status read_file(const View& view, const ChunkStore& chunks, const FileEntry& file,
                 const ByteSink& sink);
/// Only those of `range`, which lies within the file.
Status read_file(const View& view, const ChunkStore& chunks, const FileEntry& file,
                 const ByteRange& range, const ByteSink& sink);
/// Reads the whole file and compares its SHA-256 before the last piece of `range` is handed on:
/// Corruption where it differs.
Status read_file_verified(const View& view, const ChunkStore& chunks, const FileEntry& file,
                          const ByteRange& range, const ByteSink& sink);

}  // namespace purser
