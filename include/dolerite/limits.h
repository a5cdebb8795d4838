// What the library accepts from outside, in numbers.
#ifndef DOLERITE_LIMITS_H_
#define DOLERITE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace dolerite {

// Every limit is checked before memory is taken for the thing it bounds. Going
// past one is ResourceExhausted, and the message names the limit, the value and
// the cap. The defaults suit a multi-tenant ingest edge.

// For readers of profiles (pprof, OTLP).
struct ReadLimits {
  // Bytes of one profile after decompression.
  size_t profile_bytes = size_t{32} << 20;
  // Decompressed over compressed size, looked at once the former passes 1 MiB.
  size_t compression_ratio = 500;
  // Members of gzip, frames of zstd.
  size_t gzip_members = 64;

  size_t samples = 262'144;
  size_t locations = 1'000'000;
  size_t functions = 1'000'000;
  size_t mappings = 65'536;
  size_t strings = 2'000'000;
  size_t string_bytes = size_t{1} << 20;
  size_t sample_types = 64;
  // Locations of one stack.
  size_t stack_depth = 8'192;
  // Lines (inlined calls) of one location.
  size_t lines_per_location = 1'024;
  // Locations of all stacks of one profile, counted as they are listed.
  size_t stack_entries = size_t{16} << 20;
  size_t labels_per_sample = 100;
  size_t comments = 1'024;
  // Bytes kept of fields that the reader does not know.
  size_t unknown_field_bytes = size_t{64} << 10;
  // Nesting of messages and attribute values.
  size_t depth = 32;
  // Bounds the memory that a reader takes for what it gives, by the size of the input as it was
  // handed in: so many bytes for each byte of it, but at least memory_bytes. The decompressed
  // input (profile_bytes) comes on top. Real profiles need at most 32 bytes a byte of gzip;
  // small files made to grow are refused. The message says memory_bytes.
  size_t memory_per_byte = 64;
  size_t memory_bytes = size_t{48} << 20;
};

// For readers of blocks.
struct BlockLimits {
  // The metadata (footer) of one block.
  size_t footer_bytes = size_t{16} << 20;
  // One section of a block, stored or decoded.
  size_t section_bytes = size_t{256} << 20;
  // Rows of one table or column of a block. Columns of one value cost no bytes in the
  // file but do in memory: lower this to open blocks that others made.
  size_t section_rows = size_t{1} << 24;
};

}  // namespace dolerite

#endif  // DOLERITE_LIMITS_H_
