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
      : tree_(tree), calls_(memory, tree.size()), last_child_(tree.size(), -1) {}

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
    const uint32_t list = parent == 0 ? calls_.root() : tree_.location[parent].value;
    int32_t& last = last_child_[parent];
    if (!WriteEdge(list, location, last)) {
      if (last >= 0) {
        out_[column::kSteps].push_back(location - static_cast<uint32_t>(last) - 1);
      } else {
        const int64_t difference = int64_t{location} - calls_.Base(list);
        out_[calls_.size(list) > 0 ? column::kNearEdges : column::kNewEdges].push_back(
            static_cast<uint32_t>(ZigZag(difference)));
      }
      calls_.Add(list, location);
    }
    last = static_cast<int32_t>(location);
  }

  // Writes the rank among the candidates and makes the call the latest. False if the location is no
  // candidate: then the edge 0 is written, provided that there are candidates.
  bool WriteEdge(uint32_t list, uint32_t location, int32_t floor) {
    const uint32_t calls = calls_.size(list);
    const Candidates candidates =
        floor < 0 ? Candidates{(1u << calls) - 1, calls} : calls_.CandidatesAfter(list, floor);
    if (candidates.count == 0) return false;
    std::vector<uint32_t>& edges = out_[EdgeColumn(candidates.count)];
    uint32_t rank = 0;
    for (uint32_t i = 0; i < calls; ++i) {
      if (calls_.at(list, i) == location) {
        calls_.Take(list, i);
        edges.push_back(rank + 1);
        return true;
      }
      rank += candidates.bits >> i & 1;
    }
    edges.push_back(0);
    return false;
  }

  // How the walk goes on behind the node: the leaf flag, and for a leaf how far up the next parent
  // is. The climb ends at that parent: in pre-order it is on the path.
  void WriteNext(uint32_t node, bool first_child) {
    const bool last = node + 1 == tree_.size();
    const bool leaf = last || tree_.parent[node + 1] != node;
    const uint32_t location = tree_.location[node].value;
    out_[LeafColumn(calls_.last(location))].push_back(leaf);
    calls_.set_last(location, leaf ? kLeafNode : kInnerNode);
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

// Reads the columns, node by node. The path from the root to the parent of the next node is all
// that is needed of the tree so far.
//
// Each step waits for the one before: a location leads to its calls, they to a column, the column
// to a value, and that to the next location. So the loop keeps this chain short rather than its
// instructions few.
class StackReader {
 public:
  StackReader(const StackColumns& columns, size_t nodes, StackMemory* memory)
      : nodes_(static_cast<uint32_t>(nodes)),
        locations_(static_cast<uint32_t>(memory->locations())),
        calls_(memory, MostCalls(columns, nodes)),
        path_(new Open[nodes + 1]) {
    for (size_t id = 0; id < kColumns; ++id) {
      const std::vector<uint32_t>& column = columns[id];
      at_[id] = column.data();
      end_[id] = column.data() + column.size();
      zeros_[id] = column.empty();
      next_[id] = column.empty() ? 0 : column[0];
    }
  }

  // The loop has no check of its own for the size of the tree: `nodes_` is known, and the caller
  // has taken the memory.
  absl::Status Run(StackTree* tree, const CallContext& call) {
    tree->parent.resize(nodes_ + size_t{1});
    tree->location.resize(nodes_ + size_t{1});
    tree->parent[0] = 0, tree->location[0] = {};
    // The path is an array with a place for each node: the deepest tree is a chain.
    open_ = path_.get();
    *open_ = {0, -1, calls_.root()};
    for (uint32_t begin = 1; begin <= nodes_;) {
      if (begin > 1) DOLERITE_RETURN_IF_ERROR(call.Check());
      const uint32_t end = begin + std::min<uint32_t>(Pace::kRows, nodes_ + 1 - begin);
      const uint32_t read = ReadNodes(begin, end, tree->parent.data(), tree->location.data());
      if (read < end) return Damaged(read);
      begin = end;
    }
    return CheckEnds();
  }

 private:
  // A node of the path: the location of its last child, or -1, and the list of its location.
  struct Open {
    uint32_t node;
    int32_t last;
    uint32_t list;
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

  // The nodes [node, end). Returns the first one that could not be read.
  uint32_t ReadNodes(uint32_t node, uint32_t end, uint32_t* parents, LocationId* locations) {
    for (; node < end; ++node) {
      Open& parent = *open_;
      const bool first = parent.last < 0;
      uint32_t location = 0;
      if (first ? !ReadFirst(parent.list, &location) : !ReadSibling(parent, &location)) break;
      parents[node] = parent.node;
      locations[node] = {location};
      parent.last = static_cast<int32_t>(location);
      if (!ReadNext(node, location, first)) break;
    }
    return node;
  }

  // The next value of a column. False at its end. The value behind it is fetched before it is known
  // when it will be wanted.
  bool Next(uint8_t column, uint32_t* value) {
    const uint32_t *const at = at_[column], *const end = end_[column];
    *value = next_[column];
    if (at == end) return zeros_[column];
    at_[column] = at + 1;
    next_[column] = at + 1 == end ? 0 : at[1];
    return true;
  }

  // These two mirror WriteLocation.
  bool ReadFirst(uint32_t list, uint32_t* location) {
    const uint32_t candidates = calls_.size(list);
    uint32_t code = 0;
    if (candidates > 0) {
      if (!Next(EdgeColumn(candidates), &code)) return Fail("no edge is left");
      if (code > candidates) return Fail("the edge is beyond the candidates");
      if (code > 0) return *location = calls_.Take(list, code - 1), true;
    }
    if (!Next(candidates > 0 ? column::kNearEdges : column::kNewEdges, &code)) {
      return Fail("no near or new edge is left");
    }
    return AddCall(list, int64_t{calls_.Base(list)} + UnZigZag(code), location);
  }

  bool ReadSibling(const Open& parent, uint32_t* location) {
    const Candidates candidates = calls_.CandidatesAfter(parent.list, parent.last);
    uint32_t code = 0;
    if (candidates.count > 0) {
      if (!Next(EdgeColumn(candidates.count), &code)) return Fail("no edge is left");
      if (code > candidates.count) return Fail("the edge is beyond the candidates");
      if (code > 0) {
        return *location = calls_.Take(parent.list, candidates.PositionOf(code - 1)), true;
      }
    }
    if (!Next(column::kSteps, &code)) return Fail("no step is left");
    return AddCall(parent.list, int64_t{parent.last} + 1 + code, location);
  }

  // In 64 bits, so that a hostile location is seen as beyond the table.
  bool AddCall(uint32_t list, int64_t call, uint32_t* location) {
    if (static_cast<uint64_t>(call) >= locations_) return Fail("the location is not in its table");
    calls_.Add(list, *location = static_cast<uint32_t>(call));
    return true;
  }

  // Goes down to the node if it has a child, else up to the parent of the next one.
  bool ReadNext(uint32_t node, uint32_t location, bool first_child) {
    uint32_t leaf = 0, height = 0;
    if (!Next(LeafColumn(calls_.last(location)), &leaf)) return Fail("no leaf flag is left");
    if (leaf > 1) return Fail("the leaf flag is neither 0 nor 1");
    calls_.set_last(location, static_cast<LastNode>(kInnerNode + leaf));
    if (leaf == 0) {
      *++open_ = {node, -1, location};
      return node < nodes_ || Fail("the last node is not a leaf");
    }
    if (node == nodes_) return true;
    if (!Next(first_child ? column::kHeights : column::kLaterHeights, &height)) {
      return Fail("no height is left");
    }
    if (height > static_cast<size_t>(open_ - path_.get())) {
      return Fail("the height leads past the root");
    }
    open_ -= height;
    return true;
  }

  // Rows that no node used would be bytes that nothing checks.
  absl::Status CheckEnds() const {
    for (size_t id = 0; id < kColumns; ++id) {
      if (at_[id] == end_[id]) continue;
      return DataLoss("stack tree: column ", id, " has ", end_[id] - at_[id],
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
  // By column id.
  const uint32_t *at_[kColumns], *end_[kColumns];
  uint32_t next_[kColumns];  // the values there, or 0 at the end
  bool zeros_[kColumns];     // the column is left out: as many zeros as are wanted
  CallLists calls_;
  std::unique_ptr<Open[]> path_;
  Open* open_ = nullptr;  // the next node's parent
  const char* wrong_ = "";
};

}  // namespace

// A small tree is forgotten by its nodes: a dataset with many types has many small trees.
void StackMemory::Forget(const StackTree& tree) {
  if (tree.size() > calls_.size()) {
    std::fill(calls_.begin(), calls_.end(), Calls());
    std::fill(last_.begin(), last_.end(), kNoNode);
    return;
  }
  calls_.back() = {};
  for (size_t i = 1; i < tree.size(); ++i) {
    const uint32_t location = tree.location[i].value;
    calls_[location] = {}, last_[location] = kNoNode;
  }
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
