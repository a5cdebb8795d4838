// Mappings and functions come before the locations that refer to them, whatever the file's order.
// Functions and locations are most of a file's messages, and nearly all of them have the usual
// form: fields in the order of their numbers, and all that they refer to is there. Such a message
// is read straight into the columns. The careful reader takes any other, and names what is wrong
// with it.
#include "formats/pprof/symbols.h"

#include <algorithm>

#include "formats/pprof/wire.h"

namespace dolerite::pprof {

namespace {

// An id that gets no row: 0, or one that was given before. `at` is where its message begins.
// A strict reader names the id; a lenient one drops the message and counts it.
absl::Status BadId(const Input& input, const char* at, const Path& path, uint64_t id,
                   uint64_t* dropped) {
  if (!input.options.lenient) {
    return input.scope.Fault(at, path, "id",
                             id == 0 ? "0 is reserved" : Concat(id, " is given twice"));
  }
  ++*dropped;
  return absl::OkStatus();
}

// Gives the next row to the id of a message.
bool TakeId(uint64_t id, IdTable* table) { return id != 0 && table->Add(id); }

// What a row takes in its columns, with its id in a hash table.
constexpr size_t kMappingBytes = 128, kFunctionBytes = 64, kLocationBytes = 96,
                 kLineBytes = 2 * sizeof(Line);

}  // namespace

// Memory for all rows is charged first: the outline knows how many there are.
absl::Status SymbolReader::Decode(const Input& input, const Outline& outline) {
  // The bytes of a row include its place in a hash table of ids, which only files with ids out of
  // order need.
  DOLERITE_RETURN_IF_ERROR(input.Charge(outline.mappings.size() * kMappingBytes +
                                        outline.functions.size() * kFunctionBytes +
                                        outline.locations.size() * kLocationBytes));
  // Row 0 means "none" for mappings and functions, so their rows begin at 1. A location has no such
  // row. Mappings are few.
  mappings_.Reset(1, outline.mappings.size());
  for (size_t i = 0; i < outline.mappings.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeMapping(input, outline.mappings[i], i));
  }
  functions_.Reset(1, outline.functions.size());
  LookAtFunctionIds(input, outline);
  DOLERITE_RETURN_IF_ERROR(DecodeFunctions(input, outline.functions));
  locations_.Reset(0, outline.locations.size());
  return DecodeLocations(input, outline.locations);
}

absl::Status SymbolReader::DecodeFunctions(const Input& input, const Spans& functions) {
  FunctionColumns rows(&input.profile.symbols.functions, functions.size());
  absl::Status status;
  for (size_t i = 0; i < functions.size() && status.ok(); ++i) {
    if (TakeUsualFunction(input, functions[i], &rows)) continue;
    status = DecodeFunction(input, functions[i], i, &rows);
  }
  rows.Cut();
  return status;
}

absl::Status SymbolReader::DecodeLocations(const Input& input, const Spans& locations) {
  input.profile.symbols.locations.lines.items.reserve(locations.size());
  LocationColumns rows(&input.profile.symbols.locations, locations.size());
  absl::Status status;
  for (size_t i = 0; i < locations.size() && status.ok(); ++i) {
    if (TakeUsualLocation(input, locations[i], &rows)) continue;
    status = DecodeLocation(input, locations[i], i, &rows);
  }
  rows.Cut();
  return status;
}

namespace {

// The last value of a number in a message; 0 if it has none.
// Without checks: the careful reader names what is broken.
uint64_t NumberIn(std::string_view message, uint32_t number) {
  uint64_t value = 0;
  ProtoReader reader(message);
  for (WireField f; reader.Next(&f);) {
    if (f.number == number) value = f.value;
  }
  return value;
}

// Reads all lines once more, but only for files whose functions have no ids.
bool AnyLineNamesFunction(const Outline& outline) {
  for (size_t i = 0; i < outline.locations.size(); ++i) {
    ProtoReader reader(outline.locations[i]);
    for (WireField f; reader.Next(&f);) {
      if (f.number == location::kLine && NumberIn(f.bytes, line::kFunctionId) != 0) return true;
    }
  }
  return false;
}

}  // namespace

// Lenient: looks whether all ids of functions are 0. Such ids identify nothing, so the order is
// what the agent meant.
void SymbolReader::LookAtFunctionIds(const Input& input, const Outline& outline) {
  number_functions_ = input.options.lenient && outline.functions.size() > 0;
  for (size_t i = 0; i < outline.functions.size() && number_functions_; ++i) {
    number_functions_ = NumberIn(outline.functions[i], function::kId) == 0;
  }
  number_lines_ = number_functions_ && !AnyLineNamesFunction(outline);
  lines_ = 0;
}

