// The ends of a block: magic, footer and trailer.
//
//   "DOLERITE" | sections | footer (FlatBuffers, block.fbs) | trailer
//   trailer = u32 footer bytes | u32 format version | u64 XXH3-64 of all from the footer's
//             first byte to here | "DOLERITE"
#ifndef DOLERITE_BLOCK_FOOTER_H_
#define DOLERITE_BLOCK_FOOTER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "block/sections.h"
#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/limits.h"

namespace dolerite {

inline constexpr std::string_view kMagic = "DOLERITE";
inline constexpr uint32_t kFormatVersion = 1;
inline constexpr size_t kTrailerBytes = 24;

// Bytes of the footer: of all that is in it once, at most, of a dataset beside its name and label
// summary, and of a section.
inline constexpr size_t kFooterFixedBytes = 256;
inline constexpr size_t kFooterDatasetBytes = 56;
inline constexpr size_t kFooterSectionBytes = 32;

struct SectionEntry {
  SectionKind kind;
  SectionEncoding encoding;
  uint32_t part = 0;
  uint64_t offset = 0, stored = 0, decoded = 0, checksum = 0;
};

struct FooterDataset {
  DatasetSummary summary;
  std::string label_summary;
  uint32_t first_section = 0, sections = 0;
};

struct Footer {
  std::vector<FooterDataset> datasets;
  std::vector<SectionEntry> sections;
};

// Footer and trailer.
std::string EncodeFooter(const Footer& footer, const BlockOptions& options);

// Bytes of the footer, from the trailer that ends `suffix`, which is the end of a block
// of `block_bytes`. DataLoss unless it is one.
absl::StatusOr<size_t> FooterSize(std::string_view suffix, uint64_t block_bytes,
                                  const BlockLimits& limits);

// `footer_and_trailer` is what EncodeFooter gave. Every section lies inside the block.
// DataLoss if it is damaged, Unimplemented if it is sound but of another version.
absl::StatusOr<Footer> DecodeFooter(std::string_view footer_and_trailer, uint64_t block_bytes,
                                    const BlockLimits& limits);

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_FOOTER_H_
