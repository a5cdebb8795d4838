// Symbols and stacks as sections 8 and 9 of FORMAT.md. Each Encode writes columns in the order of
// the table; each Decode reads the columns of one table, checks every id against the table that it
// points into, and appends the rows behind the null row, which is not stored.
//
// Decode takes tables in the order in which they refer to each other: strings, functions, lines,
// mappings. Memory that a table takes beside its columns is taken from the section's lease first.
#include "block/symbol_sections.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "block/table_columns.h"

namespace dolerite {

namespace {

// Row 0, the empty string, is not stored.
void EncodeStrings(const StringTable& strings, SectionWriter* out) {
  std::vector<std::string_view> views;
  for (uint32_t i = 1; i < strings.size(); ++i) views.push_back(strings[StringId{i}]);
  out->SortedStrings(column::kStrings, views);
}

absl::Status DecodeStrings(const SectionReader& in, size_t count, const BlockLimits& limits,
                           StringTable* strings) {
  std::string bytes;
  std::vector<size_t> ends;
  DOLERITE_RETURN_IF_ERROR(
      in.SortedStrings(column::kStrings, count, limits.section_bytes, &bytes, &ends));
  strings->Assign(std::move(bytes), std::move(ends));
  return absl::OkStatus();
}

// How a function's system name is stored: mostly it equals the name or is empty.
enum : uint32_t { kSameName = 0, kNoName = 1, kApart = 1 };

// Codes: 0 for the same string, 1 for the empty one, else the zigzag of the distance between the
// two ids, plus 1.
uint32_t CodeOfSystemName(StringId system_name, StringId name) {
  if (system_name != name && system_name == StringId{}) return kNoName;
  const uint64_t apart = ZigZag(int64_t{system_name.value} - name.value);
  return apart == 0 ? kSameName : static_cast<uint32_t>(kApart + apart);
}

// A hostile code may give any 32-bit number; ToIds compares it with the table of strings.
uint32_t SystemNameOf(uint32_t code, uint32_t name) {
  if (code == kNoName) return 0;
  const uint64_t apart = code == kSameName ? 0 : code - kApart;
  return static_cast<uint32_t>(name + UnZigZag(apart));
}

// The null row is not stored. Names ascend.
void EncodeFunctions(const Functions& f, SectionWriter* out) {
  Column32 system_names;
  Column64 start_lines;
  for (size_t i = 1; i < f.size(); ++i) {
    system_names.push_back(CodeOfSystemName(f.system_name[i], f.name[i]));
    start_lines.push_back(ZigZag(f.start_line[i]));
  }
  out->Integers(column::kFunctionNames, Values(f.name, 1));
  out->Integers(column::kFunctionSystemNames, system_names);
  out->Integers(column::kFunctionFiles, Values(f.file, 1));
  out->Integers(column::kFunctionStartLines, start_lines);
}

absl::Status DecodeFunctionNames(const SectionReader& in, size_t count, size_t strings,
                                 Functions* f) {
  Column32 names;
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kFunctionNames, count, &names));
  return ToIds(in, "function name", names, strings, &f->name);
}

// After their names. System names are resolved first, as they are stored relative to names. All ids
// are checked at the end.
absl::Status DecodeFunctions(const SectionReader& in, size_t strings, Functions* f) {
  const size_t count = f->size() - 1;
  Column32 system_names, files;
  Column64 start_lines;
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kFunctionSystemNames, count, &system_names));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kFunctionFiles, count, &files));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kFunctionStartLines, count, &start_lines));
  for (size_t i = 0; i < count; ++i) {
    system_names[i] = SystemNameOf(system_names[i], f->name[i + 1].value);
    f->start_line.push_back(UnZigZag(start_lines[i]));
  }
  DOLERITE_RETURN_IF_ERROR(
      ToIds(in, "function system name", system_names, strings, &f->system_name));
  return ToIds(in, "function file", files, strings, &f->file);
}

