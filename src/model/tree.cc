#include "dolerite/tree.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/status.h"

namespace dolerite {
namespace {

// Whether the values above 0 and those below 0 each sum to 64 bits. Then so does
// every choice of them, in whatever order it is added up.
bool SumsFit(const std::vector<int64_t>& values) {
  int64_t positive = 0, negative = 0;
  for (int64_t value : values) {
    int64_t& sum = value < 0 ? negative : positive;
    if (__builtin_add_overflow(sum, value, &sum)) return false;
  }
  return true;
}

uint64_t Magnitude(int64_t value) {
  const uint64_t bits = static_cast<uint64_t>(value);
  return value < 0 ? 0 - bits : bits;
}

// The weight of a node over all columns, without signs. It saturates, as sums of two columns may
// leave 64 bits.
uint64_t Weight(const Tree& tree, size_t node) {
  uint64_t weight = 0;
  for (const Tree::Column& column : tree.columns) {
    if (__builtin_add_overflow(weight, Magnitude(column.total[node]), &weight)) return UINT64_MAX;
  }
  return weight;
}

// The heaviest weight in each node's subtree. Where values cancel out, a parent
// may weigh less than its child; by this measure it never does.
std::vector<uint64_t> SubtreeWeights(const Tree& tree) {
  std::vector<uint64_t> weights(tree.size());
  for (size_t i = 0; i < tree.size(); ++i) weights[i] = Weight(tree, i);
  for (size_t i = tree.size(); i-- > 1;) {
    weights[tree.parent[i]] = std::max(weights[tree.parent[i]], weights[i]);
  }
  return weights;
}

// Marks the heaviest nodes. Of equals the earlier one: no child before its parent.
// nth_element is linear: the order among the kept nodes does not matter.
std::vector<char> ChooseHeaviest(const Tree& tree, size_t count) {
  const std::vector<uint64_t> weights = SubtreeWeights(tree);
  std::vector<uint32_t> nodes(tree.size());
  std::iota(nodes.begin(), nodes.end(), 0);
  std::nth_element(nodes.begin(), nodes.begin() + count, nodes.end(), [&](uint32_t a, uint32_t b) {
    return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
  });
  std::vector<char> kept(tree.size());
  for (size_t i = 0; i < count; ++i) kept[nodes[i]] = 1;
  return kept;
}

// Copies the nodes that stay, and closes each parent that lost children with
// one node for them, in its place by name.
class Cutter {
 public:
  // `lost` marks parents of which some child goes. Order matters: FoldAgain needs it, and SumRests
  // needs what FoldAgain has decided.
  Cutter(const Tree& tree, std::vector<char> kept)
      : tree_(tree), kept_(std::move(kept)), lost_(tree.size()), moved_to_(tree.size()) {
    out_.columns.resize(tree.columns.size());
    out_.cut_nodes = tree.cut_nodes;
    for (size_t i = 1; i < tree.size(); ++i) lost_[tree.parent[i]] |= !kept_[i];
    for (size_t i = 1; i < tree.size(); ++i) FoldAgain(i);
    SumRests();
  }

  // `rest_name` is the name of the nodes for what is cut.
  Tree Run(StringId rest_name) && {
    rest_name_ = rest_name;
    for (size_t i = 0; i < tree_.size(); ++i) {
      if (kept_[i]) Visit(static_cast<uint32_t>(i));
    }
    CloseBelow(0);
    EmitRest();
    return std::move(out_);
  }

 private:
  // What an earlier cut left joins what this one leaves.
  void FoldAgain(size_t node) {
    const bool leaf = node + 1 == tree_.size() || tree_.parent[node + 1] != node;
    const bool rest = leaf && tree_.rest != StringId{} && tree_.name[node] == tree_.rest;
    if (rest && lost_[tree_.parent[node]]) kept_[node] = 0;
    out_.cut_nodes += !kept_[node] && !rest;
  }

  // The totals of all children that a kept parent lost, so no value is lost by a cut.
  void SumRests() {
    for (const Tree::Column& column : tree_.columns) {
      std::vector<int64_t>& sums = rests_.emplace_back(tree_.size());
      for (size_t i = 1; i < tree_.size(); ++i) {
        const uint32_t parent = tree_.parent[i];
        if (!kept_[i] && kept_[parent]) sums[parent] += column.total[i];
      }
    }
  }

  // Copies one kept node. Rests of nodes that have ended are written before it, and the rest of its
  // parent if the node's name comes behind it.
  void Visit(uint32_t node) {
    const uint32_t parent = tree_.parent[node];
    if (node != 0) CloseBelow(parent);
    const bool behind_rest = node != 0 && tree_.names[tree_.name[node]] > Tree::kRest;
    if (behind_rest && !open_.empty() && open_.back() == parent) EmitRest();
    moved_to_[node] = static_cast<uint32_t>(out_.size());
    Emit(tree_.name[node], node == 0 ? 0 : moved_to_[parent]);
    for (size_t c = 0; c < out_.columns.size(); ++c) {
      out_.columns[c].self.push_back(tree_.columns[c].self[node]);
      out_.columns[c].total.push_back(tree_.columns[c].total[node]);
    }
    if (lost_[node]) open_.push_back(node);
  }

  // In pre-order, open nodes behind the parent of the next node have ended.
  void CloseBelow(uint32_t parent) {
    while (!open_.empty() && open_.back() > parent) EmitRest();
  }

  void EmitRest() {
    if (open_.empty()) return;
    const uint32_t parent = open_.back();
    open_.pop_back();
    Emit(rest_name_, moved_to_[parent]);
    for (size_t c = 0; c < out_.columns.size(); ++c) {
      out_.columns[c].self.push_back(rests_[c][parent]);
      out_.columns[c].total.push_back(rests_[c][parent]);
    }
  }

  void Emit(StringId name, uint32_t parent) {
    out_.name.push_back(name);
    out_.parent.push_back(parent);
  }

  const Tree& tree_;
  Tree out_;
  std::vector<char> kept_, lost_;
  std::vector<uint32_t> moved_to_;           // old row to new row
  std::vector<std::vector<int64_t>> rests_;  // for each column: by old row of the parent
  std::vector<uint32_t> open_;               // ancestors whose rest is still to be written
  StringId rest_name_;
};

}  // namespace

uint64_t Tree::Magnitude(size_t column) const {
  uint64_t sum = 0;
  for (int64_t value : columns[column].self) {
    if (__builtin_add_overflow(sum, dolerite::Magnitude(value), &sum)) return UINT64_MAX;
  }
  return sum;
}

// Backwards, as children come after their parents. With the check before, no partial sum can
// overflow.
absl::Status Tree::SumTotals() {
  for (Column& column : columns) {
    if (!SumsFit(column.self)) return OutOfRange("values of type ", type, " sum to over 64 bits");
    column.total = column.self;
    for (size_t i = size(); i-- > 1;) column.total[parent[i]] += column.total[i];
  }
  return absl::OkStatus();
}

// A rest node may make the tree larger than max_nodes: what is kept is bounded, rests come on top.
void Tree::Cut(size_t max_nodes) {
  if (max_nodes == 0 || max_nodes >= size()) return;
  const StringId rest_name =
      rest == StringId{} ? StringId{static_cast<uint32_t>(names.size())} : rest;
  Tree cut = Cutter(*this, ChooseHeaviest(*this, max_nodes)).Run(rest_name);
  if (rest == StringId{}) rest = names.Add(kRest);
  name = std::move(cut.name);
  parent = std::move(cut.parent);
  columns = std::move(cut.columns);
  cut_nodes = cut.cut_nodes;
}

}  // namespace dolerite
