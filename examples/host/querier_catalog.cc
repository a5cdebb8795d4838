// Which types, series and labels there are. The library lists stored series; each becomes one
// series for each of its sample types, with private labels, and conditions on these are met then.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "asked.h"
#include "querier.h"

namespace dolerite::host {
namespace {

absl::StatusOr<Selection> CatalogSelection(const CatalogRequest& request) {
  Selection selection;
  if (request.start == 0 && request.end == 0) return selection;
  if (request.end < request.start) {
    return absl::InvalidArgumentError("the end of the time range is before its start");
  }
  selection.start_nanos = Nanos(request.start);
  selection.end_nanos = Nanos(request.end) + 1;
  return selection;
}

using ShownSeries = std::map<LabelSet, ProfileTypeId>;

absl::Status AddMatching(const std::string& selector, Selection selection, const TenantData& data,
                         ShownSeries* out) {
  absl::StatusOr<SplitMatchers> matchers = ReadMatchers(selector);
  if (!matchers.ok()) return matchers.status();
  selection.matchers = std::move(matchers->stored);
  const auto computed = SelectionFilter::Make({.matchers = std::move(matchers->computed)});
  if (!computed.ok()) return computed.status();
  const absl::StatusOr<Catalog> catalog =
      data.Ask(CatalogQuestion{.selection = std::move(selection)});
  if (!catalog.ok()) return catalog.status();
  // A stored series is shown once for each sample type whose private labels match.
  for (const ListedSeries& series : catalog->series) {
    for (const ProfileTypeId& type : ProfileTypeId::All(*series.type)) {
      LabelSet labels = WithPrivateLabels(series.labels, type);
      if (computed->TakesSeries({}, labels)) out->emplace(std::move(labels), type);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ShownSeries> Matching(const CatalogRequest& request, const TenantData& data) {
  const absl::StatusOr<Selection> selection = CatalogSelection(request);
  if (!selection.ok()) return selection.status();
  ShownSeries out;
  absl::Status status;
  // Each text adds the series that it selects.
  if (request.matchers.empty()) status = AddMatching("", *selection, data, &out);
  for (const std::string& selector : request.matchers) {
    if (status.ok()) status = AddMatching(selector, *selection, data, &out);
  }
  if (!status.ok()) return status;
  return out;
}

// The labels that are asked for; all if none is.
LabelsMessage Chosen(const LabelSet& labels, const std::vector<std::string>& names) {
  LabelsMessage out;
  for (const auto& [name, value] : labels.pairs()) {
    if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
    out.labels.push_back({std::string(name), std::string(value)});
  }
  return out;
}

// Sorted, as clients show names in the order of the answer.
NamesResponse Listed(const std::set<std::string>& names) {
  return {.names = {names.begin(), names.end()}};
}

}  // namespace

absl::StatusOr<ProfileTypesResponse> ProfileTypes(const ProfileTypesRequest& request,
                                                  const TenantData& data) {
  const auto series = Matching(request, data);
  if (!series.ok()) return series.status();
  std::set<ProfileTypeId> types;
  for (const auto& [labels, type] : *series) types.insert(type);
  ProfileTypesResponse out;
  for (const ProfileTypeId& t : types) {
    out.profile_types.push_back(
        {t.Text(), t.name, t.sample_type, t.sample_unit, t.period_type, t.period_unit});
  }
  return out;
}

absl::StatusOr<NamesResponse> LabelNames(const LabelNamesRequest& request, const TenantData& data) {
  const auto series = Matching(request, data);
  if (!series.ok()) return series.status();
  std::set<std::string> names;
  for (const auto& [labels, type] : *series) {
    for (const LabelSet::Pair& pair : labels.pairs()) names.emplace(pair.first);
  }
  return Listed(names);
}

absl::StatusOr<NamesResponse> LabelValues(const LabelValuesRequest& request,
                                          const TenantData& data) {
  if (request.name.empty()) return absl::InvalidArgumentError("name: expected that of a label");
  const auto series = Matching(request, data);
  if (!series.ok()) return series.status();
  std::set<std::string> values;
  for (const auto& [labels, type] : *series) {
    if (const auto value = labels.Get(request.name)) values.emplace(*value);
  }
  return Listed(values);
}

absl::StatusOr<SeriesResponse> Series(const SeriesRequest& request, const TenantData& data) {
  const auto series = Matching(request, data);
  if (!series.ok()) return series.status();
  // Series that differ in other labels alone are one.
  std::set<LabelsMessage> sets;
  for (const auto& [labels, type] : *series) {
    LabelsMessage chosen = Chosen(labels, request.label_names);
    if (!chosen.labels.empty()) sets.insert(std::move(chosen));
  }
  return SeriesResponse{.labels_set = {sets.begin(), sets.end()}};
}

absl::StatusOr<StatsResponse> StatsOf(const Selection& selection, const TenantData& data) {
  const absl::StatusOr<Catalog> catalog = data.Ask(CatalogQuestion{.selection = selection});
  if (!catalog.ok()) return catalog.status();
  StatsResponse out;
  for (const ListedSeries& series : catalog->series) {
    const int64_t oldest = Millis(series.min_time_nanos), newest = Millis(series.max_time_nanos);
    const bool first = !std::exchange(out.data_ingested, true);
    out.oldest_profile_time = first ? oldest : std::min(out.oldest_profile_time, oldest);
    out.newest_profile_time = first ? newest : std::max(out.newest_profile_time, newest);
  }
  return out;
}

absl::StatusOr<StatsResponse> GetProfileStats(const StatsRequest&, const TenantData& data) {
  return StatsOf({}, data);
}

}  // namespace dolerite::host
