// Names the frames of locations.
#ifndef DOLERITE_QUERY_FRAMES_H_
#define DOLERITE_QUERY_FRAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/query.h"
#include "model/frame_tree.h"

namespace dolerite {

// The frames of one dataset's locations as names of a tree, made when they are first asked for.
class FrameNames {
 public:
  FrameNames(const Symbols& symbols, FrameBy by, FrameTree* tree)
      : symbols_(symbols),
        by_(by),
        tree_(*tree),
        functions_(symbols.functions.size(), kNotYet),
        begin_(symbols.locations.size(), kNotYet) {}

  // The node that the location's frames lead to from `node`, outermost call first. Frames that
  // would repeat their parent's file or mapping are one with it.
  uint32_t Descend(uint32_t node, LocationId location);

 private:
  static constexpr uint32_t kNotYet = UINT32_MAX;

  void MakeFrames(LocationId location);
  StringId FunctionName(FunctionId function);
  StringId LineName(LocationId location, const Line* line);
  std::string MappingName(LocationId location) const;

  const Symbols& symbols_;
  FrameBy by_;
  FrameTree& tree_;
  std::vector<uint32_t> functions_;  // name of each function
  std::vector<uint32_t> begin_;      // of each location's frames
  std::vector<StringId> frames_;     // outermost first, then kEnd
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_FRAMES_H_
