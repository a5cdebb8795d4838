// One walk in pre-order. A name counts its total only where it is not on the path already, so
// recursion counts once.
#include <algorithm>
#include <tuple>

#include "dolerite/top.h"

namespace dolerite {

std::vector<TopRow> Top(const Tree& tree) {
  const size_t columns = tree.columns.size();
  std::vector<TopRow> by_name(tree.names.size());
  for (TopRow& row : by_name) row.flat.resize(columns), row.cum.resize(columns);
  // The path from the root, and how often each name is on it.
  std::vector<uint32_t> path = {0}, on_path(tree.names.size(), 0);
  std::vector<char> seen(tree.names.size(), 0);
  for (uint32_t node = 1; node < tree.size(); ++node) {
    // Leaves the rows that the next node is not below.
    for (; path.size() > 1 && path.back() != tree.parent[node]; path.pop_back()) {
      --on_path[tree.name[path.back()].value];
    }
    const uint32_t name = tree.name[node].value;
    seen[name] = 1;
    for (size_t c = 0; c < columns; ++c) {
      by_name[name].flat[c] += tree.columns[c].self[node];
      if (on_path[name] == 0) by_name[name].cum[c] += tree.columns[c].total[node];
    }
    ++on_path[name];
    path.push_back(node);
  }
  std::vector<TopRow> rows;
  for (uint32_t name = 0; name < by_name.size(); ++name) {
    if (!seen[name]) continue;
    by_name[name].name = tree.names[StringId{name}];
    rows.push_back(std::move(by_name[name]));
  }
  // Rows of equal weight are in the order of names, so the order of nodes does not show.
  std::sort(rows.begin(), rows.end(), [](const TopRow& a, const TopRow& b) {
    if (a.flat.back() != b.flat.back()) return a.flat.back() > b.flat.back();
    if (a.cum.back() != b.cum.back()) return a.cum.back() > b.cum.back();
    return a.name < b.name;
  });
  return rows;
}

}  // namespace dolerite
