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

}  // namespace

std::string_view FunctionText(const Symbols& symbols, FunctionId function) {
  const Functions& f = symbols.functions;
  const std::string_view name = symbols.strings[f.name[function.value]];
  return name.empty() ? symbols.strings[f.system_name[function.value]] : name;
}

std::string MappingText(const Symbols& symbols, MappingId mapping) {
  const std::string_view file = symbols.strings[symbols.mappings.file[mapping.value]];
  return file.empty() ? "[unknown]" : Concat('[', Basename(file), ']');
}

// The address in the file does not depend on where the system loaded it.
uint64_t FileOffset(const Symbols& symbols, LocationId location) {
  const MappingId mapping = symbols.locations.mapping[location.value];
  return symbols.locations.address[location.value] + symbols.mappings.offset[mapping.value];
}

std::string FrameNames::MappingName(LocationId location) const {
  return MappingText(symbols_, symbols_.locations.mapping[location.value]);
}

StringId FrameNames::FunctionName(FunctionId function) {
  uint32_t& name = functions_[function.value];
  if (name == kNotYet) name = names_.Add(FunctionText(symbols_, function)).value;
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
    function = FunctionText(symbols_, line->function);
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
void FrameNames::MakeFramesOf(LocationId location) {
  begin_[location.value] = static_cast<uint32_t>(frames_.size());
  const Lists<Line>& lines = symbols_.locations.lines;
  const Line* begin = lines.begin(location.value);
  const Line* line = lines.end(location.value);
  // A location without lines is one frame, and by mapping all its lines are one.
  const bool once = begin == line || by_ == FrameBy::kMapping;
  if (once) frames_.push_back(LineName(location, nullptr));
  while (!once && line != begin) frames_.push_back(LineName(location, --line));
  frames_.push_back(kEnd);
}

// `wanted` are the locations that stacks with a value pass: names of others are never made.
FrameNames::FrameNames(const Symbols& symbols, FrameBy by, const std::vector<char>& wanted,
                       StringTable* names)
    : symbols_(symbols), by_(by), begin_(symbols.locations.size(), kNotYet) {
  if (by == FrameBy::kFunction && TakeFunctions(wanted, names)) return;
  MakeFrames(wanted, names);
}

// Fast path: each frame is a function with a name, and names have the order of their rows, as
// strings of a block have. Then nothing is hashed or sorted. False if that is not so.
bool FrameNames::TakeFunctions(const std::vector<char>& wanted, StringTable* names) {
  const Lists<Line>& lines = symbols_.locations.lines;
  const StringId* name_of = symbols_.functions.name.data();
  const uint32_t* const end_of = lines.ends.data();
  frames_.reserve(wanted.size() + lines.items.size());
  // By string the row that it gets in `names`; that of "" stays 0.
  std::vector<uint32_t> rows(symbols_.strings.size(), 0);
  uint32_t* const row = rows.data();
  const char* const is_wanted = wanted.data();
  for (uint32_t l = 0, n = static_cast<uint32_t>(wanted.size()); l < n; ++l) {
    if (!is_wanted[l]) continue;
    begin_[l] = static_cast<uint32_t>(frames_.size());
    const Line* const first = lines.items.data() + (l == 0 ? 0 : end_of[l - 1]);
    const Line* line = lines.items.data() + end_of[l];
    if (line == first) return false;
    while (line != first) {
      const StringId name = name_of[(--line)->function.value];
      row[name.value] = 1;
      frames_.push_back(name);
    }
    frames_.push_back(kEnd);
  }
  if (rows[0] != 0) return false;
  for (uint32_t i = 1, last = 0; i < rows.size(); ++i) {
    if (rows[i] == 0) continue;
    if (symbols_.strings[{last}] >= symbols_.strings[{i}]) return false;
    rows[i] = names->Add(symbols_.strings[{i}]).value;
    last = i;
  }
  Renumber(rows);
  return true;
}

void FrameNames::MakeFrames(const std::vector<char>& wanted, StringTable* names) {
  names->Clear();
  frames_.clear();
  functions_.assign(symbols_.functions.size(), kNotYet);
  if (by_ == FrameBy::kAddress || by_ == FrameBy::kLine) {  // a name for nearly each location
    constexpr size_t kUsualName = 64;
    const auto count = static_cast<size_t>(std::count(wanted.begin(), wanted.end(), char{1}));
    names_.Reserve(count, count * kUsualName);
  }
  for (uint32_t l = 0; l < wanted.size(); ++l) {
    if (wanted[l]) MakeFramesOf({l});
  }
  Renumber(*names_.Sort(names, {}));
}

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
    const std::string_view name = FunctionText(symbols, FunctionId{f});
    has_name_[f] = !name.empty();
    const bool named = name == function || (name.starts_with('_') && Demangle(name) == function);
    functions_[f] = has_name_[f] && named;
  }
  for (uint32_t m = 0; m < mappings_.size(); ++m) {
    mappings_[m] = MappingText(symbols, MappingId{m}) == function;
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

// How many frames there are from the outermost call of the function on; 0 if it is not called.
uint32_t FrameFinder::FramesFrom(LocationId location) const {
  const size_t count = FrameCount(location);
  for (size_t frame = 0; frame < count; ++frame) {
    if (IsFrame(location, frame)) return static_cast<uint32_t>(count - frame);
  }
  return 0;
}

}  // namespace dolerite
