// All of these walk the tree in pre-order and know the path to the row at hand, without recursion:
// a tree may be as deep as a stack that its source makes up. MakeCallGraph adds each row to its
// function and to the edge from its caller, unless the path has these already. The others choose
// rows and rebuild their frames, upwards or downwards, below a new root, in a FrameTree, which
// merges equal paths.
#include "dolerite/call_graph.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/checksum.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "model/frame_tree.h"
#include "model/row_set.h"

namespace dolerite {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

// For each name the first row of an equal one: a table may hold a string twice.
std::vector<uint32_t> FirstOfEqual(const StringTable& names) {
  const uint64_t seed = SeedFor(&names);
  RowSet distinct;
  std::vector<uint32_t> first(names.size());
  std::vector<uint32_t> rows;  // of the distinct ones
  for (uint32_t i = 0; i < names.size(); ++i) {
    const std::string_view name = names[StringId{i}];
    const auto equal = [&](uint32_t row) { return names[StringId{rows[row]}] == name; };
    const auto add = [&] {
      rows.push_back(i);
      return static_cast<uint32_t>(rows.size() - 1);
    };
    first[i] = rows[distinct.FindOrAdd(SeededHash(name.data(), name.size(), seed), equal, add)];
  }
  return first;
}

// Walks the tree in pre-order and knows which nodes and edges are above the one at hand. No sum
// leaves 64 bits, as in Rebuilt::Finish: each value counts once for a node or edge.
class GraphMaker {
 public:
  explicit GraphMaker(const Tree& tree)
      : tree_(tree),
        seed_(SeedFor(&tree)),
        first_name_(FirstOfEqual(tree.names)),
        node_of_name_(tree.names.size(), kNone),
        edge_of_(tree.size(), kNone) {}

  // Rows are entered in pre-order; a row is left when the next one is not below it.
  CallGraph Make() && {
    std::vector<uint32_t> path = {0};
    for (uint32_t at = 1; at < tree_.size(); ++at) {
      for (; path.back() != tree_.parent[at]; path.pop_back()) Leave(path.back());
      Enter(at);
      path.push_back(at);
    }
    graph_.type = tree_.type, graph_.unit = tree_.unit;
    for (const Tree::Column& column : tree_.columns) {
      graph_.total.push_back(column.total.empty() ? 0 : column.total[0]);
    }
    // Rows keep their numbers while the tree is walked; they are sorted at the end.
    SortNodes();
    SortEdges();
    return std::move(graph_);
  }

 private:
  // A function or an edge that is above already has counted this row's total.
  void Enter(uint32_t at) {
    const uint32_t node = NodeOf(at);
    AddTo(&graph_.nodes[node].flat, &Tree::Column::self, at);
    if (nodes_above_[node]++ == 0) AddTo(&graph_.nodes[node].cum, &Tree::Column::total, at);
    if (tree_.parent[at] == 0) return;
    const uint32_t caller = NodeOf(tree_.parent[at]);
    if (caller == node) return;
    const uint32_t edge = edge_of_[at] = EdgeOf(caller, node);
    if (edges_above_[edge]++ == 0) {
      AddTo(&graph_.edges[edge].weight, &Tree::Column::total, at);
    }
  }

  void Leave(uint32_t at) {
    --nodes_above_[NodeOf(at)];
    if (edge_of_[at] != kNone) --edges_above_[edge_of_[at]];
  }

  void AddTo(std::vector<int64_t>* sums, std::vector<int64_t> Tree::Column::*values, uint32_t at) {
    for (size_t c = 0; c < sums->size(); ++c) (*sums)[c] += (tree_.columns[c].*values)[at];
  }

  // The graph's node of a row's function, made at its first row.
  uint32_t NodeOf(uint32_t at) {
    const uint32_t name = first_name_[tree_.name[at].value];
    uint32_t& node = node_of_name_[name];
    if (node != kNone) return node;
    node = static_cast<uint32_t>(graph_.nodes.size());
    const std::vector<int64_t> zero(tree_.columns.size());
    graph_.nodes.push_back({std::string(tree_.names[StringId{name}]), zero, zero});
    nodes_above_.push_back(0);
    return node;
  }

  // Edges are found by hash: a function may have very many callers.
  uint32_t EdgeOf(uint32_t caller, uint32_t callee) {
    std::vector<CallGraph::Edge>& edges = graph_.edges;
    return edge_rows_.FindOrAdd(
        MixHash(seed_, (uint64_t{caller} << 32) | callee),
        [&](uint32_t row) { return edges[row].caller == caller && edges[row].callee == callee; },
        [&] {
          edges.push_back({caller, callee, std::vector<int64_t>(tree_.columns.size())});
          edges_above_.push_back(0);
          return static_cast<uint32_t>(edges.size() - 1);
        });
  }

