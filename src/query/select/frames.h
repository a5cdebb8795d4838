// Names the frames of locations.
#ifndef DOLERITE_QUERY_SELECT_FRAMES_H_
#define DOLERITE_QUERY_SELECT_FRAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/query.h"
#include "model/line_functions.h"
#include "model/name_set.h"

namespace dolerite {

// Where a location of merged tables lies in its mapping's file: the same for every process that has
// mapped it, whichever segment it is in and wherever it was put. Wraps around at 64 bits.
uint64_t FileOffset(const Symbols& symbols, LocationId location);

// A function's name or, if it has none, what the linker calls it.
std::string_view FunctionText(const Symbols& symbols, FunctionId function);
// The name of a frame that has no function with a name: `[file]`, or `[unknown]`.
std::string MappingText(const Symbols& symbols, MappingId mapping);

// The frames of one dataset's locations, named by rows of a table.
class FrameNames {
 public:
  // Makes the frames of the locations that are marked. `names`, an empty table, gets the names in
  // order, each once: comparing rows compares names.
  FrameNames(const MergedTables& tables, FrameBy by, const std::vector<char>& wanted,
             StringTable* names);

  static constexpr StringId kEnd{UINT32_MAX};
  // The frames of a location that was marked, outermost call first, then kEnd.
  const StringId* Of(LocationId location) const {
    return frames_.data() + begin_.data()[location.value];
  }
  // Whether frames that would repeat their parent's name are one with it: files and mappings are.
  bool MergesEqual() const { return by_ == FrameBy::kFile || by_ == FrameBy::kMapping; }

 private:
  static constexpr uint32_t kNotYet = UINT32_MAX, kNoLine = UINT32_MAX;

  bool TakeFunctions(const LineFunctions& functions, const std::vector<char>& wanted,
                     StringTable* names);
  void MakeFrames(const LineFunctions& functions, const std::vector<char>& wanted,
                  StringTable* names);
  void MakeFramesOf(LocationId location, const LineFunctions& functions);
  StringId FunctionName(FunctionId function);
  StringId LineName(LocationId location, uint32_t line, const LineFunctions& functions);
  std::string MappingName(LocationId location) const;
  void Renumber(const std::vector<uint32_t>& rows);

  const Symbols& symbols_;
  FrameBy by_;
  NameSet names_;
  std::vector<uint32_t> functions_;  // name of each function
  std::vector<uint32_t> begin_;      // of each location's frames
  std::vector<StringId> frames_;     // all frames of a location, then kEnd
};

// Finds the frames of one function, as FrameBy::kFunction names it.
class FrameFinder {
 public:
  FrameFinder(const MergedTables& tables, std::string_view function);

  // Frames of a location are counted from the outermost call on; there is always one.
  size_t FrameCount(LocationId location) const;
  bool IsFrame(LocationId location, size_t frame) const;
  // How many frames there are from the outermost call of the function on; 0 if it is not called.
  uint32_t FramesFrom(LocationId location) const;

 private:
  const Symbols& symbols_;
  LineFunctions lines_;
  std::vector<char> functions_, has_name_;
  std::vector<char> mappings_;  // whose frames without symbols are called so
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SELECT_FRAMES_H_