// Locations are sorted by their outermost line, so these lines stand in columns of their own, apart
// from the inlined ones. Where the function is the same as in the row before, the line number is a
// step from the one before, which is not negative by the order.
void EncodeLines(const Locations& l, SectionWriter* out) {
  Column32 outer_functions, inner_functions;
  Column64 first_lines, line_steps, inner_lines, columns;
  Line last;
  for (size_t i = 0; i < l.size(); ++i) {
    const Line* begin = l.lines.begin(i);
    const Line* end = l.lines.end(i);
    for (const Line* line = begin; line != end; ++line) columns.push_back(ZigZag(line->column));
    if (begin == end) continue;
    const Line& outer = end[-1];
    if (!outer_functions.empty() && outer.function == last.function) {
      line_steps.push_back(uint64_t(outer.line) - uint64_t(last.line));
    } else {
      first_lines.push_back(ZigZag(outer.line));
    }
    outer_functions.push_back(outer.function.value);
    last = outer;
    for (const Line* line = begin; line != end - 1; ++line) {
      inner_functions.push_back(line->function.value);
      inner_lines.push_back(ZigZag(line->line));
    }
  }
  out->Integers(column::kLineCounts, SizesOf(l.lines));
  out->Integers(column::kOuterFunctions, outer_functions);
  out->Integers(column::kFirstLines, first_lines);
  out->Integers(column::kLineSteps, line_steps);
  out->Integers(column::kInnerFunctions, inner_functions);
  out->Integers(column::kInnerLines, inner_lines);
  out->Integers(column::kLineColumns, columns);
}

// Gives each line its function; `ends` are those of the locations that have lines. Without
// branches: which lines are inlined can't be guessed.
void PlaceFunctions(const Column32& outer_functions, const Column32& inner_functions,
                    std::span<const uint32_t> ends, std::span<FunctionId> calls) {
  const uint32_t *outer = outer_functions.data(), *inner = inner_functions.data();
  const uint32_t* end = ends.data();
  for (uint32_t i = 0, n = static_cast<uint32_t>(calls.size()); i < n; ++i) {
    const bool outermost = i + 1 == *end;
    const uint32_t* const from = outermost ? outer : inner;
    calls.data()[i] = {*from};
    outer += outermost, end += outermost, inner += !outermost;
  }
}

// The function of each line: the inlined ones of a location, innermost first, then the outermost.
// Whether each location has lines, and each line a function.
absl::StatusOr<bool> DecodeCalls(const SectionReader& in, size_t locations, size_t functions,
                                 const BlockLimits& limits, Lists<FunctionId>* calls) {
  Column32 counts, outer_functions, inner_functions;
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLineCounts, locations, &counts));
  DOLERITE_RETURN_IF_ERROR(SizesToEnds(in, counts, limits.section_rows, calls));
  const size_t all = locations == 0 ? 0 : calls->ends.back();
  const size_t outer = locations - std::count(counts.begin(), counts.end(), 0u);
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kOuterFunctions, outer, &outer_functions));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kInnerFunctions, all - outer, &inner_functions));
  // All functions are checked at once, so the last loop needs no check.
  bool complete = outer == locations;
  for (const Column32* column : {&outer_functions, &inner_functions}) {
    uint32_t least = UINT32_MAX, most = 0;
    for (uint32_t function : *column) {
      least = std::min(least, function), most = std::max(most, function);
    }
    complete &= least != 0;
    if (column->empty() || most < functions) continue;
    return in.Damaged(Concat("a line has function ", most, " of ", functions));
  }
  DOLERITE_RETURN_IF_ERROR(in.Take(all, sizeof(FunctionId)));
  calls->items.resize(all);
  if (outer == locations) {
    PlaceFunctions(outer_functions, inner_functions, calls->ends, calls->items);
    return complete;
  }
  DOLERITE_RETURN_IF_ERROR(in.Take(locations, sizeof(uint32_t)));
  Column32 ends;  // of lists that are not empty, which end each elsewhere
  std::unique_copy(calls->ends.begin(), calls->ends.end(), std::back_inserter(ends));
  const bool first_is_empty = ends[0] == 0;
  PlaceFunctions(outer_functions, inner_functions, std::span(ends).subspan(first_is_empty),
                 calls->items);
  return complete;
}

