// Sums of the nodes of a tree, apart by group and, for gauges, by series.
#ifndef DOLERITE_QUERY_ANSWERS_NODE_SUMS_H_
#define DOLERITE_QUERY_ANSWERS_NODE_SUMS_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/labels.h"
#include "model/frame_tree.h"
#include "query/partial_wire.h"
#include "query/scan/keyed_sums.h"

namespace dolerite {

// Nodes are numbers of a FrameTree that the caller has. Adding and merging are exact; only Values
// rounds.
class NodeSums {
 public:
  // The labels of a group and of a series. Counters have all series in the one without labels.
  using Key = std::pair<LabelSet, LabelSet>;
  using NodeValues = std::vector<std::pair<uint32_t, __int128>>;

  uint32_t RowOf(const Key& key);
  // `row` is of RowOf.
  void Add(uint32_t row, uint32_t node, __int128 sum);
  // Gauges: how many more profiles of a series are selected, in whatever groups they count.
  void CountProfiles(const LabelSet& series, uint64_t profiles);
  // `nodes` are this tree's nodes by the other one's. Not OK only if the host has stopped the call:
  // then nothing was added.
  absl::Status Merge(const NodeSums& from, const std::vector<uint32_t>& nodes,
                     const CallContext& call);
  // How much there is, for TakeBack.
  struct Size {
    size_t rows = 0, sums = 0;
  };
  Size size() const { return {rows_.size(), sums_.size()}; }
  // Undoes the last merge; `before` was the size.
  void TakeBack(const NodeSums& from, const std::vector<uint32_t>& nodes, const Size& before);

  void Encode(PartialWriter* wire) const;
  // Into an empty one; `nodes` is the size of the tree. Errors are set on the reader.
  void Decode(PartialReader* wire, size_t nodes);
  size_t memory_bytes() const;

  // What each group has by node, in the tree's order. `scale` divides all sums, exactly. If
  // `average`, each series' sums are divided by its profiles before they are added up. What is
  // added up from the first node to each one is then rounded to the nearest integer (halves up,
  // thirds and the like as multiples of 2^-32), and a node's value is by how much that grows. So
  // every value and every sum of a subtree is less than 1 off, none has a sign that it did not
  // have, and the total of all is the nearest integer.
  absl::StatusOr<std::map<LabelSet, NodeValues>> Values(const FrameTree& tree, int64_t scale,
                                                        bool average,
                                                        const CallContext& call) const;

 private:
  using Profiles = std::map<LabelSet, uint64_t>;

  void ForgetRows(size_t before);
  // Those of `from` up to `end`.
  void TakeBackProfiles(const NodeSums& from, Profiles::const_iterator end);

  std::map<Key, uint32_t> rows_;
  Profiles profiles_;  // by series
  KeyedSums sums_;     // by row and node
  size_t label_bytes_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_NODE_SUMS_H_
