// The ends of a block: magic, footer and trailer.
//
//   "DOLERITE" | sections | footer (FlatBuffers, block.fbs) | trailer
//   trailer = u32 footer bytes | u32 format version | u64 XXH3-64 of all from the footer's
//             first byte to here | "DOLERITE"
#ifndef DOLERITE_BLOCK_FOOTER_H_
#define DOLERITE_BLOCK_FOOTER_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "block/sections.h"
#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/call_context.h"
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

  // What names a section in its dataset.
  std::pair<SectionKind, uint32_t> key() const { return {kind, part}; }
};

struct FooterDataset {
  DatasetSummary summary;
  std::string label_summary;
  uint32_t first_section = 0, sections = 0;
  // Index of the first profile in the block: profiles of earlier datasets come before it. Not
  // stored: DecodeFooter adds it up.
  uint64_t first_profile = 0;
};

struct Footer {
  std::vector<FooterDataset> datasets;
  std::vector<SectionEntry> sections;
  // Those that are stored of the options that the block was built with; others are defaults.
  BlockOptions options;

  // The section of a dataset by its key, by binary search; null if the dataset has none.
  const SectionEntry* Find(const FooterDataset& dataset,
                           const std::pair<SectionKind, uint32_t>& key) const;
  std::span<const SectionEntry> SectionsOf(const FooterDataset& dataset) const {
    return std::span(sections).subspan(dataset.first_section, dataset.sections);
  }
};

// Whether two blocks of the same profiles have the same layout, by what footers store of options.
bool SameStoredOptions(const BlockOptions& a, const BlockOptions& b);

// Footer and trailer.
std::string EncodeFooter(const Footer& footer, const BlockOptions& options);

// Bytes of the footer, from the trailer that ends `suffix`, which is the end of a block
// of `block_bytes`. DataLoss unless that end is a trailer.
absl::StatusOr<size_t> FooterSize(std::string_view suffix, uint64_t block_bytes,
                                  const BlockLimits& limits);

// `footer_and_trailer` is what EncodeFooter gave. In what comes out every section lies inside the
// block, no two share bytes or belong to two datasets, datasets ascend by name, and sections of a
// dataset by kind and part. DataLoss if that does not hold or a checksum is wrong, Unimplemented if
// the footer is sound but of another version; what `call` says once it stops this.
absl::StatusOr<Footer> DecodeFooter(std::string_view footer_and_trailer, uint64_t block_bytes,
                                    const BlockLimits& limits, const CallContext& call = {});

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_FOOTER_H_