// Lines whose functions are known get their numbers. If the function of an outermost line is the
// same as before, its number is a difference; if not, the number is stored whole.
absl::Status DecodeLines(const SectionReader& in, const Lists<FunctionId>& calls,
                         Lists<Line>* lines) {
  DOLERITE_RETURN_IF_ERROR(in.Take(calls.items.size(), sizeof(Line)));
  lines->ends = calls.ends;
  lines->items.clear();
  lines->items.reserve(calls.items.size());
  for (FunctionId function : calls.items) lines->items.push_back({.function = function});
  size_t outer = 0, steps = 0;
  uint32_t before = UINT32_MAX;  // no function
  for (size_t i = 0; i < lines->size(); ++i) {
    if (lines->length(i) == 0) continue;
    const uint32_t function = lines->end(i)[-1].function.value;
    steps += function == before;
    before = function;
    ++outer;
  }
  const size_t all = lines->items.size();
  Column64 first_lines, line_steps, inner_lines, columns;
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kFirstLines, outer - steps, &first_lines));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLineSteps, steps, &line_steps));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kInnerLines, all - outer, &inner_lines));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLineColumns, all, &columns));
  const uint64_t *first_line = first_lines.data(), *line_step = line_steps.data();
  const uint64_t *inner_line = inner_lines.data(), *line_column = columns.data();
  Line* line = lines->items.data();
  uint64_t last = 0;
  before = UINT32_MAX;
  for (uint32_t end : lines->ends) {
    Line* const stop = lines->items.data() + end;
    if (line == stop) continue;
    for (; line + 1 < stop; ++line) line->line = UnZigZag(*inner_line++);
    const uint32_t function = line->function.value;
    last =
        function == before ? last + *line_step++ : static_cast<uint64_t>(UnZigZag(*first_line++));
    before = function;
    line++->line = static_cast<int64_t>(last);
  }
  for (Line& each : lines->items) each.column = UnZigZag(*line_column++);
  return absl::OkStatus();
}

// Mappings are columns as they are. In merged tables every mapping starts at 0 and its limit is its
// size: where a process had it is in the layouts.
void EncodeMappings(const Mappings& m, SectionWriter* out) {
  const auto tail = [](const auto& values) {
    return std::vector<uint64_t>(values.begin() + 1, values.end());
  };
  out->Integers(column::kMappingFiles, Values(m.file, 1));
  out->Integers(column::kMappingBuildIds, Values(m.build_id, 1));
  out->Integers(column::kMappingOffsets, tail(m.offset));
  out->Integers(column::kMappingSizes, tail(m.limit));
  out->Integers(column::kMappingFlags, tail(m.flags));
  out->Integers(column::kMappingAttributes, Values(m.attributes, 1));
  out->Integers(column::kMappingInstances, tail(m.instance));
}

// Reads the columns, checks flags, then ids. Attributes are checked against the number of label
// sets that the counts claim; the labels section is compared with it later.
absl::Status DecodeMappings(const SectionReader& in, size_t count, size_t strings,
                            size_t attribute_sets, Mappings* m) {
  Column32 files, build_ids, attributes, instances;
  Column64 offsets, sizes, flags;
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kMappingFiles, count, &files));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kMappingBuildIds, count, &build_ids));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kMappingOffsets, count, &offsets));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kMappingSizes, count, &sizes));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kMappingFlags, count, &flags));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kMappingAttributes, count, &attributes));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kMappingInstances, count, &instances));
  AppendAs(offsets, &m->offset);
  AppendAs(sizes, &m->limit);
  for (uint64_t bits : flags) {
    if (bits > UINT8_MAX) return in.Damaged(Concat("a mapping has the unknown flags ", bits));
  }
  AppendAs(flags, &m->flags);
  DOLERITE_RETURN_IF_ERROR(in.Take(count + 1, sizeof(uint64_t)));
  m->start.resize(count + 1);
  m->instance.insert(m->instance.end(), instances.begin(), instances.end());
  DOLERITE_RETURN_IF_ERROR(ToIds(in, "mapping file", files, strings, &m->file));
  DOLERITE_RETURN_IF_ERROR(
      ToIds(in, "mapping attributes", attributes, attribute_sets, &m->attributes));
  return ToIds(in, "mapping build id", build_ids, strings, &m->build_id);
}

