// Names the frames of locations.
#ifndef DOLERITE_QUERY_SELECT_FRAMES_H_
#define DOLERITE_QUERY_SELECT_FRAMES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dolerite/query.h"
#include "model/frame_tree.h"

namespace dolerite {

// Where a location of merged tables lies in its mapping's file: the same for every process that has
// mapped it, whichever segment it is in and wherever it was put. Wraps around at 64 bits.
uint64_t FileOffset(const Symbols& symbols, LocationId location);

// The frames of one dataset's locations as names of a tree, made when they are first asked for.
class FrameNames {
 public:
  FrameNames(const Symbols& symbols, FrameBy by, FrameTree* tree)
      : symbols_(symbols),
        by_(by),
        tree_(*tree),
        functions_(symbols.functions.size(), kNotYet),
        begin_(symbols.locations.size(), kNotYet) {}

  // Makes the frames of all locations that are marked. Faster than one by one, and functions that
  // are new to the tree come in their own order, which is by name in tables of a block.
  void Make(const std::vector<char>& wanted);

  // The node that the location's frames lead to from `node`, outermost call first. Frames that
  // would repeat their parent's file or mapping are one with it.
  uint32_t Descend(uint32_t node, LocationId location) {
    if (begin_[location.value] == kNotYet) MakeFrames(location);
    const bool merge_equal = by_ == FrameBy::kFile || by_ == FrameBy::kMapping;
    for (const StringId* name = &frames_[begin_[location.value]]; *name != kEnd; ++name) {
      if (merge_equal && node != 0 && tree_.name_of(node) == *name) continue;
      node = tree_.Child(node, *name);
    }
    return node;
  }

 private:
  static constexpr uint32_t kNotYet = UINT32_MAX;
  static constexpr StringId kEnd{UINT32_MAX};

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

// Finds the frames of one function, as FrameBy::kFunction names it.
class FrameFinder {
 public:
  FrameFinder(const Symbols& symbols, std::string_view function);

  // Frames of a location are counted from the outermost call on; there is always one.
  size_t FrameCount(LocationId location) const;
  bool IsFrame(LocationId location, size_t frame) const;
  // How many frames there are from the outermost call of the function on; 0 if it is not called.
  uint32_t FramesFrom(LocationId location) const;

 private:
  const Symbols& symbols_;
  std::vector<char> functions_, has_name_;
  std::vector<char> mappings_;  // whose frames without symbols are called so
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SELECT_FRAMES_H_