  void SortNodes();
  void SortEdges();

  const Tree& tree_;
  const uint64_t seed_;
  const std::vector<uint32_t> first_name_;
  std::vector<uint32_t> node_of_name_, edge_of_;     // edge_of_: by row of the tree
  std::vector<uint32_t> nodes_above_, edges_above_;  // how often each is on the path
  RowSet edge_rows_;
  CallGraph graph_;
};

// Sorts nodes and lets edges follow. Ties are broken by name, so that the order of rows does not
// show.
void GraphMaker::SortNodes() {
  std::vector<CallGraph::Node>& nodes = graph_.nodes;
  std::vector<uint32_t> order(nodes.size()), rank(nodes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t i, uint32_t j) {
    const CallGraph::Node &a = nodes[i], &b = nodes[j];
    if (a.flat.back() != b.flat.back()) return a.flat.back() > b.flat.back();
    if (a.cum.back() != b.cum.back()) return a.cum.back() > b.cum.back();
    return a.name < b.name;
  });
  std::vector<CallGraph::Node> sorted;
  for (uint32_t i = 0; i < order.size(); ++i) {
    rank[order[i]] = i;
    sorted.push_back(std::move(nodes[order[i]]));
  }
  nodes = std::move(sorted);
  for (CallGraph::Edge& edge : graph_.edges) {
    edge.caller = rank[edge.caller], edge.callee = rank[edge.callee];
  }
}

// Names of nodes are distinct, so two edges never compare as equal.
void GraphMaker::SortEdges() {
  const auto names = [&](const CallGraph::Edge& edge) {
    return std::tie(graph_.nodes[edge.caller].name, graph_.nodes[edge.callee].name);
  };
  std::sort(graph_.edges.begin(), graph_.edges.end(),
            [&](const CallGraph::Edge& a, const CallGraph::Edge& b) {
              if (a.weight.back() != b.weight.back()) return a.weight.back() > b.weight.back();
              return names(a) < names(b);
            });
}

// A tree in the making out of the frames of another one.
class Rebuilt {
 public:
  // Names first, so that frames are found by number.
  explicit Rebuilt(const Tree& from) : from_(from), to_(from.columns.size()) {
    for (uint32_t i = 0; i < from.names.size(); ++i) {
      names_.push_back(to_.Name(from.names[StringId{i}]));
    }
  }

  // The node below `parent` for the frame of a row of the other tree.
  uint32_t Child(uint32_t parent, uint32_t row) {
    return to_.Child(parent, names_[from_.name[row].value]);
  }

  // The node below `at` for the frames from a row up to the root, or as many as are wanted.
  uint32_t Upwards(uint32_t at, uint32_t row, size_t max_frames) {
    for (size_t frames = 0; row != 0; row = from_.parent[row]) {
      at = Child(at, row);
      if (++frames == max_frames) break;
    }
    return at;
  }

  void Add(uint32_t node, std::vector<int64_t> Tree::Column::*values, uint32_t row) {
    for (size_t c = 0; c < from_.columns.size(); ++c) {
      to_.AddSelf(node, c, (from_.columns[c].*values)[row]);
    }
  }

  // For trees in which each value of the other one counts at most once. This never fails: the
  // other tree's positive values add up to 64 bits, and so do the negative ones (SumTotals), so any
  // choice of them does, in any order.
  Tree Finish(std::string_view root) && {
    absl::StatusOr<Tree> made = std::move(*this).TryFinish(root);
    return made.ok() ? *std::move(made) : Tree();
  }

  // OutOfRange if a sum leaves 64 bits.
  // The root's name is a name of the tree like others; it may be new or have a row already.
  absl::StatusOr<Tree> TryFinish(std::string_view root) && {
    DOLERITE_ASSIGN_OR_RETURN(Tree tree, to_.Finish());
    tree.type = from_.type, tree.unit = from_.unit;
    tree.aggregate = from_.aggregate;
    tree.cut_nodes = from_.cut_nodes;
    for (uint32_t i = 0; i < tree.names.size(); ++i) {
      if (from_.rest != StringId{} && tree.names[StringId{i}] == Tree::kRest) tree.rest = {i};
      if (tree.names[StringId{i}] == root) tree.name[0] = {i};
    }
    if (tree.names[tree.name[0]] != root) tree.name[0] = tree.names.Add(root);
    return tree;
  }

 private:
  const Tree& from_;
  FrameTree to_;
  std::vector<StringId> names_;
};