// The root is not a leaf, even without children.
bool IsLeaf(const StackTree& stacks, uint32_t node) {
  return node > 0 && (node + 1 == stacks.size() || stacks.parent[node + 1] != node);
}

}  // namespace

// The last count includes the empty set, as readers check ids of sets against it.
EncodedSection EncodeSymbols(const Symbols& s, const ColumnOptions& options) {
  SectionWriter out(SectionKind::kSymbols, options);
  const Column64 counts = {s.strings.size() - 1, s.functions.size() - 1, s.locations.size(),
                           s.mappings.size() - 1, s.attribute_sets.size()};
  out.Integers(column::kCounts, counts);
  EncodeStrings(s.strings, &out);
  EncodeFunctions(s.functions, &out);
  EncodeLines(s.locations, &out);
  out.Integers(column::kLocationMappings, Values(s.locations.mapping));
  EncodeMappings(s.mappings, &out);
  return std::move(out).Finish();
}

// Clears the tables first: a reader may call again after a failure.
absl::StatusOr<bool> DecodeNames(const SectionReader& in, const BlockLimits& limits,
                                 MergedTables* tables) {
  Symbols* const s = &tables->symbols;
  s->Clear(), tables->calls.Clear();
  Column64 counts;
  DOLERITE_RETURN_IF_ERROR(in.Counts(5, &counts));
  DOLERITE_RETURN_IF_ERROR(CheckCounts(in, counts, limits));
  const size_t locations = counts[2];
  DOLERITE_RETURN_IF_ERROR(DecodeStrings(in, counts[0], limits, &s->strings));
  DOLERITE_RETURN_IF_ERROR(DecodeFunctionNames(in, counts[1], s->strings.size(), &s->functions));
  DOLERITE_ASSIGN_OR_RETURN(
      const bool complete, DecodeCalls(in, locations, s->functions.size(), limits, &tables->calls));
  DOLERITE_RETURN_IF_ERROR(in.Take(locations, sizeof(MappingId)));
  s->locations.mapping.assign(locations, {});
  const std::vector<StringId>& names = s->functions.name;
  return complete && std::find(names.begin() + 1, names.end(), StringId{}) == names.end();
}

absl::Status DecodeSymbols(const SectionReader& in, MergedTables* tables) {
  Symbols* const s = &tables->symbols;
  Column64 counts;
  DOLERITE_RETURN_IF_ERROR(in.Counts(5, &counts));
  const size_t locations = s->locations.size();
  // What a call that failed has left goes.
  s->functions.system_name.resize(1), s->functions.file.resize(1);
  s->functions.start_line.resize(1);
  s->mappings = Symbols().mappings;
  DOLERITE_RETURN_IF_ERROR(DecodeFunctions(in, s->strings.size(), &s->functions));
  DOLERITE_RETURN_IF_ERROR(DecodeLines(in, tables->calls, &s->locations.lines));
  DOLERITE_RETURN_IF_ERROR(
      DecodeMappings(in, counts[3], s->strings.size(), counts[4], &s->mappings));
  Column32 mappings;
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLocationMappings, locations, &mappings));
  s->locations.mapping.clear();
  DOLERITE_RETURN_IF_ERROR(
      ToIds(in, "location mapping", mappings, s->mappings.size(), &s->locations.mapping));
  // Their values are in the addresses section, which few readers need.
  DOLERITE_RETURN_IF_ERROR(
      in.Take(locations, sizeof(uint64_t) + sizeof(uint8_t) + sizeof(AttributeSetId)));
  s->locations.address.assign(locations, 0);
  s->locations.folded.assign(locations, 0);
  s->locations.attributes.assign(locations, {});
  tables->calls = {};
  return absl::OkStatus();
}

