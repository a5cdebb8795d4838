// Writer and reader walk the tree in the same order and keep the same memory of edges: for each
// location the locations that came below it, latest first. So an edge is stored as its rank there.
#include "block/stack_codec.h"

#include "base/bytes.h"
#include "base/status.h"

namespace dolerite {

namespace {

// For each location the locations that came below it, latest first, as linked lists.
class EdgeMemory {
 public:
  // One list for each location, and a last one for the root.
  explicit EdgeMemory(size_t locations) : heads_(locations + 1, kEnd) {}

  // For the writer. Returns the rank of `child` among the children of `parent` that are above
  // `floor`, and moves it to the front. If it is not among the first kMost children, adds it in
  // front and returns kMost.
  uint32_t Touch(uint32_t parent, uint32_t child, int64_t floor) {
    uint32_t rank = 0, before = kEnd, at = heads_[parent];
    for (uint32_t steps = 0; at != kEnd && steps < kMost; ++steps) {
      if (edges_[at].child == child) {
        MoveToFront(parent, before, at);
        return rank;
      }
      rank += edges_[at].child > floor;
      before = at;
      at = edges_[at].next;
    }
    Add(parent, child);
    return kMost;
  }

  // For the reader: gives the child at that rank and moves it to the front. False if the rank is
  // too high.
  bool Take(uint32_t parent, uint32_t rank, int64_t floor, uint32_t* child) {
    uint32_t before = kEnd, at = heads_[parent], steps = 0;
    for (; at != kEnd && steps < kMost; before = at, at = edges_[at].next, ++steps) {
      if (edges_[at].child <= floor) continue;
      if (rank-- == 0) break;
    }
    if (at == kEnd || steps == kMost) return false;
    *child = edges_[at].child;
    MoveToFront(parent, before, at);
    return true;
  }

  // The child that came last, or -1.
  int64_t Latest(uint32_t parent) const {
    return heads_[parent] == kEnd ? -1 : int64_t{edges_[heads_[parent]].child};
  }

  void Add(uint32_t parent, uint32_t child) {
    edges_.push_back({child, heads_[parent]});
    heads_[parent] = static_cast<uint32_t>(edges_.size() - 1);
  }

  // Frozen: part of the format. How far a list is searched, so that no input makes the walk
  // quadratic.
  static constexpr uint32_t kMost = 62;

 private:
  static constexpr uint32_t kEnd = UINT32_MAX;
  struct Edge {
    uint32_t child, next;
  };

  void MoveToFront(uint32_t parent, uint32_t before, uint32_t at) {
    if (before == kEnd) return;
    edges_[before].next = edges_[at].next;
    edges_[at].next = heads_[parent];
    heads_[parent] = at;
  }

  std::vector<uint32_t> heads_;
  std::vector<Edge> edges_;
};

}  // namespace

StackColumns EncodeStackTree(const StackTree& tree, size_t locations) {
  StackColumns out;
  EdgeMemory memory(locations);
  std::vector<int32_t> last_child(tree.size(), -1);
  for (uint32_t i = 1; i < tree.size(); ++i) {
    const uint32_t parent = tree.parent[i], location = tree.location[i].value;
    uint32_t up = 0;
    for (uint32_t at = i - 1; at != parent; at = tree.parent[at]) ++up;
    out.ups.push_back(up);
    const uint32_t context =
        parent == 0 ? static_cast<uint32_t>(locations) : tree.location[parent].value;
    const int64_t latest = memory.Latest(context);
    const uint32_t rank = memory.Touch(context, location, last_child[parent]);
    if (latest >= 0) out.edges.push_back(rank == EdgeMemory::kMost ? 0 : rank + 1);
    if (rank == EdgeMemory::kMost) {
      const int64_t from = latest >= 0 ? latest : parent == 0 ? 0 : context;
      auto& column = latest >= 0 ? out.near_edges : out.new_edges;
      column.push_back(static_cast<uint32_t>(ZigZag(int64_t{location} - from)));
    }
    last_child[parent] = static_cast<int32_t>(location);
  }
  return out;
}

absl::Status DecodeStackTree(const StackColumns& columns, size_t locations, StackTree* tree) {
  const size_t nodes = columns.ups.size() + 1;
  tree->parent.assign(nodes, 0);
  tree->location.assign(nodes, {});
  EdgeMemory memory(locations);
  std::vector<int32_t> last_child(nodes, -1);
  size_t next_edge = 0, next_near = 0, next_new = 0;
  for (uint32_t i = 1; i < nodes; ++i) {
    // Climb from the node before to the parent.
    uint32_t parent = i - 1;
    for (uint32_t up = columns.ups[i - 1]; up > 0; --up) {
      if (parent == 0) return DataLoss("stack tree: node ", i, " climbs past the root");
      parent = tree->parent[parent];
    }
    // If something came below the parent's location before, the location is a rank among that, or a
    // difference to the latest; else it is a difference to the parent's.
    const uint32_t context =
        parent == 0 ? static_cast<uint32_t>(locations) : tree->location[parent].value;
    uint32_t location = 0, edge = 0;
    const int64_t latest = memory.Latest(context);
    if (latest >= 0) {
      if (next_edge == columns.edges.size()) {
        return DataLoss("stack tree: node ", i, " has no edge; all ", next_edge, " are used up");
      }
      edge = columns.edges[next_edge++];
    }
    if (edge == 0) {
      const std::vector<uint32_t>& column = latest >= 0 ? columns.near_edges : columns.new_edges;
      size_t& next = latest >= 0 ? next_near : next_new;
      if (next == column.size()) {
        return DataLoss("stack tree: node ", i, " has no new edge; all ", next, " are used up");
      }
      const int64_t from = latest >= 0 ? latest : parent == 0 ? 0 : context;
      const int64_t to = UnZigZag(column[next++]) + from;
      if (to <= last_child[parent] || to >= static_cast<int64_t>(locations)) {
        return DataLoss("stack tree: node ", i, " has location ", to, ", where one above ",
                        last_child[parent], " and below ", locations, " is expected");
      }
      location = static_cast<uint32_t>(to);
      memory.Add(context, location);
    } else if (!memory.Take(context, edge - 1, last_child[parent], &location)) {
      return DataLoss("stack tree: node ", i, " repeats edge ", edge - 1,
                      ", which did not come before");
    }
    last_child[parent] = static_cast<int32_t>(location);
    tree->parent[i] = parent;
    tree->location[i] = {location};
  }
  if (next_edge == columns.edges.size() && next_near == columns.near_edges.size() &&
      next_new == columns.new_edges.size()) {
    return absl::OkStatus();
  }
  return DataLoss("stack tree: of ", columns.edges.size(), ", ", columns.near_edges.size(), " and ",
                  columns.new_edges.size(), " edges, near edges and new edges, the nodes use ",
                  next_edge, ", ", next_near, " and ", next_new);
}

}  // namespace dolerite
