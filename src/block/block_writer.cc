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

namespace {

// Adds a padding section if the dataset would decode to more than readers take memory for by its
// size (FORMAT.md, section 5). Padding is the first section of a dataset.
void Pad(size_t datasets, EncodedDataset* dataset) {
  SectionBytes bytes;
  for (const auto* sections : {&dataset->cold, &dataset->hot}) {
    for (const EncodedSection& section : *sections) bytes.Add(section);
  }
  const uint64_t padding = PaddingFor(dataset->need, bytes, datasets);
  if (padding == 0) return;
  dataset->cold.insert(dataset->cold.begin(), EncodePadding(padding));
}

}  // namespace

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

absl::Status BlockWriter::Add(EncodedDataset dataset) {
  Pad(datasets_, &dataset);
  Waiting& waiting = waiting_.emplace_back();
  for (const EncodedSection& section : dataset.cold) {
    DOLERITE_RETURN_IF_ERROR(Write(section, &waiting.entries));
  }
  // Of what is written only the entries are still needed.
  dataset.cold = {};
  waiting.dataset = std::move(dataset);
  return absl::OkStatus();
}

absl::Status BlockWriter::Finish() && {
  Footer footer;
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
    footer.datasets.push_back(std::move(dataset));
  }
  return Write(EncodeFooter(footer, options_));
}

}  // namespace dolerite
