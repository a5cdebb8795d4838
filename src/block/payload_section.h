// The payloads section of a chunk: original payloads and unknown fields of its profiles.
//
//   kPayloadSizes   bytes of each profile's payload, in the order of the chunk's row groups
//   kPayloadBytes   | payload of profile 0 | payload of profile 1 | ..
//   kUnknownSizes, kUnknownBytes   the same for unknown fields
//
// One section a chunk keeps it below the bound of a section, whatever a dataset holds, and lets
// a reader of one profile pass over the payloads of all other chunks.
#ifndef DOLERITE_BLOCK_PAYLOAD_SECTION_H_
#define DOLERITE_BLOCK_PAYLOAD_SECTION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "block/sample_rows.h"
#include "block/sections.h"

namespace dolerite {

// Nothing if no profile of chunk `part` has a payload or unknown fields. `rows` are those of the
// chunk's profiles, in the order of its groups.
std::optional<EncodedSection> EncodePayloads(std::span<const SampleRows> rows, uint32_t part,
                                             const ColumnOptions& options);

// Payloads and unknown fields of all profiles of a chunk.
class Payloads {
 public:
  // A null section: no profile has any. `profiles` is how many the chunk has.
  static absl::StatusOr<Payloads> Read(const SectionReader* section, size_t profiles,
                                       size_t max_bytes);

  // Puts what the chunk's n-th profile has into its rows.
  void Fill(size_t n, SampleRows* rows) const;

 private:
  // Texts in a row; both columns are empty if no profile has a text.
  struct Texts {
    std::string bytes;
    std::vector<uint64_t> ends;

    std::string Of(size_t n) const;
  };
  static absl::StatusOr<Texts> ReadTexts(const SectionReader& section, uint8_t sizes_id,
                                         uint8_t bytes_id, size_t profiles, size_t max_bytes);

  Texts payloads_, unknown_fields_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_PAYLOAD_SECTION_H_
