// Groups are made in two steps. Make gives each selected series the group of its own labels, and
// finds out which groups samples may complete. GroupOf then looks a sample up by that group and its
// label set, so that labels are put together once for each pair.
#include "query/scan/group_keys.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/pace.h"
#include "base/status.h"
#include "query/select/label_selection.h"

namespace dolerite {

namespace {

constexpr uint32_t kNoGroup = UINT32_MAX;

bool Has(const LabelSet& labels, std::string_view name) {
  return !labels.Get(name).value_or("").empty();
}

// By series: whether some profile of it is selected.
std::vector<char> SelectedSeries(const DatasetScan& scan) {
  std::vector<char> selected(scan.table->series.size(), 0);
  for (size_t p = 0; p < scan.selected.size(); ++p) {
    if (scan.selected[p]) selected[scan.table->profiles[p].series] = 1;
  }
  return selected;
}

// Those of the names that some label of the dataset's samples has. One pass over the labels, which
// may be many, finds their keys, which are few.
absl::StatusOr<std::vector<std::string>> NamesInSamples(const Symbols& symbols,
                                                        const std::vector<std::string>& names,
                                                        const CallContext& call) {
  std::vector<char> is_key(symbols.strings.size(), 0);
  Pace pace;
  for (const StringId key : symbols.attributes.key) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    is_key[key.value] = 1;
  }
  std::vector<std::string> out;
  for (uint32_t s = 0; s < is_key.size(); ++s) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    if (!is_key[s]) continue;
    const auto at = std::find(names.begin(), names.end(), symbols.strings[StringId{s}]);
    if (at != names.end()) out.push_back(*at);
  }
  return out;
}

}  // namespace

absl::Status CheckGroupBy(const std::vector<std::string>& group_by) {
  if (std::count(group_by.begin(), group_by.end(), "") == 0) return absl::OkStatus();
  return InvalidArgument("group by: a label needs a name");
}

// The dataset's labels are read only if a selected series lacks a name, which most do not.
absl::StatusOr<GroupKeys> GroupKeys::Make(const DatasetScan& scan,
                                          const std::vector<std::string>& group_by) {
  const std::vector<Series>& series = scan.table->series;
  GroupKeys keys;
  keys.names_ = group_by;
  keys.use_.assign(series.size(), Use::kComplete);
  keys.series_group_.assign(series.size(), kNoGroup);
  const std::vector<char> selected = SelectedSeries(scan);
  bool complete = true;
  Pace pace;
  for (uint32_t s = 0; s < series.size(); ++s) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(scan.reader->Check());
    if (!selected[s]) continue;
    keys.AddSeries(series[s], s);
    complete = complete && keys.complete(s);
  }
  if (complete) return keys;
  // Some series lacks a name: labels of samples may have it, if any sample of the dataset has it.
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, scan.reader->Labels());
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                            NamesInSamples(tables->symbols, group_by, scan.reader->call()));
  std::vector<char> in_samples;  // by group: whether it lacks one of these names
  for (const LabelSet& labels : keys.labels_) {
    in_samples.push_back(std::any_of(names.begin(), names.end(),
                                     [&](const std::string& name) { return !Has(labels, name); }));
  }
  for (uint32_t s = 0; s < series.size(); ++s) {
    if (keys.use_[s] != Use::kNowhere || !in_samples[keys.series_group_[s]]) continue;
    keys.use_[s] = Use::kSamples;
    keys.symbols_ = &tables->symbols;
  }
  keys.seed_ = SeedFor(tables);
  return keys;
}

// A series that lacks a name is kNowhere until Make has looked for the name in the samples.
void GroupKeys::AddSeries(const Series& series, uint32_t row) {
  LabelSet labels;
  for (const std::string& name : names_) {
    if (Has(series.labels, name)) {
      labels.Set(name, *series.labels.Get(name));
    } else {
      use_[row] = Use::kNowhere;
    }
  }
  series_group_[row] = Add(labels);
}

uint32_t GroupKeys::Add(const LabelSet& labels) {
  const auto [at, is_new] = groups_.try_emplace(labels, static_cast<uint32_t>(labels_.size()));
  if (is_new) labels_.push_back(labels);
  return at->second;
}

// A set is put into words once for each group of series that meets it.
uint32_t GroupKeys::GroupOf(uint32_t series_group, uint32_t label_set) {
  if (symbols_ == nullptr || label_set == 0) return series_group;
  const uint64_t both = (uint64_t{series_group} << 32) | label_set;
  const uint32_t row = rows_.FindOrAdd(
      MixHash(seed_, both),
      [&](uint32_t r) {
        return found_[r].series_group == series_group && found_[r].label_set == label_set;
      },
      [&] {
        // Of several values of one name the smallest that is not empty counts.
        LabelSet labels = labels_[series_group];
        for (const std::string& name : names_) {
          if (Has(labels_[series_group], name)) continue;
          const std::vector<std::string> texts = LabelTexts(*symbols_, {label_set}, name);
          const auto least = std::min_element(texts.begin(), texts.end(),
                                              [](const std::string& a, const std::string& b) {
                                                return std::pair(a.empty(), std::string_view(a)) <
                                                       std::pair(b.empty(), std::string_view(b));
                                              });
          if (!least->empty()) labels.Set(name, *least);
        }
        found_.push_back({series_group, label_set, Add(labels)});
        return static_cast<uint32_t>(found_.size() - 1);
      });
  return found_[row].group;
}

}  // namespace dolerite
