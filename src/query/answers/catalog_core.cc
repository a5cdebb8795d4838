// A catalog needs the profile table alone: one entry for each series and type, with the number of
// its profiles and their range of time. Only if labels of samples are asked for are samples read,
// and then their label sets are marked first and put into words once each.
#include "query/answers/catalog_core.h"

#include <algorithm>

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
void Fields(Wire& wire, CatalogCore::Found& f) {
  wire(f.series, f.sample_labels);
}

std::vector<ProfileType> Catalog::ProfileTypes() const {
  std::set<ProfileType> types;
  for (const ListedSeries& s : series) types.insert(s.type);
  return {types.begin(), types.end()};
}

std::map<std::string, std::set<std::string>> Catalog::SeriesLabels() const {
  std::map<std::string, std::set<std::string>> labels;
  for (const ListedSeries& s : series) {
    for (const auto& [name, value] : s.labels.pairs()) labels[name].insert(value);
  }
  return labels;
}

// Counts add up and ranges join, so the order does not matter.
void CatalogCore::Seen::Add(const Seen& other) {
  profiles += other.profiles;
  min_time = std::min(min_time, other.min_time);
  max_time = std::max(max_time, other.max_time);
}

// Counts what it adds in `bytes`, so that the size of the answer is known without a walk over it.
void CatalogCore::Found::Add(const Found& other) {
  for (const auto& [key, seen] : other.series) {
    const auto [at, is_new] = series.try_emplace(key);
    if (is_new) bytes += 512 + MemoryOf(key.second);
    at->second.Add(seen);
  }
  for (const auto& [name, values] : other.sample_labels) {
    const auto [at, is_new] = sample_labels.try_emplace(name);
    if (is_new) bytes += name.size() + 160;
    for (const std::string& value : values) {
      if (at->second.insert(value).second) bytes += value.size() + 96;
    }
  }
}

namespace {

// Labels of the samples whose stacks the selection takes.
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
  // By row first: comparing rows is cheaper than comparing label sets.
  std::map<uint32_t, Seen> by_series;
  for (size_t p = 0; p < scan.selected.size(); ++p) {
    if (!scan.selected[p]) continue;
    const ProfileRow& row = scan.table->profiles[p];
    by_series[row.series].Add({1, row.time_nanos, row.time_nanos});
  }
  for (const auto& [row, seen] : by_series) {
    const Series& series = scan.table->series[row];
    out->series[{scan.table->types[series.type], series.labels}].Add(seen);
  }
  if (!question_.sample_labels) return out;
  DOLERITE_RETURN_IF_ERROR(FindSampleLabels(scan, view.options->heads, cost, &out->sample_labels));
  return out;
}

absl::Status CatalogCore::Add(Contribution&& contribution, const CallContext&) {
  found_.Add(static_cast<Found&>(contribution));
  return absl::OkStatus();
}
absl::Status CatalogCore::Merge(QueryCore&& other, const CallContext&) {
  found_.Add(static_cast<CatalogCore&>(other).found_);
  return absl::OkStatus();
}

void CatalogCore::Encode(PartialWriter* wire) const { (*wire)(found_); }
// Counts are not checked, since nothing is computed from them.
void CatalogCore::Decode(PartialReader* wire) {
  Found found;
  (*wire)(found);
  found_.Add(found);
}

absl::StatusOr<Catalog> CatalogCore::Finish(const std::vector<Measure>&,
                                            const CatalogQuestion::Finish&, const CallContext&) {
  Catalog out;
  for (const auto& [key, seen] : found_.series) {
    out.series.push_back({key.first, key.second, seen.profiles, seen.min_time, seen.max_time});
  }
  out.sample_labels = std::move(found_.sample_labels);
  return out;
}

std::unique_ptr<QueryCore> MakeCore(CatalogQuestion question) {
  return std::make_unique<CatalogCore>(std::move(question));
}

}  // namespace dolerite
