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

// `line` is kNoLine for a location without lines.
// By function the name alone; other kinds put a file, a line or an address behind it, separated by
// a space.
StringId FrameNames::LineName(LocationId location, uint32_t line, const LineFunctions& functions) {
  std::string_view function, file;
  if (line != kNoLine) {
    const FunctionId id = functions[line];
    if (by_ == FrameBy::kFunction) {
      const StringId name = FunctionName(id);
      if (name.value != 0) return name;
    }
    function = FunctionText(symbols_, id);
    file = symbols_.strings[symbols_.functions.file[id.value]];
  }
  const std::string named = function.empty() ? MappingName(location) : std::string(function);
  switch (by_) {
    case FrameBy::kFunction:
      break;
    case FrameBy::kLine:
      if (line == kNoLine) break;
      return names_.Add(Concat(named, " ", file, ":", symbols_.locations.lines.items[line].line));
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
void FrameNames::MakeFramesOf(LocationId location, const LineFunctions& functions) {
  begin_[location.value] = static_cast<uint32_t>(frames_.size());
  const uint32_t begin = functions.begin(location);
  uint32_t line = functions.end(location);
  // A location without lines is one frame, and by mapping all its lines are one.
  const bool once = begin == line || by_ == FrameBy::kMapping;
  if (once) frames_.push_back(LineName(location, kNoLine, functions));
  while (!once && line != begin) frames_.push_back(LineName(location, --line, functions));
  frames_.push_back(kEnd);
}

// `wanted` are the locations that stacks with a value pass: names of others are never made.
FrameNames::FrameNames(const MergedTables& tables, FrameBy by, const std::vector<char>& wanted,
                       StringTable* names)
    : symbols_(tables.symbols), by_(by), begin_(symbols_.locations.size(), kNotYet) {
  const LineFunctions functions(tables);
  if (by == FrameBy::kFunction && TakeFunctions(functions, wanted, names)) return;
  MakeFrames(functions, wanted, names);
}

// Fast path: each frame is a function with a name, and names have the order of their rows, as
// strings of a block have. Then nothing is hashed or sorted. False if that is not so.
bool FrameNames::TakeFunctions(const LineFunctions& functions, const std::vector<char>& wanted,
                               StringTable* names) {
  const StringId* name_of = symbols_.functions.name.data();
  frames_.reserve(wanted.size() + functions.lines());
  // By string the row that it gets in `names`; that of "" stays 0.
  std::vector<uint32_t> rows(symbols_.strings.size(), 0);
  uint32_t* const row = rows.data();
  const char* const is_wanted = wanted.data();
  for (uint32_t l = 0, n = static_cast<uint32_t>(wanted.size()); l < n; ++l) {
    if (!is_wanted[l]) continue;
    begin_[l] = static_cast<uint32_t>(frames_.size());
    const uint32_t first = functions.begin({l});
    uint32_t line = functions.end({l});
    if (line == first) return false;
    while (line != first) {
      const StringId name = name_of[functions[--line].value];
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

void FrameNames::MakeFrames(const LineFunctions& functions, const std::vector<char>& wanted,
                            StringTable* names) {
  names->Clear();
  frames_.clear();
  functions_.assign(symbols_.functions.size(), kNotYet);
  if (by_ == FrameBy::kAddress || by_ == FrameBy::kLine) {  // a name for nearly each location
    constexpr size_t kUsualName = 64;
    const auto count = static_cast<size_t>(std::count(wanted.begin(), wanted.end(), char{1}));
    names_.Reserve(count, count * kUsualName);
  }
  for (uint32_t l = 0; l < wanted.size(); ++l) {
    if (wanted[l]) MakeFramesOf({l}, functions);
  }
  Renumber(*names_.Sort(names, {}));
}

void FrameNames::Renumber(const std::vector<uint32_t>& rows) {
  for (StringId& name : frames_) {
    if (name != kEnd) name.value = rows[name.value];
  }
}

// Decides once for each function and mapping, so that a frame costs a look-up.
FrameFinder::FrameFinder(const MergedTables& tables, std::string_view function)
    : symbols_(tables.symbols),
      lines_(tables),
      functions_(symbols_.functions.size()),
      has_name_(symbols_.functions.size()),
      mappings_(symbols_.mappings.size()) {
  for (uint32_t f = 0; f < functions_.size(); ++f) {
    const std::string_view name = FunctionText(symbols_, FunctionId{f});
    has_name_[f] = !name.empty();
    const bool named = name == function || (name.starts_with('_') && Demangle(name) == function);
    functions_[f] = has_name_[f] && named;
  }
  for (uint32_t m = 0; m < mappings_.size(); ++m) {
    mappings_[m] = MappingText(symbols_, MappingId{m}) == function;
  }
}

// Locations without lines are one frame, named after their mapping.
size_t FrameFinder::FrameCount(LocationId location) const {
  return std::max(lines_.count(location), 1u);
}

bool FrameFinder::IsFrame(LocationId location, size_t frame) const {
  if (lines_.count(location) > 0) {
    const FunctionId function = lines_[lines_.end(location) - 1 - static_cast<uint32_t>(frame)];
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
