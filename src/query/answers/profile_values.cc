// Sums of values by cell, a cell being some profiles of one series. The profile table has the
// total of each profile, which answers where neither a function, a sample selector nor labels of
// samples matter; the samples of the other profiles are scanned.
#include "query/answers/profile_values.h"

#include <algorithm>
#include <array>

#include "base/status.h"
#include "query/answers/tree_core.h"
#include "query/scan/keyed_sums.h"
#include "query/scan/sample_scan.h"

namespace dolerite {

// Stacks are read only if the selection or a function makes a difference.
absl::StatusOr<StackUses> UsesOfStacks(const DatasetScan& scan, std::string_view function,
                                       bool self) {
  StackUses out;
  if (function.empty() && scan.filter.selection().stacks.empty()) return out;
  DOLERITE_ASSIGN_OR_RETURN(const MergedTables* tables, TablesFor(FrameBy::kFunction, scan));
  out.stacks = tables->stacks.size();
  DOLERITE_RETURN_IF_ERROR(scan.reader->HoldAnswer(out.stacks * 6, "selected stacks"));
  const SelectedStacks selected = SelectStacks(scan.filter, *tables);
  // Phase 1 selects stacks, phase 2 looks for the function in what is left of them.
  std::vector<char> has;  // what is left of a stack calls the function
  if (!function.empty()) has = StacksWithFunction(*selected.tables, function, self);
  for (uint32_t i = 0; i < out.stacks; ++i) {
    const uint32_t stack = selected[i];
    out.of.push_back(stack == kNoStack                ? StackUses::kNone
                     : has.empty() || has[stack] != 0 ? StackUses::kWhole
                                                      : StackUses::kZero);
  }
  return out;
}

// 128-bit totals of a table are bounded here, so that sums of them cannot overflow.
namespace {

// No profile has more samples than this.
constexpr int64_t kMaxCarry = int64_t{1} << 36;

// Cells are filled in two phases: from the table where that answers, then from samples.
class CellSums {
 public:
  CellSums(const DatasetScan& scan, const CellWants& wants, GroupKeys* keys)
      : scan_(scan), wants_(wants), table_(*scan.table), keys_(*keys), cells_(wants.count) {}

  // Takes totals from the profile table where they answer; notes the other profiles for
  // TakeSamples.
  absl::Status TakeTable() {
    DOLERITE_RETURN_IF_ERROR(scan_.reader->HoldAnswer(
        wants_.count * sizeof(Cell) + wants_.cells.size() * 8, "values of profiles"));
    in_samples_.assign(wants_.cells.size(), kNoCell);
    for (size_t p = 0; p < wants_.cells.size(); ++p) {
      if (wants_.cells[p] == kNoCell) continue;
      const ProfileRow& row = table_.profiles[p];
      Cell& cell = cells_[wants_.cells[p]];
      cell.group = keys_.SeriesGroup(row.series);
      cell.by_labels = keys_.needs_sample_labels(row.series);
      const bool always = CountsAlways(scan_, keys_, row.series);
      cell.counts = cell.counts || always;
      if (OfTable(row, always)) {
        const auto [v, scale] = scan_.values[table_.series[row.series].type];
        if (row.totals[v].carry > kMaxCarry || row.totals[v].carry < -kMaxCarry) {
          return DataLoss(scan_.reader->block().Place(), ": profiles section: profile ", p,
                          " has a total that no samples add up to");
        }
        DOLERITE_ASSIGN_OR_RETURN(const __int128 total, Scaled(row.totals[v].value(), scale));
        cell.sum += total;
        cell.counts = cell.counts || row.samples > 0;
      } else {
        in_samples_[p] = wants_.cells[p];
        any_in_samples_ = true;
        any_by_labels_ = any_by_labels_ || cell.by_labels;
      }
    }
    return absl::OkStatus();
  }