// A file has few mappings, so the careful reader alone reads them. A field that comes twice counts
// by its last value, as protobuf has it.
absl::Status SymbolReader::DecodeMapping(const Input& input, std::string_view bytes, size_t row) {
  namespace field = mapping;
  const Path path{nullptr, "mapping", static_cast<int64_t>(row)};
  Message m(input, bytes, path);
  uint64_t id = 0, start = 0, limit = 0, offset = 0;
  StringId file, build_id;
  uint8_t flags = 0;
  const auto flag = [&](const char* name, uint8_t bit) {
    flags = m.Number(name) != 0 ? flags | bit : flags & ~bit;
  };
  while (m.Next()) {
    switch (m.number()) {
      case field::kId:
        id = m.Number("id");
        break;
      case field::kStart:
        start = m.Number("memory_start");
        break;
      case field::kLimit:
        limit = m.Number("memory_limit");
        break;
      case field::kOffset:
        offset = m.Number("file_offset");
        break;
      case field::kFile:
        file = m.Text("filename");
        break;
      case field::kBuildId:
        build_id = m.Text("build_id");
        break;
      case field::kHasFunctions:
        flag("has_functions", Mappings::kHasFunctions);
        break;
      case field::kHasFilenames:
        flag("has_filenames", Mappings::kHasFilenames);
        break;
      case field::kHasLineNumbers:
        flag("has_line_numbers", Mappings::kHasLineNumbers);
        break;
      case field::kHasInlineFrames:
        flag("has_inline_frames", Mappings::kHasInlineFrames);
        break;
      default:
        m.Unknown();
    }
  }
  if (!m.ok()) return m.status();
  if (!TakeId(id, &mappings_)) {
    return BadId(input, bytes.data(), path, id, &input.report.mappings_dropped);
  }
  input.profile.symbols.AddMapping(start, limit, offset, file, build_id, flags);
  return absl::OkStatus();
}

absl::Status SymbolReader::DecodeFunction(const Input& input, std::string_view bytes, size_t row,
                                          FunctionColumns* to) {
  namespace field = function;
  const Path path{nullptr, "function", static_cast<int64_t>(row)};
  Message m(input, bytes, path);
  uint64_t id = 0, start_line = 0;
  StringId name, system_name, file;
  while (m.Next()) {
    switch (m.number()) {
      case field::kId:
        id = m.Number("id");
        break;
      case field::kName:
        name = m.Text("name");
        break;
      case field::kSystemName:
        system_name = m.Text("system_name");
        break;
      case field::kFile:
        file = m.Text("filename");
        break;
      case field::kStartLine:
        start_line = m.Number("start_line");
        break;
      default:
        m.Unknown();
    }
  }
  if (!m.ok()) return m.status();
  // Places are the ids that lines mean, since the file gives none.
  if (number_functions_) {
    id = row + 1;
    ++input.report.functions_numbered;
  }
  if (!TakeId(id, &functions_)) {
    return BadId(input, bytes.data(), path, id, &input.report.functions_dropped);
  }
  to->Add(name, system_name, file, static_cast<int64_t>(start_line));
  return absl::OkStatus();
}

// A function of the usual form: fields in the order of their numbers, an id that is new, strings
// that are there. False, and nothing is done, for any other.
bool SymbolReader::TakeUsualFunction(const Input& input, std::string_view bytes,
                                     FunctionColumns* to) {
  namespace field = function;
  PlainReader m(bytes);
  const uint64_t id = m.NumberIfNext(field::kId), name = m.NumberIfNext(field::kName),
                 system_name = m.NumberIfNext(field::kSystemName),
                 file = m.NumberIfNext(field::kFile),
                 start_line = m.NumberIfNext(field::kStartLine);
  if (!m.Ends() || std::max({name, system_name, file}) >= input.strings || number_functions_ ||
      !TakeId(id, &functions_)) {
    return false;
  }
  const auto text = [](uint64_t index) { return StringId{static_cast<uint32_t>(index)}; };
  to->Add(text(name), text(system_name), text(file), static_cast<int64_t>(start_line));
  return true;
}

