#include "dolerite/diff_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dolerite/top.h"

namespace dolerite {
namespace {

double Share(int64_t value, int64_t total) {
  return total == 0 ? 0 : static_cast<double>(value) / std::fabs(static_cast<double>(total));
}

double Score(double base, double against) {
  const double size = std::fabs(base) + std::fabs(against);
  const double change = against - base;
  return size == 0 ? 0 : change * (std::fabs(change) / size);
}

double ScoreOf(const DiffRow& row, ChangeOf measure) {
  if (measure == ChangeOf::kShare) return Score(row.base_cum_share, row.against_cum_share);
  return Score(static_cast<double>(row.base_cum), static_cast<double>(row.against_cum));
}

DiffRow MakeRow(TopRow&& top, int64_t base_total, int64_t against_total, ChangeOf measure) {
  DiffRow row;
  row.name = std::move(top.name);
  row.base_flat = top.flat[0], row.against_flat = top.flat[1];
  row.base_cum = top.cum[0], row.against_cum = top.cum[1];
  row.base_flat_share = Share(row.base_flat, base_total);
  row.against_flat_share = Share(row.against_flat, against_total);
  row.base_cum_share = Share(row.base_cum, base_total);
  row.against_cum_share = Share(row.against_cum, against_total);
  row.score = ScoreOf(row, measure);
  return row;
}

bool Before(const DiffRow& a, const DiffRow& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.flat_change() != b.flat_change()) return a.flat_change() > b.flat_change();
  return a.name < b.name;
}

}  // namespace

std::vector<DiffRow> DiffTable(const Tree& tree, ChangeOf measure) {
  if (tree.columns.size() != 2 || tree.size() == 0) return {};
  std::vector<DiffRow> rows;
  for (TopRow& top : Top(tree)) {
    rows.push_back(
        MakeRow(std::move(top), tree.columns[0].total[0], tree.columns[1].total[0], measure));
  }
  std::sort(rows.begin(), rows.end(), Before);
  return rows;
}

}  // namespace dolerite
