// Which group of labels a profile, or a sample of it, belongs to.
#ifndef DOLERITE_QUERY_SCAN_GROUP_KEYS_H_
#define DOLERITE_QUERY_SCAN_GROUP_KEYS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/labels.h"
#include "dolerite/symbols.h"
#include "model/row_set.h"
#include "query/scan/scan.h"

namespace dolerite {

// InvalidArgument unless all names are some.
absl::Status CheckGroupBy(const std::vector<std::string>& group_by);

// The groups of one dataset's selected profiles, numbered as they are met. A name is looked up in
// the labels of the series; if that has none of the name, or "", in those of samples, of whose
// values the first by text order counts that is not "". A group lacks the names that are found in
// neither.
class GroupKeys {
 public:
  // Reads the dataset's labels where names are left to samples. They must live as long.
  static absl::StatusOr<GroupKeys> Make(const DatasetScan& scan,
                                        const std::vector<std::string>& group_by);

  // Whether the series has all names: its profiles are of one group each, whatever they hold.
  bool complete(uint32_t series) const { return use_[series] == Use::kComplete; }
  // Whether the group hangs on labels of samples, by series and for any series selected.
  bool needs_sample_labels(uint32_t series) const { return use_[series] == Use::kSamples; }
  bool needs_sample_labels() const { return symbols_ != nullptr; }

  // The group that a series' labels make. Rows of series without selected profiles are not to be
  // asked for.
  uint32_t SeriesGroup(uint32_t series) const { return series_group_[series]; }
  // The group of a sample of such a series; `label_set` lies in the dataset's tables.
  uint32_t GroupOf(uint32_t series_group, uint32_t label_set);

  size_t size() const { return labels_.size(); }
  const LabelSet& labels(uint32_t group) const { return labels_[group]; }

 private:
  // Whether what a series lacks of the names may stand in labels of samples.
  enum class Use : uint8_t { kComplete, kNowhere, kSamples };

  GroupKeys() = default;
  void AddSeries(const Series& series, uint32_t row);
  uint32_t Add(const LabelSet& labels);
  bool InSamples(const LabelSet& group) const;

  std::vector<std::string> names_;
  std::vector<Use> use_;
  std::vector<uint32_t> series_group_;
  std::vector<LabelSet> labels_;
  std::map<LabelSet, uint32_t> groups_;
  const Symbols* symbols_ = nullptr;  // null: no group hangs on labels of samples

  // What GroupOf found: rows of series group, label set, group.
  struct Found {
    uint32_t series_group, label_set, group;
  };
  uint64_t seed_ = 0;
  RowSet rows_;
  std::vector<Found> found_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_GROUP_KEYS_H_
