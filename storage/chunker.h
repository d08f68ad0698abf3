// Cuts bytes where their content says so, so that an edit moves no cut far behind it.
//
// FastCDC (Xia et al., "The Design of Fast Content-Defined Chunking for Data Deduplication Based
// Storage Systems", 2020): a gear hash of the bytes before each place, with normalised chunking: up
// to the wished length a cut needs more zero bits than behind it. No cut before the least length,
// one at the most. The same on every processor and with every compiler: known answers are tested.
// Where a file is cut is no part of any identity. Stateless; safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace purser {

inline constexpr std::size_t kChunkBytesMin = std::size_t{4} << 10;
inline constexpr std::size_t kChunkBytesWished = std::size_t{16} << 10;
inline constexpr std::size_t kChunkBytesMax = std::size_t{64} << 10;

/// The length of the first chunk of `bytes`, which are not empty, and are all that is left of a
/// file or at least kChunkBytesMax.
[[nodiscard]] std::size_t first_chunk_bytes(std::string_view bytes);

}  // namespace purser