constexpr uint8_t kStackColumns = std::tuple_size_v<StackColumns>;

// `sampled` ascends, so one walk over the nodes meets each of them in turn. A leaf has samples by
// definition and needs no flag.
EncodedSection EncodeStacks(const StackTree& stacks, StackMemory* memory,
                            const ColumnOptions& options, std::span<const uint32_t> sampled,
                            uint32_t part) {
  SectionWriter out(SectionKind::kStacks, options);
  const StackColumns columns = EncodeStackTree(stacks, memory);
  out.Integers(column::kCounts, Column64{stacks.size() - 1});
  for (uint8_t id = 1; id < kStackColumns; ++id) out.Integers(id, columns[id]);
  Column32 flags;
  for (uint32_t i = 0; i < stacks.size(); ++i) {
    const bool found = !sampled.empty() && sampled.front() == i;
    if (found) sampled = sampled.subspan(1);
    if (!IsLeaf(stacks, i)) flags.push_back(found);
  }
  out.Integers(column::kSampledStacks, flags);
  return std::move(out).Finish(part);
}

// Gives the node of each stack id: all leaves, and inner nodes whose flag is set.
absl::Status DecodeSampledStacks(const SectionReader& in, const StackTree& stacks,
                                 Column32* sampled) {
  // A node has children if the next node's parent is this node. The root counts as inner even
  // without children.
  const uint32_t nodes = static_cast<uint32_t>(stacks.size());
  const uint32_t* parent = stacks.parent.data();
  size_t inner = 1;
  for (uint32_t i = 2; i < nodes; ++i) inner += parent[i] == i - 1;
  Column32 flags;
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kSampledStacks, inner, &flags));
  DOLERITE_RETURN_IF_ERROR(in.Take(nodes, sizeof(uint32_t)));
  flags.push_back(1);  // behind the last inner node: the last one of all is a leaf
  sampled->resize(nodes);
  const uint32_t* flag = flags.data();
  uint32_t* to = sampled->data();
  // Without branches, as neither leaves nor flags can be guessed.
  bool leaf = false;
  for (uint32_t i = 0; i < nodes; ++i) {
    *to = i;
    to += leaf | (*flag != 0);
    flag += !leaf;
    leaf = i + 2 >= nodes || parent[i + 2] != i + 1;
  }
  sampled->resize(static_cast<size_t>(to - sampled->data()));
  return absl::OkStatus();
}

// No column has more rows than there are nodes; the tree tells whether it has as many as it should.
absl::Status DecodeStacks(const SectionReader& in, const BlockLimits& limits, StackMemory* memory,
                          StackTree* stacks) {
  Column64 counts;
  DOLERITE_RETURN_IF_ERROR(in.Counts(1, &counts));
  DOLERITE_RETURN_IF_ERROR(CheckCounts(in, counts, limits));
  const uint64_t nodes = counts[0];
  StackColumns columns;
  for (uint8_t id = 1; id < kStackColumns; ++id) {
    const uint64_t rows = in.Rows(id);
    if (rows > nodes) {
      return in.Damaged(Concat("column ", id, " has ", rows, " rows for ", nodes, " nodes"));
    }
    if (rows > 0) DOLERITE_RETURN_IF_ERROR(in.Integers(id, rows, &columns[id]));
  }
  // Memory is taken before the tree is made: a column that is left out costs no bytes in the file,
  // whatever number of zeros it means.
  DOLERITE_RETURN_IF_ERROR(in.Take(nodes, kStackDecodeNodeBytes));
  DOLERITE_RETURN_IF_ERROR(in.Take(memory->locations(), kStackDecodeLocationBytes));
  return in.Placed(DecodeStackTree(columns, nodes, memory, stacks, in.call()));
}

}  // namespace dolerite
