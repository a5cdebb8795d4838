// Questions about stacks. All are asked as a StacktracesRequest; a tree answers those for flame
// graphs, tree bytes and graphs, a merged profile those for pprof.
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "asked.h"
#include "dolerite/call_graph.h"
#include "dolerite/pprof.h"
#include "dolerite/pyroscope.h"
#include "querier.h"

namespace dolerite::host {
namespace {

constexpr size_t kDefaultNodes = 8192;

// Takes names and levels out of `flame`.
FlameGraphMessage MessageOf(FlamebearerLevels* flame) {
  FlameGraphMessage out{.names = std::move(flame->names),
                        .levels = {},
                        .total = flame->total,
                        .max_self = flame->max_self};
  for (std::vector<int64_t>& level : flame->levels) out.levels.push_back({std::move(level)});
  return out;
}

// Clients read these texts as protobuf's, which are UTF-8.
void MendTexts(StringTable* strings) {
  StringTable mended;
  for (uint32_t row = 1; row < strings->size(); ++row) {
    mended.Add(ToUtf8(std::string((*strings)[StringId{row}])));
  }
  *strings = std::move(mended);
}

absl::StatusOr<Encoded<Pprof>> PprofOf(absl::StatusOr<Profile> profile) {
  if (!profile.ok()) return profile.status();
  MendTexts(&profile->symbols.strings);
  absl::StatusOr<std::string> bytes = WritePprof(*profile, {.gzip = false});
  if (!bytes.ok()) return bytes.status();
  return Encoded<Pprof>{{*std::move(bytes)}};
}

absl::StatusOr<StacktracesResponse> PprofAnswer(const StacktracesRequest& request,
                                                const TenantData& data) {
  absl::StatusOr<Encoded<Pprof>> pprof = PprofOf(MergedProfile(request, data));
  if (!pprof.ok()) return pprof.status();
  return StacktracesResponse{.pprof = PprofProfile{*std::move(pprof)}};
}

absl::StatusOr<StacktracesResponse> TreeAnswer(const Tree& tree, ProfileFormat format) {
  StacktracesResponse out;
  if (format == ProfileFormat::kTree) {
    absl::StatusOr<std::string> bytes = ToPyroscopeTree(tree);
    if (!bytes.ok()) return bytes.status();
    out.tree.data = *std::move(bytes);
  } else {
    absl::StatusOr<FlamebearerLevels> flame = ToFlamebearerLevels(tree);
    if (!flame.ok()) return flame.status();
    out.flamegraph = MessageOf(&*flame);
  }
  return out;
}

// A text of DOT, with spaces for control characters.
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

// Functions, and the calls between them, in the DOT language of Graphviz: of the `max_nodes`
// functions with the largest values, those of their callees included. The tree was not cut.
std::string DotGraph(const Tree& tree, size_t max_nodes) {
  // Nodes are chosen first, as an edge needs both its ends.
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

// Graphs need all nodes: what a tree was cut to has lost calls.
absl::StatusOr<StacktracesResponse> DotAnswer(const StacktracesRequest& request,
                                              const TenantData& data) {
  const absl::StatusOr<Selection> selection = SelectionOf(request);
  if (!selection.ok()) return selection.status();
  const absl::StatusOr<Tree> tree = data.Ask(TreeQuestion{.selection = *selection, .kinds = {}});
  if (!tree.ok()) return tree.status();
  const auto nodes = static_cast<size_t>(request.max_nodes.value_or(0));
  return StacktracesResponse{.dot = DotGraph(*tree, nodes > 0 ? nodes : 100)};
}

}  // namespace

size_t NodesOf(const std::optional<int64_t>& max_nodes) {
  const int64_t nodes = max_nodes.value_or(0);
  return nodes > 0 ? static_cast<size_t>(nodes) : kDefaultNodes;
}

absl::StatusOr<Tree> MergedTree(const StacktracesRequest& request, const TenantData& data) {
  const absl::StatusOr<Selection> selection = SelectionOf(request);
  if (!selection.ok()) return selection.status();
  return data.Ask(TreeQuestion{.selection = *selection, .kinds = {}},
                  {.max_nodes = NodesOf(request.max_nodes)});
}

absl::StatusOr<DiffQuestion> DiffQuestionOf(const DiffRequest& request) {
  absl::StatusOr<Selection> left = SelectionOf(request.left);
  if (!left.ok()) return left.status();
  absl::StatusOr<Selection> right = SelectionOf(request.right);
  if (!right.ok()) return right.status();
  return DiffQuestion{.base = *std::move(left), .against = *std::move(right), .kinds = {}};
}

absl::StatusOr<Tree> DiffTree(const DiffRequest& request, const TenantData& data) {
  const absl::StatusOr<DiffQuestion> question = DiffQuestionOf(request);
  if (!question.ok()) return question.status();
  return data.Ask(*question, {.max_nodes = NodesOf(request.left.max_nodes)});
}

absl::StatusOr<StacktracesResponse> SelectMergeStacktraces(const StacktracesRequest& request,
                                                           const TenantData& data) {
  // Formats that this host does not know come as numbers.
  switch (request.format) {
    case ProfileFormat::kUnspecified:
    case ProfileFormat::kFlamegraph:
    case ProfileFormat::kTree: {
      const absl::StatusOr<Tree> tree = MergedTree(request, data);
      if (!tree.ok()) return tree.status();
      return TreeAnswer(*tree, request.format);
    }
    case ProfileFormat::kDot:
      return DotAnswer(request, data);
    case ProfileFormat::kPprof:
      return PprofAnswer(request, data);
  }
  return absl::InvalidArgumentError("format: expected a flame graph, tree, dot or pprof");
}

absl::StatusOr<StacktracesResponse> SelectMergeSpanProfile(const SpanProfileRequest& request,
                                                           const TenantData& data) {
  if (request.format > ProfileFormat::kTree) {
    return absl::InvalidArgumentError("format: expected a flame graph or a tree");
  }
  return SelectMergeStacktraces(request, data);
}

absl::StatusOr<Encoded<Pprof>> SelectMergeProfile(const MergeProfileRequest& request,
                                                  const TenantData& data) {
  return PprofOf(MergedProfile(request, data));
}

absl::StatusOr<DiffResponse> Diff(const DiffRequest& request, const TenantData& data) {
  const absl::StatusOr<Tree> tree = DiffTree(request, data);
  if (!tree.ok()) return tree.status();
  absl::StatusOr<FlamebearerLevels> flame = ToFlamebearerLevels(*tree);
  if (!flame.ok()) return flame.status();
  return DiffResponse{FlameGraphDiff{MessageOf(&*flame), flame->base_total, flame->against_total}};
}

}  // namespace dolerite::host
