// Integer columns: how arrays of integers are stored in a file.
#ifndef DOLERITE_ENCODING_INTEGERS_H_
#define DOLERITE_ENCODING_INTEGERS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/bytes.h"
#include "encoding/zstd_frame.h"

namespace dolerite {

struct ColumnOptions {
  // zstd's level; 0 leaves columns without zstd.
  int zstd_level = 1;
  // Also tries the encodings that decode slowly for a few bytes less, each with zstd:
  // several times the encoding time.
  bool smallest = false;
  // Compresses some forms of a column and takes the smallest. Otherwise one form, which is likely
  // to be small, is taken untried.
  bool try_encodings = true;
  // For writers of many sections; null: each section has its own.
  FrameEncoder* zstd = nullptr;
};

// Appends one column, which says itself how it is encoded and how long its bytes
// are, but not how many values it has: the reader must know. No values: no bytes.
// The same values and options give the same bytes. `zstd` saves time where many
// columns are written. `plain`, if not null, gets the column as a zstd_level of 0 makes it,
// for little beside the work for `out`.
void EncodeIntegers(std::span<const uint64_t> values, const ColumnOptions& options,
                    std::string* out, FrameEncoder* zstd = nullptr, std::string* plain = nullptr);
void EncodeIntegers(std::span<const uint32_t> values, const ColumnOptions& options,
                    std::string* out, FrameEncoder* zstd = nullptr, std::string* plain = nullptr);

// Reads one column of `count` values into `values` (resized). The caller has
// bounded `count`: memory of up to 24 bytes a value is taken. DataLoss if the bytes
// are not such a column, or if a value does not fit the type. `zstd` saves time
// where many columns are read.
absl::Status DecodeIntegers(ByteReader* in, size_t count, std::vector<uint64_t>* values,
                            FrameDecoder* zstd = nullptr);
absl::Status DecodeIntegers(ByteReader* in, size_t count, std::vector<uint32_t>* values,
                            FrameDecoder* zstd = nullptr);

}  // namespace dolerite

#endif  // DOLERITE_ENCODING_INTEGERS_H_
