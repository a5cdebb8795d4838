// Collects the profiles of one dataset, within the bounds of the format.
#ifndef DOLERITE_BLOCK_DATASET_BUILDER_H_
#define DOLERITE_BLOCK_DATASET_BUILDER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "block/canonical_profiles.h"
#include "block/dataset_counts.h"
#include "block/dataset_encoder.h"
#include "block/distinct.h"
#include "block/format_bounds.h"
#include "block/label_summary.h"
#include "dolerite/block_builder.h"
#include "model/symbol_merger.h"

namespace dolerite {

class DatasetBuilder {
 public:
  // Both must outlive the builder.
  DatasetBuilder(const BlockOptions& options, const FormatBounds& bounds)
      : options_(options), bounds_(bounds) {}

  // The profile is valid. ResourceExhausted if it would take the dataset past a bound, or its part
  // of the footer past `footer_room`: the dataset is then as before.
  absl::Status Add(const LabelSet& series, const Profile& profile, uint64_t footer_room);

  // An upper bound of what is held.
  size_t memory_bytes() const;
  size_t profiles() const { return collected_.profiles.size(); }
  // An upper bound of the footer's bytes for the dataset, without its name.
  uint64_t footer_bytes() const { return FooterBytes(held_, summary_.most_bytes()); }

  EncodedDataset Finish(std::string name) &&;

 private:
  // What Add looks up before it changes anything.
  struct Described {
    ProfileType type;
    bool new_type = false, new_series = false;
    DatasetCounts more;  // the most that the profile adds
  };

  Described Describe(const LabelSet& series, const Profile& profile) const;
  absl::Status CheckBounds(const Described& d, const LabelSet& series, const Profile& profile,
                           uint64_t footer_room) const;
  uint64_t FooterBytes(const DatasetCounts& counts, uint64_t summary_bytes) const;
  void KeepText(std::string_view text);
  uint32_t KeepSeries(const LabelSet& labels, Described d);
  uint32_t KeepHeader(const Profile& profile);
  void AddSamples(const Profile& profile, SampleRows* to);

  const BlockOptions& options_;
  const FormatBounds& bounds_;
  SymbolMerger merger_;
  SymbolMerger::Remap remap_;
  CollectedProfiles collected_;
  LabelSummaryWriter summary_;
  DistinctTexts texts_;  // of the profile table
  DatasetCounts held_;   // but for the merger's tables, which count themselves
  size_t row_bytes_ = 0;
  std::vector<uint32_t> stack_rows_;  // of the profile, those that samples refer to
  std::vector<StackId> stack_nodes_;  // theirs
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_BUILDER_H_
