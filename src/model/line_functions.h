// Which functions locations call.
#ifndef DOLERITE_MODEL_LINE_FUNCTIONS_H_
#define DOLERITE_MODEL_LINE_FUNCTIONS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dolerite/symbols.h"
#include "model/symbol_merger.h"

namespace dolerite {

// The functions of lines, by location, innermost first: of tables with lines, and of those that
// have calls instead. A view: the tables must outlive it unchanged.
class LineFunctions {
 public:
  explicit LineFunctions(const MergedTables& tables) {
    const Lists<Line>& lines = tables.symbols.locations.lines;
    if (tables.calls.size() > 0) {
      ends_ = tables.calls.ends;
      first_ = reinterpret_cast<const char*>(tables.calls.items.data());
      stride_ = sizeof(FunctionId);
    } else {
      ends_ = lines.ends;
      first_ = reinterpret_cast<const char*>(lines.items.data()) + offsetof(Line, function);
      stride_ = sizeof(Line);
    }
  }

  // The lines of a location are [begin, end).
  uint32_t begin(LocationId location) const {
    return location.value == 0 ? 0 : ends_.data()[location.value - 1];
  }
  uint32_t end(LocationId location) const { return ends_.data()[location.value]; }
  uint32_t count(LocationId location) const { return end(location) - begin(location); }
  FunctionId operator[](uint32_t line) const {
    FunctionId function;
    std::memcpy(&function, first_ + line * stride_, sizeof(function));
    return function;
  }

  size_t locations() const { return ends_.size(); }
  size_t lines() const { return ends_.empty() ? 0 : ends_.back(); }

 private:
  std::span<const uint32_t> ends_;  // by location
  const char* first_;
  size_t stride_;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_LINE_FUNCTIONS_H_
