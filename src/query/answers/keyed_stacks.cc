// Sums by stack and key, where a key is a group of labels and, for gauges, a series. The scan is
// asked for cells of the profile table, one for each series or group, so that heads answer what
// lies in one cell; labels of samples refine the group row by row.
#include "query/answers/keyed_stacks.h"

#include <array>
#include <utility>

#include "base/pace.h"
#include "base/status.h"
#include "query/answers/fold_stacks.h"
#include "query/answers/profile_values.h"
#include "query/answers/tree_core.h"
#include "query/scan/group_keys.h"
#include "query/scan/sample_scan.h"
#include "query/select/stack_selection.h"

namespace dolerite {

namespace {

// The keys of one dataset, numbered as they are met.
// Keys are few, rows of samples many: a sample costs a look-up by two numbers.
class KeyRows {
 public:
  KeyRows(const DatasetScan& scan, const GroupKeys& groups, std::vector<NodeSums::Key>* keys)
      : scan_(scan), groups_(groups), keys_(*keys) {}

  // `series` is a row of the profile table's series, or kNoSeries.
  uint32_t RowOf(uint32_t group, uint32_t series) {
    const auto [at, is_new] =
        rows_.try_emplace({group, series}, static_cast<uint32_t>(keys_.size()));
    if (is_new) {
      keys_.emplace_back(groups_.labels(group),
                         series == kNoSeries ? LabelSet() : scan_.table->series[series].labels);
    }
    return at->second;
  }

  static constexpr uint32_t kNoSeries = UINT32_MAX;

 private:
  const DatasetScan& scan_;
  const GroupKeys& groups_;
  std::vector<NodeSums::Key>& keys_;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> rows_;
};

// Profiles by series, for the average of gauges.
void CountProfiles(const DatasetScan& scan, const std::vector<char>& counted,
                   std::map<LabelSet, uint64_t>* profiles) {
  std::map<uint32_t, uint64_t> by_series;
  for (size_t p = 0; p < counted.size(); ++p) {
    if (counted[p]) ++by_series[scan.table->profiles[p].series];
  }
  for (const auto& [series, count] : by_series) {
    (*profiles)[scan.table->series[series].labels] += count;
  }
}

// Stacks with values become nodes.
absl::Status Fold(const MergedTables& tables, const KeyedSums& by_stack, FrameBy by,
                  const CallContext& call, KeyedStacks* out) {
  std::vector<char> wanted(tables.stacks.size(), 0);
  for (size_t i = 0; i < by_stack.size(); ++i) wanted[by_stack.key(i).second] = 1;
  DOLERITE_ASSIGN_OR_RETURN(FoldedStacks folded,
                            FoldStacks(tables, std::move(wanted), by, 0, call));
  for (size_t i = 0; i < by_stack.size(); ++i) {
    const auto [row, stack] = by_stack.key(i);
    out->sums.Add({row, folded.node[stack]}, by_stack.values(i));
  }
  out->tree = std::move(folded.tree);
  return absl::OkStatus();
}

}  // namespace

// Phase 1 chooses cells, phase 2 scans and adds up by (key, stack). Memory grows with distinct
// pairs and is counted batch by batch.
absl::StatusOr<KeyedStacks> SumByKey(const DatasetView& view, const KeyedWants& wants,
                                     QueryCost* cost) {
  KeyedStacks out;
  const DatasetScan& scan = view.scans[0];
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, TablesFor(wants.by, scan));
  const SelectedStacks stacks = SelectStacks(scan.filter, *tables);
  DOLERITE_ASSIGN_OR_RETURN(GroupKeys groups, GroupKeys::Make(scan, wants.group_by));

  // A cell of the scan is a series, or a group of series: heads answer what lies in one cell.
  std::vector<char> counted = ProfilesWithValue(scan);
  std::vector<uint32_t> cells(counted.size(), kNoCell);
  for (size_t p = 0; p < cells.size(); ++p) {
    if (!counted[p]) continue;
    const uint32_t series = scan.table->profiles[p].series;
    cells[p] = wants.by_series ? series : groups.SeriesGroup(series);
  }
  // With links a profile counts only once one of its samples was seen.
  const bool by_links = wants.by_series && scan.filter.selection().selects_links();
  if (by_links) counted.assign(counted.size(), 0);

  RowWants rows;
  rows.meant_value = true;
  rows.cells = &cells;
  rows.labels = groups.needs_sample_labels();
  rows.profiles = by_links;
  rows.heads = view.options->heads;
  KeyedSums by_stack;
  KeyRows keys(scan, groups, &out.keys);
  DOLERITE_RETURN_IF_ERROR(
      ScanSamples(scan, rows, tables->stacks.size(), cost, [&](const RowBatch& batch) {
        for (size_t i = 0; i < batch.rows; ++i) {
          const uint32_t stack = stacks[batch.stacks[i]];
          if (stack == kNoStack) continue;
          if (by_links) counted[batch.profiles[i]] = 1;
          if (batch.values[0][i] == 0) continue;  // as most values of gauges of a heap are
          const uint32_t cell = batch.cell_of(i);
          uint32_t group = wants.by_series ? groups.SeriesGroup(cell) : cell;
          if (rows.labels) group = groups.GroupOf(group, batch.labels[i]);
          const uint32_t row = keys.RowOf(group, wants.by_series ? cell : KeyRows::kNoSeries);
          by_stack.Add({row, stack}, std::array<__int128, 1>{batch.scaled(i)});
        }
        return scan.reader->HoldAtMost(by_stack.memory_bytes(), "sums of groups");
      }));
  if (wants.by_series) CountProfiles(scan, counted, &out.profiles);
  DOLERITE_RETURN_IF_ERROR(HoldFrames(wants.by, view));
  DOLERITE_RETURN_IF_ERROR(
      scan.reader->HoldAnswer(stacks.tables->stacks.size() * kFoldBytes, "nodes of stacks"));
  DOLERITE_RETURN_IF_ERROR(Fold(*stacks.tables, by_stack, wants.by, view.options->call, &out));
  return out;
}

// Keys of the dataset become rows of the answer, nodes of its tree nodes of the shared one.
absl::Status AddKeyed(const KeyedStacks& from, const CallContext& call, FrameTree* tree,
                      NodeSums* sums) {
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<uint32_t> nodes, tree->Merge(from.tree, call));
  std::vector<uint32_t> rows;
  Pace pace;
  for (const NodeSums::Key& key : from.keys) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    rows.push_back(sums->RowOf(key));
  }
  for (size_t i = 0; i < from.sums.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    const auto [row, node] = from.sums.key(i);
    sums->Add(rows[row], nodes[node], from.sums.values(i)[0]);
  }
  for (const auto& [series, profiles] : from.profiles) {
    DOLERITE_RETURN_IF_ERROR(pace.Check(call));
    sums->CountProfiles(series, profiles);
  }
  return absl::OkStatus();
}

}  // namespace dolerite
