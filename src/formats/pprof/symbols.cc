#include "formats/pprof/symbols.h"

#include "formats/pprof/wire.h"

namespace dolerite::pprof {

namespace {

// An id that gets no row: 0, or one that was given before.
absl::Status BadId(const Input& input, const Message& message, uint64_t id, uint64_t* dropped) {
  if (!message.ok()) return message.status();
  if (!input.options.lenient) {
    return message.Fault("id", id == 0 ? "0 is reserved" : Concat(id, " is given twice"));
  }
  ++*dropped;
  return absl::OkStatus();
}

// Gives the next row to the id of a message, if that was read to its end without a fault.
bool TakeId(const Message& message, uint64_t id, IdTable* table) {
  return message.ok() && id != 0 && table->Add(id);
}

template <class... Columns>
void ReserveAll(size_t rows, Columns&... columns) {
  (columns.reserve(rows), ...);
}

// What a row takes in its columns, with its id in a hash table.
constexpr size_t kMappingBytes = 128, kFunctionBytes = 64, kLocationBytes = 96;

void ReserveTables(const Outline& outline, Symbols* symbols) {
  Functions& f = symbols->functions;
  ReserveAll(outline.functions.size() + 1, f.name, f.system_name, f.file, f.start_line);
  Locations& l = symbols->locations;
  ReserveAll(outline.locations.size(), l.mapping, l.address, l.folded, l.attributes, l.lines.ends,
             l.lines.items);
}

}  // namespace

// Mappings and functions before the locations that refer to them, whatever the file's order.
absl::Status SymbolReader::Decode(const Input& input, const Outline& outline) {
  DOLERITE_RETURN_IF_ERROR(input.Charge(outline.mappings.size() * kMappingBytes +
                                        outline.functions.size() * kFunctionBytes +
                                        outline.locations.size() * kLocationBytes));
  ReserveTables(outline, &input.profile.symbols);
  mappings_.Reset(1, outline.mappings.size());
  for (size_t i = 0; i < outline.mappings.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeMapping(input, outline.mappings[i], i));
  }
  functions_.Reset(1, outline.functions.size());
  LookAtFunctionIds(input, outline);
  for (size_t i = 0; i < outline.functions.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeFunction(input, outline.functions[i], i));
  }
  locations_.Reset(0, outline.locations.size());
  for (size_t i = 0; i < outline.locations.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeLocation(input, outline.locations[i], i));
  }
  return absl::OkStatus();
}

namespace {

// The last value of a number in a message; 0 if it has none.
uint64_t NumberIn(std::string_view message, uint32_t number) {
  uint64_t value = 0;
  ProtoReader reader(message);
  for (WireField f; reader.Next(&f);) {
    if (f.number == number) value = f.value;
  }
  return value;
}

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

// Lenient: ids that are all 0 identify nothing, so that the order is what the agent meant.
void SymbolReader::LookAtFunctionIds(const Input& input, const Outline& outline) {
  number_functions_ = input.options.lenient && outline.functions.size() > 0;
  for (size_t i = 0; i < outline.functions.size() && number_functions_; ++i) {
    number_functions_ = NumberIn(outline.functions[i], function::kId) == 0;
  }
  number_lines_ = number_functions_ && !AnyLineNamesFunction(outline);
  lines_ = 0;
}

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
  if (!TakeId(m, id, &mappings_)) return BadId(input, m, id, &input.report.mappings_dropped);
  input.profile.symbols.AddMapping(start, limit, offset, file, build_id, flags);
  return absl::OkStatus();
}

absl::Status SymbolReader::DecodeFunction(const Input& input, std::string_view bytes, size_t row) {
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
  if (number_functions_) {
    id = row + 1;
    ++input.report.functions_numbered;
  }
  if (!TakeId(m, id, &functions_)) return BadId(input, m, id, &input.report.functions_dropped);
  input.profile.symbols.AddFunction(name, system_name, file, static_cast<int64_t>(start_line));
  return absl::OkStatus();
}

absl::Status SymbolReader::DecodeLocation(const Input& input, std::string_view bytes, size_t row) {
  namespace field = location;
  Lists<Line>& lines = input.profile.symbols.locations.lines;
  const size_t first_line = lines.items.size(), max_lines = input.options.limits.lines_per_location;
  const Path path{nullptr, "location", static_cast<int64_t>(row)};
  Message m(input, bytes, path);
  uint64_t id = 0, mapping = 0, address = 0, seen = 0;
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
        if (seen >= max_lines) return CheckLimit("pprof: lines_per_location", seen + 1, max_lines);
        const Path at{&path, "line", static_cast<int64_t>(seen++)};
        m.SetStatus(DecodeLine(input, line, at));
        break;
      }
      default:
        m.Unknown();
    }
  }
  if (!TakeId(m, id, &locations_)) {
    lines.items.resize(first_line);
    return BadId(input, m, id, &input.report.locations_dropped);
  }
  const uint32_t mapping_row = mapping == 0 ? 0 : mappings_.Find(mapping);
  input.report.dangling_mappings += mapping_row == IdTable::kMissing;
  input.profile.symbols.AddLocation(MappingId{mapping_row == IdTable::kMissing ? 0 : mapping_row},
                                    address, folded);
  return absl::OkStatus();
}

absl::Status SymbolReader::DecodeLine(const Input& input, std::string_view bytes,
                                      const Path& place) {
  namespace field = line;
  Message m(input, bytes, place);
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
  if (number_lines_) function = ++lines_;
  const uint32_t row = functions_.Find(function);
  if (row != IdTable::kMissing) {
    line.function = FunctionId{row};
    input.profile.symbols.locations.lines.items.push_back(line);
    return input.Charge(2 * sizeof(Line));
  }
  if (input.options.lenient) {
    ++input.report.lines_dropped;
    return absl::OkStatus();
  }
  return m.Fault("function_id", Concat(function, " is not in the function table"));
}

}  // namespace dolerite::pprof
