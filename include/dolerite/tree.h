// A flame graph as columns.
#ifndef DOLERITE_TREE_H_
#define DOLERITE_TREE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dolerite/export.h"
#include "dolerite/symbols.h"

namespace dolerite {

// What one frame of an answer is. Frozen: in splits.
enum class FrameBy : uint8_t {
  kFunction = 0,      // the function's name
  kLine = 1,          // function, file and line
  kFile = 2,          // source file
  kAddress = 3,       // function and address, as an offset in its mapping's file
  kMapping = 4,       // binary or library
  kFunctionFile = 5,  // function and source file
};

// Nodes in pre-order: node 0 is the root, parent[i] < i, children of one node
// are sorted by name. The root is the empty stack: its name is not part of any stack.
// A tree has one column of values, or two when it compares: base first. Values may
// be negative. A plain value: const use is safe from many threads at once.
struct DOLERITE_EXPORT Tree {
  struct Column {
    std::vector<int64_t> self;
    std::vector<int64_t> total;
  };

  std::string type, unit;  // what the values are, as in "cpu", "nanoseconds"
  // How values of several profiles went together: "sum", or "average": of each series over its
  // profiles, and those added up. Averages are rounded so that every self value and every total is
  // less than 1 off.
  std::string aggregate = "sum";
  StringTable names;
  std::vector<StringId> name;
  std::vector<uint32_t> parent;
  std::vector<Column> columns;
  // Nodes that a cut folded into nodes named kRest.
  uint64_t cut_nodes = 0;
  // The name of these nodes. A function that is really called so has another id. 0: nothing was
  // cut.
  StringId rest{};

  // The name of a node that sums all that was cut below its parent.
  static constexpr const char* kRest = "(other)";

  size_t size() const { return parent.size(); }

  // The sum of a column's self values without their signs: shares are parts of it. If no value is
  // negative it is the root's total.
  uint64_t Magnitude(size_t column) const;

  // Sets every total to the node's self plus its children's totals.
  // OutOfRange if a column's positive values, or its negative ones, sum to over 64
  // bits: the answer does not depend on the order of nodes; the tree is then
  // not usable.
  absl::Status SumTotals();

  // Keeps the max_nodes heaviest nodes (by the sum over columns of |total|; the root
  // always, with each node its ancestors, and of equals the earlier one), and folds
  // what is cut into one kRest child of each parent that lost children. Totals,
  // which must be set, do not change. 0 keeps all. Cutting again extends what the first cut left.
  // Ids of names stay as they are.
  void Cut(size_t max_nodes);
};

}  // namespace dolerite

#endif  // DOLERITE_TREE_H_
