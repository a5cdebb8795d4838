// Functions of many datasets under one numbering, and the frames of a dataset's stacks in it.
#ifndef DOLERITE_ARROW_FUNCTION_TABLE_H_
#define DOLERITE_ARROW_FUNCTION_TABLE_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "model/name_set.h"
#include "model/row_set.h"
#include "model/symbol_merger.h"

namespace dolerite::arrow {

// Distinct functions, numbered as they come.
class FunctionTable {
 public:
  struct Function {
    StringId name, system_name, file;
    int64_t start_line = 0;
    friend bool operator==(const Function&, const Function&) = default;
  };

  FunctionTable();
  uint32_t Add(std::string_view name, std::string_view system_name, std::string_view file,
               int64_t start_line);

  const std::vector<Function>& rows() const { return rows_; }
  std::string_view text(StringId id) const { return texts_.names()[id]; }
  size_t memory_bytes() const;

 private:
  uint64_t seed_;
  NameSet texts_;
  std::vector<Function> rows_;
  RowSet known_;
};

// The frames of stacks, as lists of functions, innermost first. Stacks that come in the order of
// their tree cost no more than the nodes that are new, as what they share stays in place.
class StackFrames {
 public:
  // Stacks of this many frames and more are refused.
  static constexpr size_t kMostFrames = size_t{1} << 20;

  // Both must outlive this.
  StackFrames(const MergedTables& tables, FunctionTable* functions);

  // Valid until the next call. ResourceExhausted for a stack that is too deep.
  absl::StatusOr<std::span<const uint32_t>> Of(uint32_t stack);

 private:
  // A stack on the path from the root, and where the frames of it and those above it begin.
  struct Open {
    uint32_t stack;
    size_t top;
  };

  absl::Status Push(uint32_t stack);
  uint32_t FrameOf(LocationId location, FunctionId function);
  uint32_t UnnamedFrame(LocationId location);

  const MergedTables& tables_;
  FunctionTable& functions_;
  std::vector<uint32_t> id_of_;          // by function of the dataset
  std::vector<uint32_t> unnamed_id_of_;  // by mapping: frames without a name
  std::vector<uint32_t> frames_;         // from the back; in use from the path's last top on
  std::vector<Open> path_;
  std::vector<uint32_t> below_;  // stacks between the path and the one that is asked for
};

}  // namespace dolerite::arrow

#endif  // DOLERITE_ARROW_FUNCTION_TABLE_H_
