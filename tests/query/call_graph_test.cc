// Call graphs, callers and callees against plain loops over stacks, and against google/pprof.
#include "dolerite/call_graph.h"
#include "dolerite/top.h"

#include <functional>
#include <set>
#include <sstream>

#include "model/frame_tree.h"
#include "query/naive.h"
#include "support/go_tool.h"
#include "support/trees.h"

namespace dolerite::testing {
namespace {

using Numbers = std::vector<int64_t>;

void AddTo(Numbers* sums, const Numbers& values) {
  sums->resize(values.size());
  for (size_t c = 0; c < values.size(); ++c) (*sums)[c] += values[c];
}

Tree MakeTree(const ValuesByStack& stacks, size_t columns) {
  FrameTree tree(columns);
  for (const auto& [stack, values] : stacks) {
    uint32_t node = 0;
    for (const std::string& name : stack) node = tree.Child(node, tree.Name(name));
    for (size_t c = 0; c < columns; ++c) tree.AddSelf(node, c, values[c]);
  }
  absl::StatusOr<Tree> made = tree.Finish();
  REQUIRE(made.ok());
  made->type = "cpu", made->unit = "nanoseconds";
  return *std::move(made);
}

// Self values by stack, as far as they are not 0.
ValuesByStack StacksOf(const Tree& tree) {
  ValuesByStack stacks;
  std::vector<StackOfNames> of(tree.size());
  for (size_t i = 0; i < tree.size(); ++i) {
    if (i > 0) {
      of[i] = of[tree.parent[i]];
      of[i].emplace_back(tree.names[tree.name[i]]);
    }
    Numbers values;
    for (const Tree::Column& column : tree.columns) values.push_back(column.self[i]);
    if (values != Numbers(values.size())) AddTo(&stacks[of[i]], values);
  }
  return stacks;
}

ValuesByStack WithoutZeros(ValuesByStack stacks) {
  std::erase_if(stacks, [](const auto& s) { return s.second == Numbers(s.second.size()); });
  return stacks;
}

Numbers RootTotals(const Tree& tree) {
  Numbers totals;
  for (const Tree::Column& column : tree.columns) totals.push_back(column.total[0]);
  return totals;
}

// The graph by name.
struct NaiveGraph {
  std::map<std::string, Numbers> flat, cum;
  std::map<std::pair<std::string, std::string>, Numbers> edges;

