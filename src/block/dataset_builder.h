// Collects the profiles of one dataset and encodes them.
#ifndef DOLERITE_BLOCK_DATASET_BUILDER_H_
#define DOLERITE_BLOCK_DATASET_BUILDER_H_

#include <map>
#include <string>
#include <vector>

#include "block/footer.h"
#include "block/profile_table.h"
#include "block/sample_rows.h"
#include "block/sections.h"
#include "dolerite/block_builder.h"
#include "model/canonical.h"
#include "model/symbol_merger.h"

namespace dolerite {

struct EncodedDataset {
  FooterDataset footer;
  std::vector<EncodedSection> cold;  // bodies and what flame graphs do not read
  std::vector<EncodedSection> hot;
};

class DatasetBuilder {
 public:
  explicit DatasetBuilder(const BlockOptions& options) : options_(options) {}

  // The profile is valid.
  void Add(const LabelSet& series, const Profile& profile);
  // An upper bound of what is held.
  size_t memory_bytes() const { return merger_.memory_bytes() + row_bytes_; }
  size_t profiles() const { return pending_.size(); }

  EncodedDataset Finish(std::string name) &&;

 private:
  // A profile with ids of the merger; after Rank with those of the canonical tables.
  struct Pending {
    ProfileRow row;
    SampleRows rows;

    size_t memory_bytes() const;
  };

  uint32_t TypeOf(const LabelSet& labels, const Profile& profile);
  uint32_t SeriesOf(const LabelSet& labels, const Profile& profile);
  uint32_t HeaderOf(const Profile& profile);
  void AddSamples(const Profile& profile, Pending* to);
  void Rank(const CanonicalTables& canonical);
  std::vector<uint32_t> RankTypes();
  std::vector<uint32_t> RankSeries(const std::vector<uint32_t>& type_ranks);
  std::vector<uint32_t> RankHeaders(const CanonicalTables& canonical);
  void Sum(Pending* profile) const;
  void SortAndDeduplicate(const MergedTables& tables);
  void MakeGroups();
  std::vector<EncodedSection> EncodePayloads() const;

  const BlockOptions& options_;
  SymbolMerger merger_;
  SymbolMerger::Remap remap_;
  // Numbered as they come; Rank numbers them anew.
  std::map<ProfileType, uint32_t> types_;
  std::map<Series, uint32_t> series_;
  std::map<ProfileHeader, uint32_t> headers_;
  std::vector<Pending> pending_;
  size_t row_bytes_ = 0;
  ProfileTable table_;
  std::vector<SampleRows> rows_;
  std::vector<LocationId> stack_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_DATASET_BUILDER_H_
