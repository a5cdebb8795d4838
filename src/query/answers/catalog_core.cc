// A catalog needs the profile table alone: one entry for each series and type, with the number of
// its profiles and their range of time. Only if labels of samples are asked for are samples read,
// and then their label sets are marked first and put into words once each.
#include "query/answers/catalog_core.h"

#include <algorithm>

#include "base/pace.h"
#include "base/status.h"
#include "query/answers/best_profiles.h"
#include "query/answers/tree_core.h"
#include "query/question_fields.h"
#include "query/scan/sample_scan.h"
#include "query/select/label_selection.h"
#include "query/select/stack_selection.h"

namespace dolerite {

template <class Wire>
void Fields(Wire& wire, CatalogCore::Seen& s) {
  wire(s.profiles, s.min_time, s.max_time);
}
template <class Wire>
void Fields(Wire& wire, CatalogCore::SeriesKey& k) {
  wire(k.type, k.labels);
}

std::vector<ProfileType> Catalog::ProfileTypes() const {
  std::vector<ProfileType> types;  // ascending, as those of series do
  for (const ListedSeries& s : series) {
    if (types.empty() || types.back() != *s.type) types.push_back(*s.type);
  }
  return types;
}

std::map<std::string, std::set<std::string>> Catalog::SeriesLabels() const {
  std::map<std::string, std::set<std::string>> labels;
  for (const ListedSeries& s : series) {
    for (const auto& [name, value] : s.labels.pairs()) labels[std::string(name)].emplace(value);
  }
  return labels;
}

// Counts add up and ranges join, so the order does not matter.
void CatalogCore::Seen::Add(const Seen& other) {
  profiles += other.profiles;
  min_time = std::min(min_time, other.min_time);
  max_time = std::max(max_time, other.max_time);
}

// Both count what they add in `bytes_`, so that the size of the answer is known without a walk over
// it. `more` ascends, so most series belong right behind the one before.
template <class Series>
void CatalogCore::AddSeries(const Series& more) {
  auto next = series_.begin();
  const ProfileType* last_type = nullptr;
  for (const auto& [key, seen] : more) {
    const size_t before = series_.size();
    const auto at = series_.try_emplace(next, key);
    if (series_.size() > before) {
      bytes_ += kMapEntryBytes + sizeof key + sizeof seen + key.labels.memory_bytes();
      if (key.type.get() != last_type) bytes_ += MemoryOf(*key.type);
      last_type = key.type.get();
    }
    at->second.Add(seen);
    next = std::next(at);
  }
}

void CatalogCore::AddLabels(const SampleLabels& more) {
  for (const auto& [name, values] : more) {
    const auto [at, is_new] = sample_labels_.try_emplace(name);
    if (is_new) bytes_ += name.size() + 160;
    for (const std::string& value : values) {
      if (at->second.insert(value).second) bytes_ += value.size() + 96;
    }
  }
}

namespace {

// Labels of the samples whose stacks the selection takes. Costs a mark for each row; texts are made
// once for each label, not once for each sample.
absl::Status FindSampleLabels(const DatasetScan& scan, bool heads, QueryCost* cost,
                              std::map<std::string, std::set<std::string>>* found) {
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, TablesFor(FrameBy::kFunction, scan));
  DOLERITE_ASSIGN_OR_RETURN(tables, scan.reader->Labels());  // and these
  const SelectedStacks stacks = SelectStacks(scan.filter, *tables);
  const Symbols& symbols = tables->symbols;
  // Phase 1: which sets do samples have? One mark for each row of the scan.
  std::vector<char> sets(symbols.attribute_sets.size());
  RowWants wants;
  wants.values = false;
  wants.labels = true;
  wants.heads = heads;
  DOLERITE_RETURN_IF_ERROR(
      ScanSamples(scan, wants, tables->stacks.size(), cost, [&](const RowBatch& batch) {
        for (size_t i = 0; i < batch.rows; ++i) {
          if (stacks[batch.stacks[i]] != kNoStack) sets[batch.labels[i]] = 1;
        }
        return absl::OkStatus();
      }));
  // Phase 2: which labels are in these sets?
  std::vector<char> labels(symbols.attributes.size());
  for (uint32_t set = 0; set < sets.size(); ++set) {
    if (!sets[set]) continue;
    for (const AttributeId* l = symbols.attribute_sets.begin(set);
         l != symbols.attribute_sets.end(set); ++l) {
      labels[l->value] = 1;
    }
  }
  // Phase 3: names and values as text, each label once.
  for (uint32_t l = 0; l < labels.size(); ++l) {
    if (!labels[l]) continue;
    const std::string_view name = symbols.strings[symbols.attributes.key[l]];
    (*found)[std::string(name)].insert(LabelText(symbols, {l}));
  }
  return absl::OkStatus();
}

}  // namespace

