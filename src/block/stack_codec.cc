// Writer and reader walk the tree in the same order and keep the same memory: for each location its
// latest calls, and whether its last node was a leaf. Both choose columns by it, so that what is
// stored is what the memory does not say.
//
// The reader trusts nothing: a rank is compared with the number of candidates, a location with the
// child before and the number of locations, a height with the depth, and each column is read up to
// its end only. What was wrong is put into words at the end, not node by node.
#include "block/stack_codec.h"

#include <algorithm>
#include <memory>

#include "base/bytes.h"
#include "base/pace.h"
#include "base/status.h"
#include "block/call_lists.h"

namespace dolerite {

namespace {

// The column of the edge where there are so many candidates.
uint8_t EdgeColumn(uint32_t candidates) {
  return static_cast<uint8_t>(column::kOneEdges + (candidates > 1) + (candidates > 3));
}

constexpr size_t kColumns = std::tuple_size_v<StackColumns>;

// The columns of flags follow each other in the order of what the last node of the location was.
uint8_t LeafColumn(uint8_t last) { return static_cast<uint8_t>(column::kFirstLeaves + last); }

// Writes the columns in one walk. Each node costs a search in a list of at most 16 calls and a
// climb of as many levels as the path gets shorter, so the walk is linear in nodes.
class StackWriter {
 public:
  StackWriter(const StackTree& tree, StackMemory* memory)
      : tree_(tree), calls_(memory->lists(), tree.size()), last_child_(tree.size(), -1) {}

  StackColumns Run() && {
    for (uint32_t i = 1; i < tree_.size(); ++i) {
      const bool first = last_child_[tree_.parent[i]] < 0;
      WriteLocation(i);
      WriteNext(i, first);
    }
    return std::move(out_);
  }

 private:
  // The location of a node: as an edge if it is a candidate, else as a step or a difference, and
  // then it becomes a call of the list.
  void WriteLocation(uint32_t node) {
    const uint32_t parent = tree_.parent[node], location = tree_.location[node].value;
    Calls* const list = parent == 0 ? calls_.root() : calls_.of(tree_.location[parent].value);
    int32_t& last = last_child_[parent];
    if (!WriteEdge(list, location, last)) {
      if (last >= 0) {
        out_[column::kSteps].push_back(location - static_cast<uint32_t>(last) - 1);
      } else {
        const int64_t difference = int64_t{location} - calls_.Base(list);
        out_[list->size > 0 ? column::kNearEdges : column::kNewEdges].push_back(
            static_cast<uint32_t>(ZigZag(difference)));
      }
      calls_.Add(list, location);
    }
    last = static_cast<int32_t>(location);
  }

  // Writes the rank among the candidates and makes the call the latest. False if the location is no
  // candidate: then the edge 0 is written, provided that there are candidates.
  bool WriteEdge(Calls* list, uint32_t location, int32_t floor) {
    const uint32_t candidates = calls_.Candidates(*list, floor);
    if (candidates == 0) return false;
    std::vector<uint32_t>& edges = out_[EdgeColumn(candidates)];
    uint32_t rank = 0;
    for (uint32_t i = 0; i < list->size; ++i) {
      const uint32_t call = calls_.at(*list, i);
      if (call == location) {
        calls_.Take(list, rank, floor);
        edges.push_back(rank + 1);
        return true;
      }
      rank += static_cast<int32_t>(call) > floor;
    }
    edges.push_back(0);
    return false;
  }

  // How the walk goes on behind the node: the leaf flag, and for a leaf how far up the next parent
  // is. The climb ends at that parent: in pre-order it is on the path.
  void WriteNext(uint32_t node, bool first_child) {
    const bool last = node + 1 == tree_.size();
    const bool leaf = last || tree_.parent[node + 1] != node;
    LastNode& before = calls_.of(tree_.location[node].value)->last;
    out_[LeafColumn(before)].push_back(leaf);
    before = leaf ? kLeafNode : kInnerNode;
    if (!leaf || last) return;
    uint32_t height = 0;
    for (uint32_t at = tree_.parent[node]; at != tree_.parent[node + 1]; at = tree_.parent[at]) {
      ++height;
    }
    out_[first_child ? column::kHeights : column::kLaterHeights].push_back(height);
  }

  const StackTree& tree_;
  CallLists calls_;
  std::vector<int32_t> last_child_;
  StackColumns out_;
};

// Reads a column value by value.
struct Source {
  const uint32_t* at = nullptr;
  const uint32_t* end = nullptr;
  bool zeros = true;  // the column is left out: all that are wanted

  // False at the end.
  bool Next(uint32_t* value) {
    if (at == end) return *value = 0, zeros;
    *value = *at++;
    return true;
  }
};

// Reads the columns, node by node. The path from the root to the parent of the next node is all
// that is needed of the tree so far.
class StackReader {
 public:
  StackReader(const StackColumns& columns, size_t nodes, StackMemory* memory)
      : nodes_(static_cast<uint32_t>(nodes)),
        locations_(static_cast<uint32_t>(memory->locations())),
        calls_(memory->lists(), MostCalls(columns, nodes)),
        path_(new Open[nodes + 1]) {
    for (size_t id = 0; id < kColumns; ++id) {
      const std::vector<uint32_t>& column = columns[id];
      sources_[id] = {column.data(), column.data() + column.size(), column.empty()};
    }
  }

