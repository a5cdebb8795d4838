// Puts encoded datasets together to a block.
#ifndef DOLERITE_BLOCK_BLOCK_WRITER_H_
#define DOLERITE_BLOCK_BLOCK_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "block/dataset_encoder.h"
#include "block/footer.h"
#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"

namespace dolerite {

// Call Begin; then, for each dataset in the order of names, AddCold for cold sections that Add does
// not get, and Add; then Finish. After an error, throw the block away.
class BlockWriter {
 public:
  // `options` and `sink` must outlive the writer.
  BlockWriter(const BlockOptions& options, const ByteSink& sink, size_t datasets)
      : options_(options), sink_(sink), datasets_(datasets) {}

  absl::Status Begin();
  absl::Status AddCold(const EncodedSection& section);
  // Writes the cold sections, and padding if the dataset needs any. Hot ones wait until all cold
  // ones are out.
  absl::Status Add(EncodedDataset dataset);
  // Writes the hot sections and the footer. The summary is the one that a reader of the block
  // gives.
  absl::StatusOr<BlockSummary> Finish() &&;

 private:
  struct Waiting {
    EncodedDataset dataset;
    std::vector<SectionEntry> entries;  // of the sections that are written
  };

  absl::Status Write(std::string_view bytes);
  absl::Status Write(const EncodedSection& section, std::vector<SectionEntry>* entries);

  const BlockOptions& options_;
  const ByteSink& sink_;
  const size_t datasets_;
  uint64_t offset_ = 0;
  // Of the dataset in hand: cold sections that are written.
  std::vector<SectionEntry> cold_;
  SectionBytes bytes_;
  std::vector<Waiting> waiting_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_BLOCK_WRITER_H_
