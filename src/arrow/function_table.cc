#include "arrow/function_table.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/status.h"
#include "query/select/frames.h"

namespace dolerite::arrow {

namespace {

constexpr uint32_t kNotYet = UINT32_MAX;

}  // namespace

FunctionTable::FunctionTable() : seed_(SeedFor(this)) {}

// Texts are made unique first, so that equal functions have four equal numbers.
uint32_t FunctionTable::Add(std::string_view name, std::string_view system_name,
                            std::string_view file, int64_t start_line) {
  const Function row = {texts_.Add(name), texts_.Add(system_name), texts_.Add(file), start_line};
  const uint64_t names = (uint64_t{row.name.value} << 32) | row.system_name.value;
  const uint64_t place = (uint64_t{row.file.value} << 32) ^ static_cast<uint64_t>(start_line);
  return known_.FindOrAdd(
      MixHash(MixHash(seed_, names), place), [&](uint32_t r) { return rows_[r] == row; },
      [&] {
        rows_.push_back(row);
        return static_cast<uint32_t>(rows_.size() - 1);
      });
}

size_t FunctionTable::memory_bytes() const {
  return texts_.memory_bytes() + rows_.capacity() * sizeof(Function) + known_.memory_bytes();
}

// `path_` begins with the root, which has no frames. Frames are written from the back of `frames_`
// towards the front, so that the innermost one comes first.
StackFrames::StackFrames(const MergedTables& tables, FunctionTable* functions)
    : tables_(tables),
      functions_(*functions),
      id_of_(tables.symbols.functions.size(), kNotYet),
      unnamed_id_of_(tables.symbols.mappings.size(), kNotYet),
      frames_(64),
      path_{{0, frames_.size()}} {}

// A stack's parent has a smaller number. So of the path's end and the stack that is looked for the
// larger one can't be above the other: it is left, or it lies between.
absl::StatusOr<std::span<const uint32_t>> StackFrames::Of(uint32_t stack) {
  // Phase 1: finds what the path and the stack share. Phase 2: pushes what the path lacks.
  below_.clear();
  for (uint32_t at = stack; at != path_.back().stack;) {
    if (at > path_.back().stack) {
      below_.push_back(at);
      at = tables_.stacks.parent[at];
    } else {
      path_.pop_back();
    }
  }
  for (; !below_.empty(); below_.pop_back()) DOLERITE_RETURN_IF_ERROR(Push(below_.back()));
  return std::span<const uint32_t>(frames_).subspan(path_.back().top);
}

// Puts the frames of a stack's location before those of its parent. Lines are innermost first.
absl::Status StackFrames::Push(uint32_t stack) {
  const LocationId location = tables_.stacks.location[stack];
  const Lists<Line>& lines = tables_.symbols.locations.lines;
  const size_t n = std::max<size_t>(lines.length(location.value), 1);
  size_t top = path_.back().top;
  const size_t used = frames_.size() - top;
  if (used + n > kMostFrames) {
    return ResourceExhausted("a stack of over ", kMostFrames, " frames");
  }
  // No room before the frames: a larger buffer, with the frames at its back again.
  if (n > top) {
    std::vector<uint32_t> larger(2 * (used + n));
    const size_t moved = larger.size() - frames_.size();
    std::copy(frames_.begin() + static_cast<ptrdiff_t>(top), frames_.end(),
              larger.end() - static_cast<ptrdiff_t>(used));
    frames_ = std::move(larger);
    // Places on the path are counted from the front.
    for (Open& open : path_) open.top += moved;
    top += moved;
  }
  top -= n;
  uint32_t* out = frames_.data() + top;
  const Line* const end = lines.end(location.value);
  const Line* line = lines.begin(location.value);
  if (line == end) *out = UnnamedFrame(location);
  for (; line != end; ++line) *out++ = FrameOf(location, line->function);
  path_.push_back({stack, top});
  return absl::OkStatus();
}

// Each function of the dataset is added to the common table once.
uint32_t StackFrames::FrameOf(LocationId location, FunctionId function) {
  uint32_t& id = id_of_[function.value];
  if (id != kNotYet) return id;
  const Symbols& symbols = tables_.symbols;
  const std::string_view name = FunctionText(symbols, function);
  if (name.empty()) return UnnamedFrame(location);
  const Functions& f = symbols.functions;
  id = functions_.Add(name, symbols.strings[f.system_name[function.value]],
                      symbols.strings[f.file[function.value]], f.start_line[function.value]);
  return id;
}

// As in flame graphs; it has no system name, and the mapping's file is not a source.
uint32_t StackFrames::UnnamedFrame(LocationId location) {
  const MappingId mapping = tables_.symbols.locations.mapping[location.value];
  uint32_t& id = unnamed_id_of_[mapping.value];
  if (id == kNotYet) id = functions_.Add(MappingText(tables_.symbols, mapping), "", "", 0);
  return id;
}

}  // namespace dolerite::arrow