  // The loop has no check of its own for the size of the tree: `nodes_` is known, and the caller
  // has taken the memory.
  absl::Status Run(StackTree* tree, const CallContext& call) {
    tree->parent.resize(nodes_ + size_t{1});
    tree->location.resize(nodes_ + size_t{1});
    uint32_t* const parents = tree->parent.data();
    LocationId* const out = tree->location.data();
    parents[0] = 0, out[0] = {};
    // The path is an array with a place for each node: the deepest tree is a chain.
    path_[0] = {0, -1, calls_.root()};
    Pace pace;
    for (uint32_t i = 1; i <= nodes_; ++i) {
      DOLERITE_RETURN_IF_ERROR(pace.Check(call));
      Open& parent = path_[depth_];
      const bool first = parent.last < 0;
      uint32_t location = 0;
      if (!ReadLocation(parent, &location)) return Damaged(i);
      parents[i] = parent.node;
      out[i] = {location};
      parent.last = static_cast<int32_t>(location);
      if (!ReadNext(i, location, first)) return Damaged(i);
    }
    return CheckEnds();
  }

 private:
  // A node of the path: the location of its last child, or -1, and the calls of its location.
  struct Open {
    uint32_t node;
    int32_t last;
    Calls* calls;
  };
  static_assert(kStackDecodeNodeBytes >=
                sizeof(Open) + sizeof(uint32_t) + sizeof(LocationId) + CallLists::kBytesForOne);

  // Each call that is put into a list has a row of its own in one of three columns. A column that
  // is left out has as many zeros as are wanted, so it counts as all nodes.
  static size_t MostCalls(const StackColumns& columns, size_t nodes) {
    size_t calls = 0;
    for (uint8_t id : {column::kSteps, column::kNearEdges, column::kNewEdges}) {
      calls += columns[id].empty() ? nodes : columns[id].size();
    }
    return std::min(calls, nodes);
  }

  // Mirrors WriteLocation. A step is added in 64 bits, so that a hostile one is seen as beyond the
  // table.
  bool ReadLocation(const Open& parent, uint32_t* location) {
    Calls* const list = parent.calls;
    const uint32_t candidates = calls_.Candidates(*list, parent.last);
    if (candidates > 0) {
      uint32_t edge = 0;
      if (!sources_[EdgeColumn(candidates)].Next(&edge)) return Fail("no edge is left");
      if (edge > candidates) return Fail("the edge is beyond the candidates");
      if (edge > 0) {
        *location = calls_.Take(list, edge - 1, parent.last);
        return true;
      }
    }
    uint32_t code = 0;
    int64_t to = 0;
    if (parent.last >= 0) {
      if (!sources_[column::kSteps].Next(&code)) return Fail("no step is left");
      to = int64_t{parent.last} + 1 + code;
    } else {
      const uint8_t id = list->size > 0 ? column::kNearEdges : column::kNewEdges;
      if (!sources_[id].Next(&code)) return Fail("no near or new edge is left");
      to = int64_t{calls_.Base(list)} + UnZigZag(code);
    }
    if (to < 0 || to >= locations_) return Fail("the location is not in its table");
    *location = static_cast<uint32_t>(to);
    calls_.Add(list, *location);
    return true;
  }

  // Goes down to the node if it has a child, else up to the parent of the next one.
  bool ReadNext(uint32_t node, uint32_t location, bool first_child) {
    uint32_t leaf = 0, height = 0;
    Calls* const own = calls_.of(location);
    if (!sources_[LeafColumn(own->last)].Next(&leaf)) return Fail("no leaf flag is left");
    if (leaf > 1) return Fail("the leaf flag is neither 0 nor 1");
    own->last = leaf == 1 ? kLeafNode : kInnerNode;
    if (leaf == 0) {
      path_[++depth_] = {node, -1, own};
      return node < nodes_ || Fail("the last node is not a leaf");
    }
    if (node == nodes_) return true;
    const uint8_t id = first_child ? column::kHeights : column::kLaterHeights;
    if (!sources_[id].Next(&height)) return Fail("no height is left");
    if (height > depth_) return Fail("the height leads past the root");
    depth_ -= height;
    return true;
  }

  // Rows that no node used would be bytes that nothing checks.
  absl::Status CheckEnds() const {
    for (size_t id = 0; id < kColumns; ++id) {
      const Source& source = sources_[id];
      if (source.at == source.end) continue;
      return DataLoss("stack tree: column ", id, " has ", source.end - source.at,
                      " rows more than the nodes use");
    }
    return absl::OkStatus();
  }

  bool Fail(const char* what) {
    wrong_ = what;
    return false;
  }
  absl::Status Damaged(uint32_t node) const {
    return DataLoss("stack tree: at node ", node, ", ", wrong_);
  }

  const uint32_t nodes_, locations_;
  Source sources_[kColumns];
  CallLists calls_;
  std::unique_ptr<Open[]> path_;
  uint32_t depth_ = 0;  // of the next node's parent
  const char* wrong_ = "";
};

}  // namespace

// Empties the lists of a small tree by its nodes, not all lists: a dataset with many types has many
// small trees.
void StackMemory::Forget(const StackTree& tree) {
  if (tree.size() > lists_.size()) {
    std::fill(lists_.begin(), lists_.end(), Calls());
    return;
  }
  lists_.back() = {};
  for (size_t i = 1; i < tree.size(); ++i) lists_[tree.location[i].value] = {};
}

StackColumns EncodeStackTree(const StackTree& tree, StackMemory* memory) {
  StackColumns columns = StackWriter(tree, memory).Run();
  memory->Forget(tree);
  return columns;
}

// After an error the memory holds lists of a broken tree, and the caller drops it.
absl::Status DecodeStackTree(const StackColumns& columns, size_t nodes, StackMemory* memory,
                             StackTree* tree, const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(StackReader(columns, nodes, memory).Run(tree, call));
  memory->Forget(*tree);
  return absl::OkStatus();
}

}  // namespace dolerite
