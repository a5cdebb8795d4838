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

// InvalidArgument if a name is empty.
absl::Status CheckGroupBy(const std::vector<std::string>& group_by);

// The groups of one dataset's selected profiles, numbered as they are met. For each name take the
// series' value; if missing or empty, the smallest non-empty value among the sample's labels. A
// group lacks names that have neither.
class GroupKeys {
 public:
  // Reads the dataset's labels where names are left to samples. They must live as long.
  static absl::StatusOr<GroupKeys> Make(const DatasetScan& scan,
                                        const std::vector<std::string>& group_by);

  // Whether the series has all names: its profiles are of one group each, whatever they hold.
  bool complete(uint32_t series) const { return use_[series] == Use::kComplete; }
  // Whether the group depends on labels of samples, by series and for any series selected.
  bool needs_sample_labels(uint32_t series) const { return use_[series] == Use::kSamples; }
  bool needs_sample_labels() const { return symbols_ != nullptr; }

  // The group that a series' labels make. The series must have a selected profile.
  uint32_t SeriesGroup(uint32_t series) const { return series_group_[series]; }
  // The group of a sample of such a series; `label_set` lies in the dataset's tables.
  uint32_t GroupOf(uint32_t series_group, uint32_t label_set);

  size_t size() const { return labels_.size(); }
  const LabelSet& labels(uint32_t group) const { return labels_[group]; }

 private:
  // Whether labels of samples may have the names that a series lacks.
  enum class Use : uint8_t { kComplete, kNowhere, kSamples };

  GroupKeys() = default;
  void AddSeries(const Series& series, uint32_t row);
  uint32_t Add(const LabelSet& labels);

  std::vector<std::string> names_;
  std::vector<Use> use_;
  std::vector<uint32_t> series_group_;
  std::vector<LabelSet> labels_;
  std::map<LabelSet, uint32_t> groups_;
  const Symbols* symbols_ = nullptr;  // null: no group depends on labels of samples

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