  friend bool operator==(const NaiveGraph&, const NaiveGraph&) = default;
};

NaiveGraph GraphOf(const ValuesByStack& stacks) {
  NaiveGraph graph;
  for (const auto& [stack, values] : stacks) {
    std::set<std::pair<std::string, std::string>> edges;
    for (size_t i = 1; i < stack.size(); ++i) {
      if (stack[i - 1] != stack[i]) edges.emplace(stack[i - 1], stack[i]);
    }
    for (const std::string& name : std::set<std::string>(stack.begin(), stack.end())) {
      AddTo(&graph.cum[name], values);
      AddTo(&graph.flat[name], Numbers(values.size()));
    }
    for (const auto& edge : edges) AddTo(&graph.edges[edge], values);
    if (!stack.empty()) AddTo(&graph.flat[stack.back()], values);
  }
  return graph;
}

NaiveGraph GraphOf(const CallGraph& from) {
  NaiveGraph graph;
  for (const CallGraph::Node& node : from.nodes) {
    CHECK(graph.flat.emplace(node.name, node.flat).second);
    graph.cum.emplace(node.name, node.cum);
  }
  for (const CallGraph::Edge& edge : from.edges) {
    const auto key = std::pair(from.nodes[edge.caller].name, from.nodes[edge.callee].name);
    CHECK(graph.edges.emplace(key, edge.weight).second);
  }
  return graph;
}

// What is below, and above, the first of a function's frames from the root.
ValuesByStack CalleesOf(const ValuesByStack& stacks, const std::string& function) {
  ValuesByStack callees;
  for (const auto& [stack, values] : stacks) {
    const auto at = std::find(stack.begin(), stack.end(), function);
    if (at != stack.end()) AddTo(&callees[StackOfNames(at + 1, stack.end())], values);
  }
  return WithoutZeros(callees);
}

ValuesByStack CallersOf(const ValuesByStack& stacks, const std::string& function, size_t frames) {
  ValuesByStack callers;
  for (const auto& [stack, values] : stacks) {
    const auto at = std::find(stack.begin(), stack.end(), function);
    if (at == stack.end()) continue;
    StackOfNames above(std::make_reverse_iterator(at), stack.rend());
    if (frames != 0 && above.size() > frames) above.resize(frames);
    AddTo(&callers[above], values);
  }
  return WithoutZeros(callers);
}

// Above the first of the function's frames from the root for each caller, and above a frame without
// a caller.
ValuesByStack AllCallersOf(const ValuesByStack& stacks, const std::string& function,
                           size_t frames) {
  ValuesByStack callers;
  for (const auto& [stack, values] : stacks) {
    std::set<std::string> seen = {function};
    for (size_t i = 0; i < stack.size(); ++i) {
      if (stack[i] != function || (i > 0 && !seen.insert(stack[i - 1]).second)) continue;
      StackOfNames above(stack.rend() - static_cast<ptrdiff_t>(i), stack.rend());
      if (frames != 0 && above.size() > frames) above.resize(frames);
      AddTo(&callers[above], values);
    }
  }
  return WithoutZeros(callers);
}

ValuesByStack Inverted(const ValuesByStack& stacks, size_t frames) {
  ValuesByStack inverted;
  for (const auto& [stack, values] : stacks) {
    StackOfNames upwards(stack.rbegin(), stack.rend());
    if (frames != 0 && upwards.size() > frames) upwards.resize(frames);
    AddTo(&inverted[upwards], values);
  }
  return WithoutZeros(inverted);
}

void CheckSame(const Tree& a, const Tree& b) {
  CHECK(a.type == b.type);
  CHECK(a.unit == b.unit);
  CHECK(a.parent == b.parent);
  REQUIRE(a.name.size() == b.name.size());
  size_t other_names = 0;
  for (size_t i = 0; i < a.size(); ++i) other_names += a.names[a.name[i]] != b.names[b.name[i]];
  CHECK(other_names == 0);
  REQUIRE(a.columns.size() == b.columns.size());
  for (size_t c = 0; c < a.columns.size(); ++c) {
    CHECK(a.columns[c].self == b.columns[c].self);
    CHECK(a.columns[c].total == b.columns[c].total);
  }
}

void CheckOrder(const CallGraph& graph, const Tree& tree) {
  const std::vector<TopRow> top = Top(tree);
  REQUIRE(graph.nodes.size() == top.size());
  for (size_t i = 0; i < top.size(); ++i) {
    CHECK(graph.nodes[i].name == top[i].name);
    CHECK(graph.nodes[i].flat == top[i].flat);
    CHECK(graph.nodes[i].cum == top[i].cum);
  }
  const auto key = [&](const CallGraph::Edge& e) {
    return std::tuple(-static_cast<__int128>(e.weight.back()), graph.nodes[e.caller].name,
                      graph.nodes[e.callee].name);
  };
  for (size_t i = 1; i < graph.edges.size(); ++i) {
    CHECK(key(graph.edges[i - 1]) < key(graph.edges[i]));
  }
}

void CheckFunction(const Tree& tree, const ValuesByStack& stacks, const std::string& function,
                   const Numbers& cum, const std::vector<size_t>& caller_frames) {
  INFO(function);
  const Tree callees = Callees(tree, function);
  CHECK(StacksOf(callees) == CalleesOf(stacks, function));
  CHECK(RootTotals(callees) == cum);
  CHECK(callees.names[callees.name[0]] == function);
  for (size_t c = 0; c < cum.size(); ++c) {
    int64_t below = 0;
    for (size_t i = 1; i < callees.size(); ++i) {
      if (callees.parent[i] == 0) below += callees.columns[c].total[i];
    }
    CHECK(callees.columns[c].self[0] + below == cum[c]);
  }
  for (size_t frames : caller_frames) {
    const Tree callers = Callers(tree, function, frames);
    CHECK(StacksOf(callers) == CallersOf(stacks, function, frames));
    CHECK(RootTotals(callers) == cum);
    CHECK(callers.names[callers.name[0]] == function);
    const absl::StatusOr<Tree> all = AllCallers(tree, function, frames);
    REQUIRE(all.ok());
    CHECK(StacksOf(*all) == AllCallersOf(stacks, function, frames));
    CHECK(all->names[all->name[0]] == function);
  }
}

// All laws for one tree, of so many of its functions, with frames cut off at so many.
void CheckTree(const Tree& tree, size_t functions, const std::vector<size_t>& max_frames) {
  const ValuesByStack stacks = StacksOf(tree);
  const CallGraph graph = MakeCallGraph(tree);
  CHECK(GraphOf(graph) == GraphOf(stacks));
  CHECK(graph.total == RootTotals(tree));
  CHECK(graph.type == tree.type);
  CHECK(graph.unit == tree.unit);
  CheckOrder(graph, tree);
  for (size_t frames : max_frames) {
    CHECK(StacksOf(Invert(tree, frames)) == Inverted(stacks, frames));
  }
  CheckSame(Invert(Invert(tree)), tree);
  for (size_t i = 0; i < std::min(functions, graph.nodes.size()); ++i) {
    CheckFunction(tree, stacks, graph.nodes[i].name, graph.nodes[i].cum, max_frames);
  }
}

TEST_CASE("call graphs, callees, callers and inverted trees are those of a loop over the stacks") {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    const size_t columns = 1 + round % 2;
    CheckTree(
        MakeTree(RandomStacks(1 + random.Below(60), columns, round % 3 == 0, random), columns), 8,
        {0, 1, 2, 5});
  }
}

TEST_CASE("an edge that a stack goes through twice counts once, and no function calls itself") {
  const Tree tree = MakeTree({{{"a", "b", "a", "b"}, {3}}, {{"a", "a", "c"}, {5}}}, 1);
  const NaiveGraph graph = GraphOf(MakeCallGraph(tree));
  CHECK(graph.edges ==
        decltype(graph.edges){{{"a", "b"}, {3}}, {{"b", "a"}, {3}}, {{"a", "c"}, {5}}});
  CHECK(graph.cum == decltype(graph.cum){{"a", {8}}, {"b", {3}}, {"c", {5}}});
  CHECK(graph.flat == decltype(graph.flat){{"a", {0}}, {"b", {3}}, {"c", {5}}});
}

TEST_CASE("of a recursive function the outermost frame counts, up and down") {
  const Tree tree = MakeTree({{{"m", "f", "g", "f", "h"}, {7}}, {{"m", "f"}, {1}}}, 1);
  CHECK(StacksOf(Callees(tree, "f")) == ValuesByStack{{{}, {1}}, {{"g", "f", "h"}, {7}}});
  CHECK(StacksOf(Callers(tree, "f")) == ValuesByStack{{{"m"}, {8}}});
}

// Totals of the root's children by name.
std::map<std::string, int64_t> DirectCallers(const Tree& tree) {
  std::map<std::string, int64_t> callers;
  for (uint32_t row = 1; row < tree.size(); ++row) {
    if (tree.parent[row] != 0) continue;
    callers[std::string(tree.names[tree.name[row]])] = tree.columns[0].total[row];
  }
  return callers;
}

TEST_CASE("all callers of a recursive function are those of pprof's peek") {
  const Tree tree = MakeTree(
      {{{"m", "f", "g", "f", "h"}, {7}}, {{"m", "f"}, {1}}, {{"f", "f", "g", "f", "g", "f"}, {2}}},
      1);
  const absl::StatusOr<Tree> all = AllCallers(tree, "f");
  REQUIRE(all.ok());
  CHECK(StacksOf(*all) ==
        ValuesByStack{{{"m"}, {8}}, {{"g", "f", "m"}, {7}}, {{"g", "f", "f"}, {2}}, {{}, {2}}});
  CHECK(RootTotals(*all) == Numbers{19});
  CHECK(DirectCallers(*all) == std::map<std::string, int64_t>{{"m", 8}, {"g", 9}});
  // Callers counts each stack once.
  CHECK(RootTotals(Callers(tree, "f")) == Numbers{10});
  CHECK(DirectCallers(Callers(tree, "f")) == std::map<std::string, int64_t>{{"m", 8}});

  const absl::StatusOr<Tree> direct = AllCallers(tree, "f", 1);
  REQUIRE(direct.ok());
  CHECK(StacksOf(*direct) == ValuesByStack{{{"m"}, {8}}, {{"g"}, {9}}, {{}, {2}}});
}

TEST_CASE("all callers add up to more than 64 bits hold") {
  const Tree tree = MakeTree({{{"a", "b", "c", "b"}, {INT64_MAX}}}, 1);
  CHECK(absl::IsOutOfRange(AllCallers(tree, "b").status()));
  CHECK(AllCallers(tree, "c").ok());
}

TEST_CASE("equal names in two rows are one function") {
  ValuesByStack stacks = {{{"a", "b"}, {1}}, {{"b", "a", "b"}, {2}}, {{"b", "c"}, {4}}};
  Tree tree = TreeOf(stacks);
  REQUIRE(tree.SumTotals().ok());
  CHECK(tree.names.size() > 4);  // each node has a row of its own
  CHECK(GraphOf(MakeCallGraph(tree)) == GraphOf(stacks));
  CHECK(StacksOf(Callees(tree, "b")) == CalleesOf(stacks, "b"));
  CHECK(StacksOf(Callers(tree, "b")) == CallersOf(stacks, "b", 0));
  const absl::StatusOr<Tree> all = AllCallers(tree, "b");
  REQUIRE(all.ok());
  CHECK(StacksOf(*all) == AllCallersOf(stacks, "b", 0));
}

TEST_CASE("functions that are nowhere, and trees of nothing") {
  const Tree tree = MakeTree({{{"a", "b"}, {1, 2}}}, 2);
  for (const Tree& none : {Callees(tree, "x"), Callers(tree, "x"), Callees(tree, "")}) {
    CHECK(none.size() == 1);
    CHECK(AllCallers(tree, "x")->size() == 1);
    CHECK(RootTotals(none) == Numbers{0, 0});
  }
  const Tree empty = MakeTree({}, 1);
  for (const Tree& nothing : {empty, Tree()}) {
    CHECK(MakeCallGraph(nothing).nodes.empty());
    CHECK(Callees(nothing, "a").size() == 1);
    CHECK(Callers(nothing, "a").size() == 1);
    CHECK(AllCallers(nothing, "a")->size() == 1);
    CHECK(Invert(nothing).size() == 1);
  }
}

TEST_CASE("values at the ends of 64 bits stay exact") {
  const Tree tree =
      MakeTree({{{"a", "b"}, {INT64_MAX - 1}}, {{"c", "b"}, {1}}, {{"a"}, {INT64_MIN}}}, 1);
  CheckTree(tree, 3, {0, 1});
}

// A stack of the deepest kind, a frame in it now and then with a value.
Tree DeepTree(size_t depth, size_t every, const std::function<std::string(size_t)>& name) {
  FrameTree tree;
  uint32_t node = 0;
  for (size_t i = 0; i < depth; ++i) {
    node = tree.Child(node, tree.Name(name(i)));
    if (i % every == 0 || i + 1 == depth) tree.AddSelf(node, 0, static_cast<int64_t>(i) + 1);
  }
  absl::StatusOr<Tree> made = tree.Finish();
  REQUIRE(made.ok());
  return *std::move(made);
}

TEST_CASE("deep recursion") {
  constexpr size_t kDepth = 8192;
  const auto names = [](size_t modulo) {
    return [modulo](size_t i) { return "f" + std::to_string(i % modulo); };
  };
  for (size_t modulo : {size_t{1}, size_t{2}, size_t{3}, kDepth}) {
    INFO(modulo);
    const Tree tree = DeepTree(kDepth, 1000, names(modulo));
    const CallGraph graph = MakeCallGraph(tree);
    CHECK(graph.nodes.size() == modulo);
    CHECK(graph.edges.size() == (modulo == 1 ? 0 : modulo == 2 ? 2 : modulo == 3 ? 3 : kDepth - 1));
    const Numbers whole = RootTotals(tree);
    CHECK(RootTotals(Callees(tree, "f0")) == whole);
    CHECK(RootTotals(Callers(tree, "f0")) == whole);
    CheckSame(Invert(Invert(tree)), tree);
  }
  // A value at every frame: of one function the inverted tree is one path again.
  const Tree recursive = DeepTree(kDepth, 1, names(1));
  CHECK(Invert(recursive).size() == kDepth + 1);
  CHECK(Invert(DeepTree(kDepth, 1, names(kDepth)), 4).size() < 5 * kDepth);
}

// Whether all frames have names, so that no peer makes some up.
bool IsNamed(const Profile& profile) {
  const Locations& l = profile.symbols.locations;
  for (size_t i = 0; i < l.size(); ++i) {
    if (l.lines.length(i) == 0) return false;
    for (const Line* line = l.lines.begin(i); line != l.lines.end(i); ++line) {
      const StringId name = profile.symbols.functions.name[line->function.value];
      if (profile.symbols.strings[name].empty()) return false;
    }
  }
  return profile.samples.size() > 0;
}

struct RealProfile {
  std::string file;
  Profile profile;
};

// Profiles of all kinds whose frames have names.
std::vector<RealProfile> RealProfiles() {
  std::vector<std::string> files = ListCorpus("pprof");
  for (const char* kind : {"cpu", "heap", "mutex", "block", "goroutine"}) {
    for (const std::string& file : ListCorpus("series/checkout/v1.6.0")) {
      if (file.find(kind) == std::string::npos) continue;
      files.push_back(file);
      break;
    }
  }
  std::vector<RealProfile> real;
  for (const std::string& file : files) {
    absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile(file));
    if (profile.ok() && IsNamed(*profile)) real.push_back({file, *std::move(profile)});
  }
  return real;
}

