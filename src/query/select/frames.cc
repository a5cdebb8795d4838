// Names are made once for each location and looked up by stack nodes afterwards. A name is a row of
// a set, so equal names of two functions are one frame.
#include "query/select/frames.h"

#include <algorithm>

#include "base/text.h"
#include "dolerite/demangle.h"

namespace dolerite {

namespace {

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

// The name of a frame that has no symbol.
std::string NameOf(const Symbols& symbols, MappingId mapping) {
  const std::string_view file = symbols.strings[symbols.mappings.file[mapping.value]];
  return file.empty() ? "[unknown]" : Concat('[', Basename(file), ']');
}

}  // namespace

// The address in the file does not depend on where the system loaded it.
uint64_t FileOffset(const Symbols& symbols, LocationId location) {
  const MappingId mapping = symbols.locations.mapping[location.value];
  return symbols.locations.address[location.value] + symbols.mappings.offset[mapping.value];
}

std::string FrameNames::MappingName(LocationId location) const {
  return NameOf(symbols_, symbols_.locations.mapping[location.value]);
}

StringId FrameNames::FunctionName(FunctionId function) {
  uint32_t& name = functions_[function.value];
  if (name == kNotYet) name = names_.Add(NameOf(symbols_, function)).value;
  return {name};
}

// `line` is null for a location without lines.
// By function the name alone; other kinds put a file, a line or an address behind it, separated by
// a space.
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
      return names_.Add(Concat(named, " ", file, ":", line->line));
    case FrameBy::kFunctionFile:
      return names_.Add(file.empty() ? named : Concat(named, " ", file));
    case FrameBy::kFile:
      return names_.Add(file.empty() ? MappingName(location) : std::string(file));
    case FrameBy::kMapping:
      return names_.Add(MappingName(location));
    case FrameBy::kAddress:
      return names_.Add(Concat(MappingName(location), "+", Hex(FileOffset(symbols_, location)),
                               function.empty() ? "" : " ", function));
  }
  return names_.Add(named);
}

// Lines of a location are stored leaf first; frames go from the outermost one inwards.
void FrameNames::MakeFrames(LocationId location) {
  begin_[location.value] = static_cast<uint32_t>(frames_.size());
  const Lists<Line>& lines = symbols_.locations.lines;
  const Line* begin = lines.begin(location.value);
  const Line* line = lines.end(location.value);
  // Most frames are functions that have their names.
  if (by_ == FrameBy::kFunction && line - begin == 1) {
    const uint32_t name = functions_[begin->function.value];
    if (name != kNotYet && name != 0) {
      frames_.push_back({name}), frames_.push_back(kEnd);
      return;
    }
  }
  // A location without lines is one frame, and by mapping all its lines are one.
  const bool once = begin == line || by_ == FrameBy::kMapping;
  if (once) frames_.push_back(LineName(location, nullptr));
  while (!once && line != begin) frames_.push_back(LineName(location, --line));
  frames_.push_back(kEnd);
}

// `wanted` are the locations that stacks with a value pass: names of others are never made.
FrameNames::FrameNames(const Symbols& symbols, FrameBy by, const std::vector<char>& wanted,
                       NameSet* names)
    : symbols_(symbols),
      by_(by),
      names_(*names),
      functions_(symbols.functions.size(), kNotYet),
      begin_(symbols.locations.size(), kNotYet) {
  if (by == FrameBy::kFunction) MakeFunctions(wanted);
  const uint32_t n = static_cast<uint32_t>(wanted.size());
  frames_.reserve(n + symbols.locations.lines.items.size());
  for (uint32_t l = 0; l < n; ++l) {
    if (wanted[l]) MakeFrames({l});
  }
}

// Adds the names of all called functions in the order of the functions, which is that of their
// names. Names that come in order need no sorting later, so this is faster than adding them as
// locations come.
void FrameNames::MakeFunctions(const std::vector<char>& wanted) {
  const Lists<Line>& lines = symbols_.locations.lines;
  std::vector<char> called(functions_.size(), 0);
  for (uint32_t l = 0; l < wanted.size(); ++l) {
    if (!wanted[l]) continue;
    for (const Line* line = lines.begin(l); line != lines.end(l); ++line) {
      called[line->function.value] = 1;
    }
  }
  for (uint32_t f = 0; f < called.size(); ++f) {
    if (called[f]) FunctionName({f});
  }
}

// After the set was sorted.
void FrameNames::Renumber(const std::vector<uint32_t>& rows) {
  for (StringId& name : frames_) {
    if (name != kEnd) name.value = rows[name.value];
  }
}

// Decides once for each function and mapping, so that a frame costs a look-up.
FrameFinder::FrameFinder(const Symbols& symbols, std::string_view function)
    : symbols_(symbols),
      functions_(symbols.functions.size()),
      has_name_(symbols.functions.size()),
      mappings_(symbols.mappings.size()) {
  for (uint32_t f = 0; f < functions_.size(); ++f) {
    const std::string_view name = NameOf(symbols, FunctionId{f});
    has_name_[f] = !name.empty();
    const bool named = name == function || (name.starts_with('_') && Demangle(name) == function);
    functions_[f] = has_name_[f] && named;
  }
  for (uint32_t m = 0; m < mappings_.size(); ++m) {
    mappings_[m] = NameOf(symbols, MappingId{m}) == function;
  }
}

// Locations without lines are one frame, named after their mapping.
size_t FrameFinder::FrameCount(LocationId location) const {
  return std::max<size_t>(symbols_.locations.lines.length(location.value), 1);
}

bool FrameFinder::IsFrame(LocationId location, size_t frame) const {
  const Lists<Line>& lines = symbols_.locations.lines;
  const Line* end = lines.end(location.value);
  if (end != lines.begin(location.value)) {
    const FunctionId function = (end - 1 - frame)->function;
    if (has_name_[function.value]) return functions_[function.value] != 0;
  }
  return mappings_[symbols_.locations.mapping[location.value].value] != 0;
}

// How many frames there are from the outermost one of that function on; 0 if there is none.
uint32_t FrameFinder::FramesFrom(LocationId location) const {
  const size_t count = FrameCount(location);
  for (size_t frame = 0; frame < count; ++frame) {
    if (IsFrame(location, frame)) return static_cast<uint32_t>(count - frame);
  }
  return 0;
}

}  // namespace dolerite
