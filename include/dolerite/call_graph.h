// Who calls whom, and one function with its callers or its callees.
//
// All of these are exact only for a tree that was not cut. They want a tree whose totals are set
// (every answer's are), take one column or two, and leave the tree as it is. Thread-safe.
// Those whose result has no place for a status throw std::bad_alloc where memory runs out.
#ifndef DOLERITE_CALL_GRAPH_H_
#define DOLERITE_CALL_GRAPH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/tree.h"

namespace dolerite {

// Functions (files, lines .. : what the tree's frames are) and the calls between them. Numbers
// are one for each column of the tree.
struct CallGraph {
  struct Node {
    std::string name;
    // Of the frame itself, and of the stacks that it is in.
    std::vector<int64_t> flat, cum;
  };
  struct Edge {
    uint32_t caller = 0, callee = 0;  // rows of nodes
    // Of the stacks in which the one calls the other.
    std::vector<int64_t> weight;
  };

  std::string type, unit;
  std::vector<int64_t> total;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
};

// The graph that google/pprof draws and peeks into: a stack counts once for a function and once
// for a pair of caller and callee, however often they are in it; direct calls of itself are no
// edge; the root is no node. Nodes are in the order of Top's rows, edges by weight (of the last
// column, heaviest first), then by the names of caller and callee.
DOLERITE_EXPORT CallGraph MakeCallGraph(const Tree& tree);

// All that a function called, merged: the root is the function, and its total the function's cum.
// If a function recurses, only what is below its outermost frame counts, so nothing counts twice.
// The root is 0 if no stack has the function.
DOLERITE_EXPORT Tree Callees(const Tree& tree, std::string_view function);

// All that led to a function, merged: the root is the function, its children called it, their
// children called those. A node's self value is what was called from the end of a stack: the
// outermost frame. If a function recurses, only callers of its outermost frame count, so the root's
// total equals the function's cum. Keeps the max_frames nearest callers (0: all); the last one kept
// gets the values of those further away. Takes a step for each caller of each occurrence, at most
// the tree's size times its depth: bound max_frames for input that is not trusted.
DOLERITE_EXPORT Tree Callers(const Tree& tree, std::string_view function, size_t max_frames = 0);

// The same with the callers of inner occurrences too, as google/pprof's peek lists callers. Each
// child of the root is a function that calls this one directly, and its total is the weight of that
// edge in MakeCallGraph: a stack counts once for a caller, by the outermost call that this caller
// makes. Direct calls of itself do not count. A stack counts at several children if several
// functions call, so the root's total may be more than the function's cum. Equals Callers where no
// stack has the function twice. OutOfRange if a sum leaves 64 bits.
DOLERITE_EXPORT absl::StatusOr<Tree> AllCallers(const Tree& tree, std::string_view function,
                                                size_t max_frames = 0);

// The tree from the leaves up: children of the root are the frames with a value of their own,
// below each its callers. Totals of those children are the flat values of Top. Keeps of each stack
// the max_frames frames nearest the leaf (0: all); costs as Callers. If all frames are kept,
// inverting twice gives the tree again.
DOLERITE_EXPORT Tree Invert(const Tree& tree, size_t max_frames = 0);

}  // namespace dolerite

#endif  // DOLERITE_CALL_GRAPH_H_