// Works on rows of the table, and puts them into words at the end.
absl::StatusOr<std::unique_ptr<Contribution>> CatalogCore::Read(const DatasetView& view,
                                                                QueryCost* cost) const {
  auto out = std::make_unique<Found>();
  const DatasetScan& scan = view.scans[0];
  // By row first: comparing rows is cheaper than comparing label sets. The table's series ascend by
  // type and labels, as the answer's do.
  const ProfileTable& table = *scan.table;
  std::vector<Seen> by_series(table.series.size());
  for (size_t p = 0; p < scan.selected.size(); ++p) {
    if (!scan.selected[p]) continue;
    const ProfileRow& row = table.profiles[p];
    by_series[row.series].Add({1, row.time_nanos, row.time_nanos});
  }
  std::shared_ptr<const ProfileType> type;
  uint32_t type_row = UINT32_MAX;
  for (size_t s = 0; s < by_series.size(); ++s) {
    if (by_series[s].profiles == 0) continue;
    const Series& series = table.series[s];
    if (series.type != type_row) type = std::make_shared<ProfileType>(table.types[series.type]);
    type_row = series.type;
    out->series.push_back({{type, series.labels}, by_series[s]});
  }
  if (!question_.sample_labels) return out;
  DOLERITE_RETURN_IF_ERROR(FindSampleLabels(scan, view.options->heads, cost, &out->sample_labels));
  return out;
}

absl::Status CatalogCore::Add(Contribution&& contribution, const CallContext&) {
  const Found& found = static_cast<Found&>(contribution);
  AddSeries(found.series);
  AddLabels(found.sample_labels);
  return absl::OkStatus();
}
absl::Status CatalogCore::Merge(QueryCore&& other, const CallContext&) {
  const CatalogCore& more = static_cast<CatalogCore&>(other);
  AddSeries(more.series_);
  AddLabels(more.sample_labels_);
  return absl::OkStatus();
}

void CatalogCore::Encode(PartialWriter* wire) const { (*wire)(series_, sample_labels_); }
// Counts are not checked, since nothing is computed from them.
void CatalogCore::Decode(PartialReader* wire) {
  Found found;
  (*wire)(found.series, found.sample_labels);
  // Each series has read a type of its own.
  for (size_t i = 1; i < found.series.size(); ++i) {
    const std::shared_ptr<const ProfileType>& before = found.series[i - 1].first.type;
    std::shared_ptr<const ProfileType>& type = found.series[i].first.type;
    if (*type == *before) type = before;
  }
  AddSeries(found.series);
  AddLabels(found.sample_labels);
}

absl::StatusOr<Catalog> CatalogCore::Finish(const std::vector<Measure>&,
                                            const CatalogQuestion::Finish&,
                                            const CallContext& call) {
  Catalog out;
  out.series.reserve(series_.size());
  Pace pace;
  for (const auto& [key, seen] : series_) {
    if (pace.IsDue()) DOLERITE_RETURN_IF_ERROR(call.Check());
    out.series.push_back({key.type, key.labels, seen.profiles, seen.min_time, seen.max_time});
  }
  out.sample_labels = std::move(sample_labels_);
  return out;
}

std::unique_ptr<QueryCore> MakeCore(CatalogQuestion question) {
  return std::make_unique<CatalogCore>(std::move(question));
}

}  // namespace dolerite
