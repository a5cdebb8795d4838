#include "dolerite/diff_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dolerite/top.h"

namespace dolerite {
namespace {

double Share(int64_t value, uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(value) / static_cast<double>(all);
}

// Symmetric: the score of a row changes its sign when the sides are exchanged.
double Score(double base, double against) {
  const double size = std::fabs(base) + std::fabs(against);
  const double change = against - base;
  return size == 0 ? 0 : change * (std::fabs(change) / size);
}

double ScoreOf(const DiffRow& row, ChangeOf measure) {
  if (measure == ChangeOf::kShare) return Score(row.base_cum_share, row.against_cum_share);
  return Score(static_cast<double>(row.base_cum), static_cast<double>(row.against_cum));
}

// Moves the name out of the row of Top, which has two columns.
DiffRow MakeRow(TopRow&& top, uint64_t base_all, uint64_t against_all, ChangeOf measure) {
  DiffRow row;
  row.name = std::move(top.name);
  row.base_flat = top.flat[0], row.against_flat = top.flat[1];
  row.base_cum = top.cum[0], row.against_cum = top.cum[1];
  row.base_flat_share = Share(row.base_flat, base_all);
  row.against_flat_share = Share(row.against_flat, against_all);
  row.base_cum_share = Share(row.base_cum, base_all);
  row.against_cum_share = Share(row.against_cum, against_all);
  row.score = ScoreOf(row, measure);
  return row;
}

// Names break ties, so the order of nodes does not show.
bool Before(const DiffRow& a, const DiffRow& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.flat_change() != b.flat_change()) return a.flat_change() > b.flat_change();
  return a.name < b.name;
}

}  // namespace

std::vector<DiffRow> DiffTable(const Tree& tree, ChangeOf measure) {
  if (tree.columns.size() != 2 || tree.size() == 0) return {};
  const uint64_t base_all = tree.Magnitude(0), against_all = tree.Magnitude(1);
  std::vector<DiffRow> rows;
  // A name that recurs on one stack counts once there.
  for (TopRow& top : Top(tree)) {
    rows.push_back(MakeRow(std::move(top), base_all, against_all, measure));
  }
  std::sort(rows.begin(), rows.end(), Before);
  return rows;
}

}  // namespace dolerite
