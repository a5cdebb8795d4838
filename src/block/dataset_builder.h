// Collects the profiles of one dataset, within the bounds of the format.
#ifndef DOLERITE_BLOCK_DATASET_BUILDER_H_
#define DOLERITE_BLOCK_DATASET_BUILDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "block/canonical_profiles.h"
#include "block/dataset_counts.h"
#include "block/dataset_encoder.h"
#include "block/distinct.h"
#include "block/format_bounds.h"
#include "block/label_summary.h"
#include "dolerite/block_builder.h"
#include "model/shared_remap.h"
#include "model/symbol_merger.h"

namespace dolerite {

// What all datasets of a block are built with.
struct BuilderSettings {
  BlockOptions options;
  FormatBounds bounds;

  friend bool operator==(const BuilderSettings&, const BuilderSettings&) = default;
};

class DatasetBuilder {
 public:
  explicit DatasetBuilder(std::shared_ptr<const BuilderSettings> settings)
      : settings_(std::move(settings)) {}

  // The profile is valid. ResourceExhausted if it would take the dataset past a bound, or its part
  // of the footer past `footer_room`: the dataset is then as before. `shared` serves profiles with
  // marked tables, of all datasets.
  absl::Status Add(const LabelSet& series, const Profile& profile, uint64_t footer_room,
                   SharedRemap* shared);

  // ResourceExhausted if both together could pass a bound, counted as if they shared nothing.
  absl::Status CheckMerge(const DatasetBuilder& other) const;
  // Takes all profiles of `other`, for which CheckMerge is OK; its settings are equal.
  void Merge(DatasetBuilder other);

  // An upper bound of what is held.
  size_t memory_bytes() const;
  size_t profiles() const { return collected_.profiles.size(); }
  // An upper bound of the footer's bytes for the dataset, without its name.
  uint64_t footer_bytes() const { return FooterBytes(held_, summary_.most_bytes()); }
  // The same once `other` is merged.
  uint64_t footer_bytes_with(const DatasetBuilder& other) const;

  // Leaves only Clear to call.
  absl::StatusOr<EncodedDataset> Finish(std::string name, Executor* executor);
  // Back to a dataset without profiles; keeps the memory of its tables.
  void Clear();

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
  uint32_t KeepSeries(const LabelSet& labels, ProfileType type);
  uint32_t KeepHeader(ProfileHeader header);
  void KeepProfile(CollectedProfiles::Pending profile);
  const SymbolMerger::Remap& MergeTables(const Profile& profile, SharedRemap* shared);
  void MergeStacks(const Profile& profile);
  void AddStacks(const Profile& profile, const SharedRemap& shared, SampleRows* to);
  void AddSamples(const Profile& profile, const SymbolMerger::Remap& remap, SampleRows* to);

  const BlockOptions& options() const { return settings_->options; }
  const FormatBounds& bounds() const { return settings_->bounds; }

  std::shared_ptr<const BuilderSettings> settings_;
  SymbolMerger merger_;
  SymbolMerger::Remap remap_;
  CollectedProfiles collected_;
  LabelSummaryWriter summary_;
  DistinctTexts texts_;  // of the profile table
  DatasetCounts held_;   // but for the merger's tables, which count themselves
  size_t row_bytes_ = 0;
  // Of the profile in hand: stacks that samples refer to, and where each is in stack_rows_.
  std::vector<uint32_t> stack_rows_, stack_places_;
  std::vector<StackId> stack_nodes_;  // theirs
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_BUILDER_H_