Tree TreeOfType(const Profile& profile, size_t type) {
  Sums sums;
  AddNaive(profile, std::string(profile.symbols.strings[profile.sample_types[type].type]),
           FrameBy::kFunction, &sums);
  ValuesByStack stacks;
  for (const auto& [path, value] : sums) stacks[path] = {static_cast<int64_t>(value)};
  return MakeTree(stacks, 1);
}

TEST_CASE("real profiles: call graphs, callees and callers are those of a loop over the stacks") {
  if (!CorpusPresent()) return;
  size_t checked = 0;
  for (const RealProfile& real : RealProfiles()) {
    INFO(real.file);
    const Tree tree = TreeOfType(real.profile, 0);
    if (tree.size() > 100'000) continue;  // the loop takes long; google/pprof has it below
    CheckTree(tree, 2, {0});
    ++checked;
  }
  CHECK(checked > 15);
}

// The profile as google/pprof shall take it: without labels and patterns, and plain numbers.
std::string PlainPprof(Profile profile) {
  profile.drop_frames = profile.keep_frames = {};
  profile.samples.link.clear();
  for (AttributeSetId& labels : profile.samples.attributes) labels = {};
  const StringId unit = profile.symbols.strings.Add("count");
  for (ValueType& type : profile.sample_types) type.unit = unit;
  const absl::StatusOr<std::string> bytes = WritePprof(profile);
  REQUIRE(bytes.ok());
  return *bytes;
}

// Reads what `pprof -peek` prints: for each function its callers, itself (flat, flat%, sum%, cum,
// cum%), its callees.
NaiveGraph ParsePeek(const std::string& text) {
  NaiveGraph graph;
  std::istringstream lines(text);
  std::vector<std::pair<std::string, Numbers>> callers;
  std::string function;
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, 5, "-----") == 0) callers.clear(), function.clear();
    const size_t bar = line.find('|');
    if (bar == std::string::npos) continue;
    std::istringstream left(line.substr(0, bar));
    const std::vector<std::string> fields(std::istream_iterator<std::string>(left), {});
    std::string name = line.substr(line.find_first_not_of(' ', bar + 1));
    if (fields.size() == 5) {
      function = name;
      graph.flat[function] = {std::stoll(fields[0])};
      graph.cum[function] = {std::stoll(fields[3])};
      for (const auto& [caller, weight] : callers) graph.edges[{caller, function}] = weight;
      continue;
    }
    if (fields.size() != 2) continue;
    if (name.ends_with(" (inline)")) name.resize(name.size() - 9);
    const Numbers weight = {std::stoll(fields[0])};
    if (function.empty()) {
      callers.emplace_back(name, weight);
    } else {
      graph.edges[{function, name}] = weight;
    }
  }
  return graph;
}

