// Sections are read in the order in which they stand, some at a time, so that a store is asked for
// ranges that lie together. Cold ones are handed on at once, in that order: it is the one in which
// a writer writes them.
#include "block/copy_dataset.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/checksum.h"
#include "base/status.h"
#include "block/dataset_reader.h"

namespace dolerite {

namespace {

constexpr uint64_t kReadTogether = 1 << 20;

class DatasetCopy {
 public:
  DatasetCopy(const BlockReader::Internal& block, const FooterDataset& dataset,
              const SectionSink& cold, MemoryLease* hot_memory, MemoryBudget* memory,
              const CallContext& call)
      : block_(block),
        dataset_(dataset),
        cold_(cold),
        hot_memory_(*hot_memory),
        reading_(memory),
        call_(call) {}

  absl::StatusOr<EncodedDataset> Run() && {
    std::vector<SectionEntry> entries;
    for (const SectionEntry& entry : block_.footer.SectionsOf(dataset_)) {
      if (entry.kind != SectionKind::kPadding) entries.push_back(entry);
    }
    std::sort(entries.begin(), entries.end(),
              [](const SectionEntry& a, const SectionEntry& b) { return a.offset < b.offset; });
    for (size_t i = 0, end = 0; i < entries.size(); i = end) {
      uint64_t bytes = 0;
      while (end < entries.size() && (end == i || bytes + entries[end].stored <= kReadTogether)) {
        bytes += entries[end++].stored;
      }
      DOLERITE_RETURN_IF_ERROR(call_.Check());
      DOLERITE_RETURN_IF_ERROR(CopySome(std::span(entries).subspan(i, end - i), bytes));
    }
    out_.footer.summary = dataset_.summary;
    out_.footer.label_summary = dataset_.label_summary;
    return std::move(out_);
  }

 private:
  // As read and as handed on: twice the bytes.
  absl::Status CopySome(std::span<const SectionEntry> entries, uint64_t bytes) {
    DOLERITE_RETURN_IF_ERROR(reading_.Take(2 * bytes, "sections that are copied"));
    std::vector<ByteRange> ranges;
    for (const SectionEntry& entry : entries) {
      if (!block_.InSuffix(entry)) ranges.push_back(ByteRange::At(entry.offset, entry.stored));
    }
    ReadManyResult read;
    if (!ranges.empty()) {
      auto got = block_.store->ReadMany(block_.key, ranges, block_.Reading(call_));
      if (!got.ok()) return block_.Failed(got.status(), call_);
      read = *std::move(got);
    }
    size_t next = 0;  // of the ranges
    for (const SectionEntry& entry : entries) {
      const std::string_view stored =
          block_.InSuffix(entry) ? block_.FromSuffix(entry) : read.slices[next++].bytes;
      DOLERITE_RETURN_IF_ERROR(Copy(entry, stored));
    }
    reading_.Release();
    return absl::OkStatus();
  }

  absl::Status Copy(const SectionEntry& entry, std::string_view stored) {
    if (stored.size() != entry.stored || Checksum64(stored) != entry.checksum) {
      return DataLoss(block_.Place(entry), ": checksum mismatch in a section that is copied");
    }
    EncodedSection section{entry.kind, entry.encoding, entry.part, entry.decoded,
                           std::string(stored)};
    if (entry.kind < SectionKind::kHeads) return cold_(std::move(section));
    DOLERITE_RETURN_IF_ERROR(hot_memory_.Take(stored.size() + sizeof section, "hot sections"));
    out_.hot.push_back(std::move(section));
    return absl::OkStatus();
  }

  const BlockReader::Internal& block_;
  const FooterDataset& dataset_;
  const SectionSink& cold_;
  MemoryLease& hot_memory_;
  MemoryLease reading_;
  const CallContext& call_;
  EncodedDataset out_;
};

}  // namespace

absl::StatusOr<EncodedDataset> CopyDataset(const BlockReader& block, size_t dataset,
                                           const SectionSink& cold, MemoryLease* hot_memory,
                                           MemoryBudget* memory, const CallContext& call) {
  const BlockReader::Internal& from = BlockAccess::Of(block);
  return DatasetCopy(from, from.footer.datasets[dataset], cold, hot_memory, memory, call).Run();
}

}  // namespace dolerite
