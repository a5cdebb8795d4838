#include "dot.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dolerite/call_graph.h"

namespace dolerite::host {
namespace {

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(static_cast<unsigned char>(c) < ' ' ? ' ' : c);
  }
  return out + "\"";
}

// Whether each node is one of the heaviest.
std::vector<bool> Heaviest(const CallGraph& graph, size_t max_nodes) {
  std::vector<size_t> rows(graph.nodes.size());
  std::iota(rows.begin(), rows.end(), size_t{0});
  std::stable_sort(rows.begin(), rows.end(), [&](size_t a, size_t b) {
    return std::abs(graph.nodes[a].cum[0]) > std::abs(graph.nodes[b].cum[0]);
  });
  rows.resize(std::min(rows.size(), max_nodes));
  std::vector<bool> kept(graph.nodes.size());
  for (const size_t row : rows) kept[row] = true;
  return kept;
}

}  // namespace

std::string DotGraph(const Tree& tree, size_t max_nodes) {
  const CallGraph graph = MakeCallGraph(tree);
  const std::vector<bool> kept = Heaviest(graph, max_nodes);
  std::string out = absl::StrCat("digraph ", Quoted(graph.type), " {\nnode [shape=box]\n");
  for (size_t row = 0; row < graph.nodes.size(); ++row) {
    if (!kept[row]) continue;
    const CallGraph::Node& node = graph.nodes[row];
    absl::StrAppend(&out, "N", row, " [label=", Quoted(node.name), " tooltip=\"", node.flat[0],
                    " of ", node.cum[0], " ", graph.unit, "\"]\n");
  }
  for (const CallGraph::Edge& edge : graph.edges) {
    if (!kept[edge.caller] || !kept[edge.callee]) continue;
    absl::StrAppend(&out, "N", edge.caller, " -> N", edge.callee, " [label=\"", edge.weight[0],
                    "\"]\n");
  }
  return out + "}\n";
}

}  // namespace dolerite::host