void DropZeroEdges(NaiveGraph* graph) {
  const auto is_zero = [](const Numbers& values) { return values == Numbers{0}; };
  std::erase_if(graph->edges, [&](const auto& edge) { return is_zero(edge.second); });
  for (auto node = graph->cum.begin(); node != graph->cum.end();) {
    const auto next = std::next(node);
    if (is_zero(node->second) && is_zero(graph->flat[node->first])) {
      graph->flat.erase(node->first), graph->cum.erase(node);
    }
    node = next;
  }
}

TEST_CASE("real profiles: google/pprof peeks at the same graph") {
  if (!CorpusPresent() || !GoCan("go tool -n pprof")) return;
  const GoSandbox sandbox;
  size_t checked = 0;
  for (const RealProfile& real : RealProfiles()) {
    sandbox.Write("profile.pb.gz", PlainPprof(real.profile));
    for (size_t type : {size_t{0}, real.profile.sample_types.size() - 1}) {
      INFO(real.file << " sample type " << type);
      std::string peek;
      REQUIRE(sandbox.Run("go tool pprof -symbolize=none -functions -unit=minimum -sample_index=" +
                              std::to_string(type) + " -peek=. profile.pb.gz",
                          &peek) == 0);
      NaiveGraph theirs = ParsePeek(peek);
      NaiveGraph ours = GraphOf(MakeCallGraph(TreeOfType(real.profile, type)));
      DropZeroEdges(&ours), DropZeroEdges(&theirs);
      CHECK(ours.flat == theirs.flat);
      CHECK(ours.cum == theirs.cum);
      CHECK(ours.edges == theirs.edges);
      ++checked;
    }
  }
  CHECK(checked > 30);
}

}  // namespace
}  // namespace dolerite::testing