  // Profiles that the table has answered are no cell of this scan.
  absl::Status TakeSamples(QueryCost* cost) {
    if (!any_in_samples_) return absl::OkStatus();
    DOLERITE_ASSIGN_OR_RETURN(uses_, UsesOfStacks(scan_, wants_.function, wants_.self));
    RowWants rows;
    rows.meant_value = true;
    rows.cells = &in_samples_;
    rows.labels = any_by_labels_;
    rows.heads = wants_.heads;
    return ScanSamples(scan_, rows, uses_.stacks, cost, [this](const RowBatch& batch) {
      Take(batch);
      return absl::OkStatus();
    });
  }

  // Cells whose group follows from the series, then those of groups by samples' labels.
  std::vector<CellValue> Values() const {
    std::vector<CellValue> out;
    for (uint32_t c = 0; c < cells_.size(); ++c) {
      if (cells_[c].counts) out.push_back({c, cells_[c].group, cells_[c].sum});
    }
    for (size_t i = 0; i < labelled_.size(); ++i) {
      const KeyedSums::Key key = labelled_.key(i);
      out.push_back({key.first, key.second, labelled_.values(i)[0]});
    }
    return out;
  }

 private:
  struct Cell {
    uint32_t group = 0;      // of the series' labels
    bool by_labels = false;  // the group is of each sample
    bool counts = false;     // in `group`
    __int128 sum = 0;
  };

  // Whether the profile's total, or its mere presence, answers.
  bool OfTable(const ProfileRow& row, bool always) const {
    if (!wants_.values && always) return true;
    return wants_.function.empty() && !scan_.filter.selection().selects_samples() &&
           !keys_.needs_sample_labels(row.series);
  }

  // A sample that is selected but lacks the function counts as 0: its profile was seen.
  void Take(const RowBatch& batch) {
    for (size_t i = 0; i < batch.rows; ++i) {
      const StackUses::Use use = uses_[batch.stacks[i]];
      if (use == StackUses::kNone) continue;
      const __int128 value = use == StackUses::kWhole ? batch.scaled(i) : 0;
      const uint32_t at = batch.cell_of(i);
      Cell& cell = cells_[at];
      if (cell.by_labels) {
        const uint32_t group = keys_.GroupOf(cell.group, batch.labels[i]);
        labelled_.Add({at, group}, std::array<__int128, 1>{value});
      } else {
        cell.sum += value;
        cell.counts = true;
      }
    }
  }

  const DatasetScan& scan_;
  const CellWants& wants_;
  const ProfileTable& table_;
  GroupKeys& keys_;
  std::vector<Cell> cells_;
  KeyedSums labelled_;                // by cell and group
  std::vector<uint32_t> in_samples_;  // by profile: its cell, if samples are to be read
  bool any_in_samples_ = false, any_by_labels_ = false;
  StackUses uses_;
};

}  // namespace

// Types may lack the sample type that is asked for.
std::vector<char> ProfilesWithValue(const DatasetScan& scan) {
  std::vector<char> with = scan.selected;
  for (size_t p = 0; p < with.size(); ++p) {
    const uint32_t type = scan.table->series[scan.table->profiles[p].series].type;
    if (scan.values[type].row == kNoValue) with[p] = 0;
  }
  return with;
}

// Whether a profile without selected samples counts: then its value is 0.
bool CountsAlways(const DatasetScan& scan, const GroupKeys& keys, uint32_t series) {
  return keys.complete(series) && !scan.filter.selection().selects_links();
}

absl::StatusOr<std::vector<CellValue>> SumCells(const DatasetScan& scan, const CellWants& wants,
                                                GroupKeys* keys, QueryCost* cost) {
  CellSums sums(scan, wants, keys);
  DOLERITE_RETURN_IF_ERROR(sums.TakeTable());
  DOLERITE_RETURN_IF_ERROR(sums.TakeSamples(cost));
  return sums.Values();
}

}  // namespace dolerite