// A location of the usual form: fields in the order of their numbers, an id that is new, a mapping
// and functions that are there. False, and nothing is done, for any other.
bool SymbolReader::TakeUsualLocation(const Input& input, std::string_view bytes,
                                     LocationColumns* to) {
  namespace field = location;
  std::vector<Line>& lines = input.profile.symbols.locations.lines.items;
  const size_t first_line = lines.size();
  PlainReader m(bytes);
  const uint64_t id = m.NumberIfNext(field::kId);
  uint64_t mapping = m.NumberIfNext(field::kMappingId);
  const uint64_t address = m.NumberIfNext(field::kAddress);
  size_t count = 0;
  bool usual = !number_lines_;
  while (usual && m.NextIsBytes(field::kLine)) {
    PlainReader inner(m.Bytes("line"));
    const uint32_t function = functions_.Find(inner.NumberIfNext(line::kFunctionId));
    const uint64_t line = inner.NumberIfNext(line::kLine),
                   column = inner.NumberIfNext(line::kColumn);
    usual = inner.Ends() && function != IdTable::kMissing &&
            ++count <= input.options.limits.lines_per_location &&
            input.memory.Has(count * kLineBytes);
    if (!usual) break;
    lines.push_back(
        {FunctionId{function}, static_cast<int64_t>(line), static_cast<int64_t>(column)});
  }
  const bool folded = m.NumberIfNext(field::kFolded) != 0;
  if (mapping == 0) mapping = m.NumberIfNext(field::kMappingId);  // where Go has it
  const uint32_t mapping_row = mapping == 0 ? 0 : mappings_.Find(mapping);
  if (!usual || !m.Ends() || mapping_row == IdTable::kMissing || !TakeId(id, &locations_)) {
    lines.resize(first_line);
    return false;
  }
  input.memory.Take(count * kLineBytes);
  to->Add(MappingId{mapping_row}, address, folded, {});
  return true;
}

// Lines are pushed to the table while they are read, and taken back if the location gets no row.
// They are counted against their limit before they are read.
absl::Status SymbolReader::DecodeLocation(const Input& input, std::string_view bytes, size_t row,
                                          LocationColumns* to) {
  namespace field = location;
  const Path path{nullptr, "location", static_cast<int64_t>(row)};
  std::vector<Line>& lines = input.profile.symbols.locations.lines.items;
  const size_t first_line = lines.size();
  Message m(input, bytes, path);
  uint64_t id = 0, mapping = 0, address = 0, count = 0;
  bool folded = false;
  while (m.Next()) {
    switch (m.number()) {
      case field::kId:
        id = m.Number("id");
        break;
      case field::kMappingId:
        mapping = m.Number("mapping_id");
        break;
      case field::kAddress:
        address = m.Number("address");
        break;
      case field::kFolded:
        folded = m.Number("is_folded") != 0;
        break;
      case field::kLine: {
        const std::string_view line = m.Bytes("line");
        if (!m.ok()) break;
        const size_t most = input.options.limits.lines_per_location;
        m.SetStatus(CheckLimit("pprof: lines_per_location", count + 1, most));
        if (m.ok())
          m.SetStatus(DecodeLine(input, line, {&path, "line", static_cast<int64_t>(count++)}));
        break;
      }
      default:
        m.Unknown();
    }
  }
  if (!m.ok()) return m.status();
  if (!TakeId(id, &locations_)) {
    lines.resize(first_line);
    return BadId(input, bytes.data(), path, id, &input.report.locations_dropped);
  }
  // google/pprof accepts an id of no mapping, so it means "no mapping" here and is counted.
  // The location stays: its address and lines are worth keeping.
  const uint32_t mapping_row = mapping == 0 ? 0 : mappings_.Find(mapping);
  const bool dangling = mapping_row == IdTable::kMissing;
  input.report.dangling_mappings += dangling;
  to->Add(MappingId{dangling ? 0 : mapping_row}, address, folded, {});
  return absl::OkStatus();
}

// A line of an unknown function is refused, or dropped by a lenient reader.
absl::Status SymbolReader::DecodeLine(const Input& input, std::string_view bytes,
                                      const Path& path) {
  namespace field = line;
  Message m(input, bytes, path);
  uint64_t function = 0;
  Line line;
  while (m.Next()) {
    switch (m.number()) {
      case field::kFunctionId:
        function = m.Number("function_id");
        break;
      case field::kLine:
        line.line = static_cast<int64_t>(m.Number("line"));
        break;
      case field::kColumn:
        line.column = static_cast<int64_t>(m.Number("column"));
        break;
      default:
        m.Unknown();
    }
  }
  if (!m.ok()) return m.status();
  // Neither functions nor lines have ids: they match by their order.
  if (number_lines_) function = ++lines_;
  const uint32_t row = functions_.Find(function);
  if (row != IdTable::kMissing) {
    line.function = FunctionId{row};
    m.Charge(kLineBytes);
    input.profile.symbols.locations.lines.items.push_back(line);
  } else if (input.options.lenient) {
    ++input.report.lines_dropped;
  } else {
    m.FailWhole("function_id", Concat(function, " is not in the function table"));
  }
  return m.status();
}

}  // namespace dolerite::pprof
