#include "block/dataset_summary.h"

#include <algorithm>
#include <string_view>

#include "base/status.h"
#include "block/label_summary.h"

namespace dolerite {

namespace {

// Both sides go into the message: which of them is right is not known.
template <class T>
absl::Status Compare(std::string_view what, T footer, T table) {
  if (footer == table) return absl::OkStatus();
  return DataLoss("the footer says ", what, " ", footer, ", its profiles section ", table);
}

// A label names a dataset: all series have the dataset's name as the value of some label. The empty
// name belongs to series without the label.
absl::Status CheckName(std::string_view name, const ProfileTable& table) {
  if (name.empty() || table.series.empty()) return absl::OkStatus();
  const auto names_all = [&](const LabelSet::Pair& label) {
    return label.second == name &&
           std::all_of(table.series.begin(), table.series.end(), [&](const Series& series) {
             return series.labels.Get(label.first) == name;
           });
  };
  const auto& first = table.series[0].labels.pairs();
  if (std::any_of(first.begin(), first.end(), names_all)) return absl::OkStatus();
  return DataLoss(
      "the footer gives it this name, but no label has that value in all of its series");
}

}  // namespace

// A dataset without profiles has no times and no labels to compare.
absl::Status CheckSummary(const FooterDataset& footer, const ProfileTable& table) {
  const DatasetSummary& summary = footer.summary;
  DOLERITE_RETURN_IF_ERROR(Compare<uint64_t>("profiles", summary.profiles, table.profiles.size()));
  DOLERITE_RETURN_IF_ERROR(Compare<uint64_t>("series", summary.series, table.series.size()));
  if (table.profiles.empty()) return absl::OkStatus();
  uint64_t samples = 0;
  int64_t first = INT64_MAX, last = INT64_MIN;
  for (const ProfileRow& row : table.profiles) {
    samples += row.samples;
    first = std::min(first, row.time_nanos), last = std::max(last, row.time_nanos);
  }
  DOLERITE_RETURN_IF_ERROR(Compare<uint64_t>("samples", summary.samples, samples));
  DOLERITE_RETURN_IF_ERROR(Compare("the first time", summary.min_time_nanos, first));
  DOLERITE_RETURN_IF_ERROR(Compare("the last time", summary.max_time_nanos, last));
  // The summary is a function of the table, so comparing bytes compares everything in it.
  if (footer.label_summary != SummarizeLabels(table)) {
    return DataLoss("the label summary of the footer differs from that of its series");
  }
  return CheckName(summary.name, table);
}

}  // namespace dolerite
