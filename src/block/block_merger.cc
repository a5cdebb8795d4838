#include "block/block_merger.h"

#include <utility>

#include "base/status.h"
#include "block/copy_dataset.h"
#include "block/dataset_reader.h"
#include "block/profile_naming.h"

namespace dolerite {

BlockMerger::BlockMerger(const BlockOptions& options, const ByteSink& sink, size_t datasets,
                         MemoryBudget* memory, const CallContext& call)
    : options_(options),
      datasets_(datasets),
      memory_(memory),
      call_(call),
      writer_(options, sink, datasets),
      hot_(memory) {}

absl::Status BlockMerger::Begin() {
  if (begun_) return absl::OkStatus();
  begun_ = true;
  return writer_.Begin();
}

// Whether a merger would make the same of the dataset. Options may name types otherwise than the
// block does, so the profile table is read.
absl::StatusOr<bool> BlockMerger::CanCopy(const MergeInput& input) const {
  if (!input.may_copy || input.taken) return false;
  const BlockReader::Internal& block = BlockAccess::Of(*input.block);
  const FooterDataset& dataset = block.footer.datasets[input.dataset];
  if (!SameStoredOptions(block.footer.options, options_)) return false;
  // Readers allow a dataset less memory where it is one of many: it could need padding, or too much
  // of it.
  if (block.footer.datasets.size() < datasets_) return false;
  if (block.footer.Find(dataset, {SectionKind::kPadding, 0}) != nullptr) return false;
  IoCost io;
  io.memory = memory_, io.call = &call_;
  DatasetReader reader(block, input.dataset, &io);
  reader.FetchSparingly();
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, reader.Profiles());
  for (const Series& series : table->series) {
    const ProfileType& type = table->types[series.type];
    if (type.name != NameOfType(type, series.labels, options_.type_labels)) return false;
  }
  return true;
}

absl::Status BlockMerger::Copy(const MergeInput& input) {
  DOLERITE_RETURN_IF_ERROR(Begin());
  failed_input_ = 0;
  DOLERITE_ASSIGN_OR_RETURN(EncodedDataset dataset, CopyDataset(
                                                        *input.block, input.dataset,
                                                        [this](const EncodedSection& section) {
                                                          return writer_.AddCold(section);
                                                        },
                                                        &hot_, memory_, call_));
  counts_.profiles += dataset.footer.summary.profiles;
  ++counts_.copied;
  return writer_.Add(std::move(dataset));
}

// An error before all inputs were read comes from the input that was being read.
absl::Status BlockMerger::Add(const std::string& name, const std::vector<MergeInput>& inputs,
                              const MergeRules& rules) {
  DOLERITE_RETURN_IF_ERROR(Begin());
  if (inputs.size() == 1 && !rules.change_content() && !rules.bodies) {
    failed_input_ = 0;
    DOLERITE_ASSIGN_OR_RETURN(const bool copy, CanCopy(inputs[0]));
    if (copy) return Copy(inputs[0]);
  }
  DatasetMerger merger(name, options_, memory_, call_, rules);
  for (size_t i = 0; i < inputs.size(); ++i) {
    absl::Status added = merger.Add(inputs[i]);
    if (added.ok()) continue;
    failed_input_ = i;
    return added;
  }
  if (merger.profiles() == 0) {
    counts_.dropped += merger.dropped();
    return absl::OkStatus();
  }
  absl::StatusOr<EncodedDataset> dataset = merger.Finish(
      [this](const EncodedSection& section) { return writer_.AddCold(section); }, &hot_);
  failed_input_ = merger.failed_input();
  if (!dataset.ok()) return dataset.status();
  counts_.profiles += dataset->footer.summary.profiles;
  counts_.duplicates += merger.duplicates();
  counts_.dropped += merger.dropped();
  return writer_.Add(*std::move(dataset));
}

absl::StatusOr<BlockSummary> BlockMerger::Finish() && {
  DOLERITE_RETURN_IF_ERROR(Begin());
  return std::move(writer_).Finish();
}

}  // namespace dolerite
