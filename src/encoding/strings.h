// Byte columns: sorted strings, front-coded; and opaque bytes.
#ifndef DOLERITE_ENCODING_STRINGS_H_
#define DOLERITE_ENCODING_STRINGS_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/bytes.h"
#include "encoding/integers.h"

namespace dolerite {

// Appends strings that ascend by bytes (equal neighbours allowed). The reader
// must know how many there are. `plain`, here and below, as for EncodeIntegers.
void EncodeSortedStrings(std::span<const std::string_view> strings, const ColumnOptions& options,
                         std::string* out, FrameEncoder* zstd = nullptr,
                         std::string* plain = nullptr);

// Reads `count` strings: string i is bytes[ends[i-1], ends[i]) (0 before the first).
// DataLoss if the bytes are not such a column or the strings do not ascend; ResourceExhausted if
// together they are longer than max_bytes (checked before memory is taken).
absl::Status DecodeSortedStrings(ByteReader* in, size_t count, size_t max_bytes, std::string* bytes,
                                 std::vector<size_t>* ends, FrameDecoder* zstd = nullptr);

// Opaque bytes, compressed where that pays. The stored form carries its sizes.
void EncodeBytes(std::string_view bytes, const ColumnOptions& options, std::string* out,
                 FrameEncoder* zstd = nullptr, std::string* plain = nullptr);
absl::Status DecodeBytes(ByteReader* in, size_t max_bytes, std::string* bytes,
                         FrameDecoder* zstd = nullptr);

}  // namespace dolerite

#endif  // DOLERITE_ENCODING_STRINGS_H_
