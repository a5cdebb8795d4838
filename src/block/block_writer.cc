// A block is written from the coldest bytes to the hottest: magic, cold sections of all datasets,
// hot sections of all datasets, footer. So the end of a block, which a reader fetches first, has
// what most queries need.
#include "block/block_writer.h"

#include <algorithm>
#include <utility>

#include "base/checksum.h"
#include "base/status.h"
#include "block/decode_need.h"
#include "block/format_bounds.h"

namespace dolerite {

absl::Status BlockWriter::Write(std::string_view bytes) {
  offset_ += bytes.size();
  return sink_(bytes);
}

// Also notes where the section is, for the footer. Its bounds were held by Add of the builder; the
// check here is against a fault of the encoder.
absl::Status BlockWriter::Write(const EncodedSection& section, std::vector<SectionEntry>* entries) {
  DOLERITE_RETURN_IF_ERROR(
      CheckLimit("bytes of a section", section.decoded_bytes, kFormatBounds.section_bytes));
  entries->push_back({section.kind, section.encoding, section.part, offset_, section.bytes.size(),
                      section.decoded_bytes, Checksum64(section.bytes)});
  return Write(section.bytes);
}

absl::Status BlockWriter::Begin() { return Write(kMagic); }

absl::Status BlockWriter::AddCold(const EncodedSection& section) {
  bytes_.Add(section);
  return Write(section, &cold_);
}

// A dataset is padded if it would decode to more than readers take memory for by its size
// (FORMAT.md, section 5). That shows when all of it is encoded, so padding is the last of its cold
// sections.
absl::Status BlockWriter::Add(EncodedDataset dataset) {
  for (const EncodedSection& section : dataset.cold) DOLERITE_RETURN_IF_ERROR(AddCold(section));
  for (const EncodedSection& section : dataset.hot) bytes_.Add(section);
  const uint64_t padding = PaddingFor(dataset.need, bytes_, datasets_);
  if (padding > 0) DOLERITE_RETURN_IF_ERROR(AddCold(EncodePadding(padding)));
  // Of what is written only the entries are still needed.
  dataset.cold = {};
  waiting_.push_back({std::move(dataset), std::move(cold_)});
  cold_.clear();
  bytes_ = {};
  return absl::OkStatus();
}

absl::StatusOr<BlockSummary> BlockWriter::Finish() && {
  Footer footer;
  BlockSummary summary;
  for (Waiting& waiting : waiting_) {
    for (const EncodedSection& section : waiting.dataset.hot) {
      DOLERITE_RETURN_IF_ERROR(Write(section, &waiting.entries));
    }
    FooterDataset& dataset = waiting.dataset.footer;
    std::vector<SectionEntry>& entries = waiting.entries;
    dataset.first_section = static_cast<uint32_t>(footer.sections.size());
    dataset.sections = static_cast<uint32_t>(entries.size());
    // Readers search them; in the block they stand by stripes.
    std::sort(entries.begin(), entries.end(),
              [](const SectionEntry& a, const SectionEntry& b) { return a.key() < b.key(); });
    footer.sections.insert(footer.sections.end(), entries.begin(), entries.end());
    summary.datasets.push_back(dataset.summary);
    footer.datasets.push_back(std::move(dataset));
  }
  const std::string end = EncodeFooter(footer, options_);
  DOLERITE_RETURN_IF_ERROR(Write(end));
  summary.id = ContentHash128(end);
  summary.bytes = offset_;
  summary.format_version = kFormatVersion;
  return summary;
}

}  // namespace dolerite
