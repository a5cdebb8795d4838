// Mappings and functions come before the locations that refer to them, whatever the file's order.
// Functions and locations are most of a file's messages, so each is read by one loop over plain
// fields first; the careful reader takes over where a message is unusual.
#include "formats/pprof/symbols.h"

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

namespace {

// What a message of a function says; a second reading starts from an empty one.
struct FunctionFields {
  uint64_t id = 0, start_line = 0;
  StringId name, system_name, file;
};

// The same loop for the quick and the careful reader.
template <class M>
void TakeFunction(M* m, FunctionFields* f) {
  namespace field = function;
  if (m->NextIsNumber(field::kId)) f->id = m->Number("id");
  if (m->NextIsNumber(field::kName)) f->name = m->Text("name");
  if (m->NextIsNumber(field::kSystemName)) f->system_name = m->Text("system_name");
  if (m->NextIsNumber(field::kFile)) f->file = m->Text("filename");
  while (m->Next()) {
    switch (m->number()) {
      case field::kId:
        f->id = m->Number("id");
        break;
      case field::kName:
        f->name = m->Text("name");
        break;
      case field::kSystemName:
        f->system_name = m->Text("system_name");
        break;
      case field::kFile:
        f->file = m->Text("filename");
        break;
      case field::kStartLine:
        f->start_line = m->Number("start_line");
        break;
      default:
        m->Unknown();
    }
  }
}

}  // namespace

absl::Status SymbolReader::DecodeFunction(const Input& input, std::string_view bytes, size_t row,
                                          FunctionColumns* to) {
  const Path path{nullptr, "function", static_cast<int64_t>(row)};
  FunctionFields f;
  DOLERITE_RETURN_IF_ERROR(ReadMessage(
      input, bytes, path, [&](auto* m) { TakeFunction(m, &f); }, [&] { f = {}; }));
  // Places are the ids that lines mean, since the file gives none.
  if (number_functions_) {
    f.id = row + 1;
    ++input.report.functions_numbered;
  }
  if (!TakeId(f.id, &functions_)) {
    return BadId(input, bytes.data(), path, f.id, &input.report.functions_dropped);
  }
  to->Add(f.name, f.system_name, f.file, static_cast<int64_t>(f.start_line));
  return absl::OkStatus();
}

// What a message of a location says, without its lines.
struct SymbolReader::LocationFields {
  uint64_t id = 0, mapping = 0, address = 0, lines = 0;
  bool folded = false;
};

// Lines are pushed to the table while they are read. If the message must be read again or the
// location gets no row, they are taken back.
absl::Status SymbolReader::DecodeLocation(const Input& input, std::string_view bytes, size_t row,
                                          LocationColumns* to) {
  const Path path{nullptr, "location", static_cast<int64_t>(row)};
  std::vector<Line>& lines = input.profile.symbols.locations.lines.items;
  const size_t first_line = lines.size();
  const uint64_t lines_before = lines_;
  LocationFields f;
  DOLERITE_RETURN_IF_ERROR(ReadMessage(
      input, bytes, path, [&](auto* m) { TakeLocation(input, path, m, &f); },
      [&] {
        f = {};
        input.memory.Return((lines.size() - first_line) * kLineBytes);
        lines.resize(first_line);
        lines_ = lines_before;
      }));
  if (!TakeId(f.id, &locations_)) {
    lines.resize(first_line);
    return BadId(input, bytes.data(), path, f.id, &input.report.locations_dropped);
  }
  // google/pprof accepts an id of no mapping, so it means "no mapping" here and is counted.
  // The location stays: its address and lines are worth keeping.
  const uint32_t mapping_row = f.mapping == 0 ? 0 : mappings_.Find(f.mapping);
  const bool dangling = mapping_row == IdTable::kMissing;
  input.report.dangling_mappings += dangling;
  to->Add(MappingId{dangling ? 0 : mapping_row}, f.address, f.folded, {});
  return absl::OkStatus();
}

// Lines are counted against their limit before they are read.
template <class M>
void SymbolReader::TakeLocation(const Input& input, const Path& path, M* m, LocationFields* f) {
  namespace field = location;
  if (m->NextIsNumber(field::kId)) f->id = m->Number("id");
  if (m->NextIsNumber(field::kMappingId)) f->mapping = m->Number("mapping_id");
  if (m->NextIsNumber(field::kAddress)) f->address = m->Number("address");
  while (m->Next()) {
    switch (m->number()) {
      case field::kId:
        f->id = m->Number("id");
        break;
      case field::kMappingId:
        f->mapping = m->Number("mapping_id");
        break;
      case field::kAddress:
        f->address = m->Number("address");
        break;
      case field::kFolded:
        f->folded = m->Number("is_folded") != 0;
        break;
      case field::kLine: {
        const std::string_view line = m->Bytes("line");
        const size_t most = input.options.limits.lines_per_location;
        if (!m->ok()) return;
        if (f->lines >= most) {
          return m->SetStatus(CheckLimit("pprof: lines_per_location", f->lines + 1, most));
        }
        const Path at{&path, "line", static_cast<int64_t>(f->lines++)};
        M inner(input, line, at);
        TakeLine(input, &inner);
        m->Adopt(inner);
        break;
      }
      default:
        m->Unknown();
    }
  }
}

// A line of an unknown function is refused, or dropped by a lenient reader.
template <class M>
void SymbolReader::TakeLine(const Input& input, M* m) {
  namespace field = line;
  uint64_t function = 0;
  Line line;
  if (m->NextIsNumber(field::kFunctionId)) function = m->Number("function_id");
  if (m->NextIsNumber(field::kLine)) line.line = static_cast<int64_t>(m->Number("line"));
  while (m->Next()) {
    switch (m->number()) {
      case field::kFunctionId:
        function = m->Number("function_id");
        break;
      case field::kLine:
        line.line = static_cast<int64_t>(m->Number("line"));
        break;
      case field::kColumn:
        line.column = static_cast<int64_t>(m->Number("column"));
        break;
      default:
        m->Unknown();
    }
  }
  if (!m->ok()) return;
  // Neither functions nor lines have ids: they match by their order.
  if (number_lines_) function = ++lines_;
  const uint32_t row = functions_.Find(function);
  if (row != IdTable::kMissing) {
    line.function = FunctionId{row};
    m->Charge(kLineBytes);
    input.profile.symbols.locations.lines.items.push_back(line);
  } else if (M::kCareful && input.options.lenient) {
    ++input.report.lines_dropped;
  } else {
    m->FailWhole("function_id", Concat(function, " is not in the function table"));
  }
}

}  // namespace dolerite::pprof