// By row of the tree: 1 for a function's frames that are not below another one of its frames, 2
// for all that is below such a frame.
std::vector<char> MarkOutermost(const Tree& tree, std::string_view function) {
  std::vector<char> is_function(tree.names.size()), marks(tree.size());
  for (uint32_t i = 0; i < tree.names.size(); ++i) {
    is_function[i] = tree.names[StringId{i}] == function;
  }
  // Parents come first, so one forward loop knows what is above each row.
  for (uint32_t row = 1; row < tree.size(); ++row) {
    if (marks[tree.parent[row]] != 0) {
      marks[row] = 2;
    } else {
      marks[row] = is_function[tree.name[row].value];
    }
  }
  return marks;
}

// Walks the tree in pre-order and gives the calls of a function that AllCallers counts.
class CallsOf {
 public:
  CallsOf(const Tree& tree, std::string_view function)
      : tree_(tree), first_name_(FirstOfEqual(tree.names)), above_(tree.names.size(), 0) {
    for (uint32_t i = 0; i < tree.names.size() && function_ == kNone; ++i) {
      if (tree.names[StringId{i}] == function) function_ = i;
    }
  }

  // visit(row) for each frame of the function, except frames below a call by the same caller, and
  // direct calls of itself.
  template <class Visit>
  void ForEach(const Visit& visit) {
    // The path, and for each caller how many of its calls are on it.
    std::vector<uint32_t> path = {0};
    for (uint32_t row = 1; row < tree_.size(); ++row) {
      for (; path.back() != tree_.parent[row]; path.pop_back()) {
        if (IsCall(path.back())) --above_[CallerOf(path.back())];
      }
      path.push_back(row);
      if (NameOf(row) != function_) continue;
      const bool first = !IsCall(row) || above_[CallerOf(row)]++ == 0;
      if (first && (tree_.parent[row] == 0 || CallerOf(row) != function_)) visit(row);
    }
  }

 private:
  uint32_t NameOf(uint32_t row) const { return first_name_[tree_.name[row].value]; }
  uint32_t CallerOf(uint32_t row) const { return NameOf(tree_.parent[row]); }
  // The root is no caller.
  bool IsCall(uint32_t row) const { return NameOf(row) == function_ && tree_.parent[row] != 0; }

  const Tree& tree_;
  const std::vector<uint32_t> first_name_;
  uint32_t function_ = kNone;    // the first row of its name
  std::vector<uint32_t> above_;  // by caller: calls of the function that are on the path
};

}  // namespace

CallGraph MakeCallGraph(const Tree& tree) { return GraphMaker(tree).Make(); }

// Frames below an outermost occurrence keep their places below the new root; the occurrence itself
// is the root (place 0).
Tree Callees(const Tree& tree, std::string_view function) {
  const std::vector<char> marks = MarkOutermost(tree, function);
  Rebuilt callees(tree);
  std::vector<uint32_t> place(tree.size(), 0);
  for (uint32_t row = 1; row < tree.size(); ++row) {
    if (marks[row] == 0) continue;
    if (marks[row] == 2) place[row] = callees.Child(place[tree.parent[row]], row);
    callees.Add(place[row], &Tree::Column::self, row);
  }
  return std::move(callees).Finish(function);
}

// Each outermost occurrence adds its total at the end of its chain of callers.
Tree Callers(const Tree& tree, std::string_view function, size_t max_frames) {
  const std::vector<char> marks = MarkOutermost(tree, function);
  Rebuilt callers(tree);
  for (uint32_t row = 1; row < tree.size(); ++row) {
    if (marks[row] != 1) continue;
    const uint32_t node = callers.Upwards(0, tree.parent[row], max_frames);
    callers.Add(node, &Tree::Column::total, row);
  }
  return std::move(callers).Finish(function);
}

absl::StatusOr<Tree> AllCallers(const Tree& tree, std::string_view function, size_t max_frames) {
  return WithinMemory([&]() -> absl::StatusOr<Tree> {
    Rebuilt callers(tree);
    CallsOf(tree, function).ForEach([&](uint32_t row) {
      callers.Add(callers.Upwards(0, tree.parent[row], max_frames), &Tree::Column::total, row);
    });
    return std::move(callers).TryFinish(function);
  });
}

// Each row with a value of its own is the leaf of a stack.
Tree Invert(const Tree& tree, size_t max_frames) {
  Rebuilt inverted(tree);
  for (uint32_t row = 0; row < tree.size(); ++row) {
    const bool has_value = std::any_of(tree.columns.begin(), tree.columns.end(),
                                       [&](const Tree::Column& c) { return c.self[row] != 0; });
    if (!has_value) continue;
    inverted.Add(inverted.Upwards(0, row, max_frames), &Tree::Column::self, row);
  }
  const std::string_view root = tree.size() == 0 ? "" : tree.names[tree.name[0]];
  return std::move(inverted).Finish(root);
}

}  // namespace dolerite
