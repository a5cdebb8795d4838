#include "formats/pprof/symbols.h"

#include "formats/pprof/wire.h"

namespace dolerite {

namespace {

// For an id that can't have a row: 0, or one that has one.
absl::Status BadId(const PprofInput& input, const PprofMessage& message, uint64_t id,
                   uint64_t* dropped) {
  if (!message.ok()) return message.status();
  if (!input.options.lenient) {
    return message.Fault("id", id == 0 ? "0 is reserved" : Concat(id, " is given twice"));
  }
  ++*dropped;
  return absl::OkStatus();
}

// Gives the id of a message that was read to its end the next row.
bool TakeId(const PprofMessage& message, uint64_t id, IdTable* table) {
  return message.ok() && id != 0 && table->Add(id);
}

template <class... Columns>
void ReserveAll(size_t rows, Columns&... columns) {
  (columns.reserve(rows), ...);
}

void ReserveTables(const PprofOutline& outline, Symbols* symbols) {
  Functions& f = symbols->functions;
  ReserveAll(outline.functions.size() + 1, f.name, f.system_name, f.file, f.start_line);
  Locations& l = symbols->locations;
  ReserveAll(outline.locations.size(), l.mapping, l.address, l.folded, l.attributes, l.lines.ends,
             l.lines.items);
}

}  // namespace

absl::Status PprofSymbols::Decode(const PprofInput& input, const PprofOutline& outline) {
  ReserveTables(outline, &input.profile.symbols);
  mappings_.Reset(1, outline.mappings.size());
  for (size_t i = 0; i < outline.mappings.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeMapping(input, outline.mappings[i], i));
  }
  functions_.Reset(1, outline.functions.size());
  for (size_t i = 0; i < outline.functions.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeFunction(input, outline.functions[i], i));
  }
  locations_.Reset(0, outline.locations.size());
  for (size_t i = 0; i < outline.locations.size(); ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeLocation(input, outline.locations[i], i));
  }
  return absl::OkStatus();
}

absl::Status PprofSymbols::DecodeMapping(const PprofInput& input, std::string_view bytes,
                                         size_t row) {
  namespace field = pprof::mapping;
  PprofMessage m(input, bytes, {"mapping", row});
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

absl::Status PprofSymbols::DecodeFunction(const PprofInput& input, std::string_view bytes,
                                          size_t row) {
  namespace field = pprof::function;
  PprofMessage m(input, bytes, {"function", row});
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
  if (!TakeId(m, id, &functions_)) return BadId(input, m, id, &input.report.functions_dropped);
  input.profile.symbols.AddFunction(name, system_name, file, static_cast<int64_t>(start_line));
  return absl::OkStatus();
}

absl::Status PprofSymbols::DecodeLocation(const PprofInput& input, std::string_view bytes,
                                          size_t row) {
  namespace field = pprof::location;
  Lists<Line>& lines = input.profile.symbols.locations.lines;
  const size_t first_line = lines.items.size(), max_lines = input.options.limits.lines_per_location;
  PprofMessage m(input, bytes, {"location", row});
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
        m.SetStatus(DecodeLine(input, line, {"location", row, "line", seen++}));
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

absl::Status PprofSymbols::DecodeLine(const PprofInput& input, std::string_view bytes,
                                      const PprofPlace& place) {
  namespace field = pprof::line;
  PprofMessage m(input, bytes, place);
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
  const uint32_t row = functions_.Find(function);
  if (row != IdTable::kMissing) {
    line.function = FunctionId{row};
    input.profile.symbols.locations.lines.items.push_back(line);
  } else if (input.options.lenient) {
    ++input.report.lines_dropped;
  } else {
    return m.Fault("function_id", Concat(function, " is not in the function table"));
  }
  return absl::OkStatus();
}

}  // namespace dolerite
