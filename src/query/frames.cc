#include "query/frames.h"

#include "base/text.h"

namespace dolerite {

namespace {

constexpr StringId kEnd{UINT32_MAX};

std::string Hex(uint64_t value) {
  std::string out;
  for (; out.empty() || value != 0; value >>= 4)
    out.insert(out.begin(), "0123456789abcdef"[value & 15]);
  return "0x" + out;
}

std::string_view Basename(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// The name, or what the linker calls it.
std::string_view NameOf(const Symbols& symbols, FunctionId function) {
  const Functions& f = symbols.functions;
  const std::string_view name = symbols.strings[f.name[function.value]];
  return name.empty() ? symbols.strings[f.system_name[function.value]] : name;
}

}  // namespace

// What stands for a frame that has no symbol.
std::string FrameNames::MappingName(LocationId location) const {
  const MappingId mapping = symbols_.locations.mapping[location.value];
  const std::string_view file = symbols_.strings[symbols_.mappings.file[mapping.value]];
  return file.empty() ? "[unknown]" : Concat('[', Basename(file), ']');
}

StringId FrameNames::FunctionName(FunctionId function) {
  uint32_t& name = functions_[function.value];
  if (name == kNotYet) name = tree_.Name(NameOf(symbols_, function)).value;
  return {name};
}

// `line` is null for a location without lines.
StringId FrameNames::LineName(LocationId location, const Line* line) {
  const Functions& f = symbols_.functions;
  std::string_view function, file;
  if (line != nullptr) {
    if (by_ == FrameBy::kFunction) {
      const StringId name = FunctionName(line->function);
      if (name.value != 0) return name;
    }
    function = NameOf(symbols_, line->function);
    file = symbols_.strings[f.file[line->function.value]];
  }
  const std::string named = function.empty() ? MappingName(location) : std::string(function);
  switch (by_) {
    case FrameBy::kFunction:
      break;
    case FrameBy::kLine:
      if (line == nullptr) break;
      return tree_.Name(Concat(named, " ", file, ":", line->line));
    case FrameBy::kFile:
      return tree_.Name(file.empty() ? MappingName(location) : std::string(file));
    case FrameBy::kMapping:
      return tree_.Name(MappingName(location));
    case FrameBy::kAddress:
      return tree_.Name(Concat(MappingName(location), "+",
                               Hex(symbols_.locations.address[location.value]),
                               function.empty() ? "" : " ", function));
  }
  return tree_.Name(named);
}

void FrameNames::MakeFrames(LocationId location) {
  begin_[location.value] = static_cast<uint32_t>(frames_.size());
  const Lists<Line>& lines = symbols_.locations.lines;
  const Line* begin = lines.begin(location.value);
  const Line* line = lines.end(location.value);
  const bool once = begin == line || by_ == FrameBy::kMapping;
  if (once) frames_.push_back(LineName(location, nullptr));
  while (!once && line != begin) frames_.push_back(LineName(location, --line));
  frames_.push_back(kEnd);
}

uint32_t FrameNames::Descend(uint32_t node, LocationId location) {
  if (begin_[location.value] == kNotYet) MakeFrames(location);
  const bool merge_equal = by_ == FrameBy::kFile || by_ == FrameBy::kMapping;
  for (const StringId* name = &frames_[begin_[location.value]]; *name != kEnd; ++name) {
    if (merge_equal && node != 0 && tree_.name_of(node) == *name) continue;
    node = tree_.Child(node, *name);
  }
  return node;
}

}  // namespace dolerite
