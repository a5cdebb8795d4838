// How the tables are decoded: strings, units, attributes, mappings, functions, locations, stacks,
// links, in the order in which they refer to each other.
// Each Decode function of an entry reads one message, whose references to earlier tables are rows
// already, and gives the row of its content: a new one, or that of an equal entry before it. A null
// entry (one that says nothing) is row 0. Faults are kept by the message; its caller looks at them.
// Each is one template over the quick and the careful reader.
#include <algorithm>
#include <cstring>

#include "formats/otlp/dictionary.h"

namespace dolerite::otlp {

namespace {

// Whether an entry 0 says more than "none": zeros of any length do not.
// Entry 0 should be empty. Some senders write real content there, which is then lost and is
// counted.
bool SaysSomething(std::string_view entry) {
  ProtoReader reader(entry);
  for (WireField field; reader.Next(&field);) {
    const auto is_zero = [](char c) { return c == 0; };
    if (field.value != 0 && field.type != WireType::kBytes) return true;
    if (field.type != WireType::kBytes) continue;
    if (!std::all_of(field.bytes.begin(), field.bytes.end(), is_zero)) return true;
  }
  return false;
}

}  // namespace

// Each table refers to those before it, whatever their order in the message.
absl::Status Dictionary::Decode(Context& context, const Path& path) {
  layout_ = context.layout;
  DOLERITE_RETURN_IF_ERROR(Reserve(context));
  DOLERITE_RETURN_IF_ERROR(DecodeStrings(context, path));
  const auto decode = [&](Table table, const auto& entry) {
    return DecodeTable(context, table, path, entry);
  };
  DOLERITE_RETURN_IF_ERROR(
      decode(Table::kUnit, [&](auto& m, const Path&) { return DecodeUnit(m); }));
  DOLERITE_RETURN_IF_ERROR(decode(
      Table::kAttribute, [&](auto& m, const Path& at) { return DecodeAttribute(context, at, m); }));
  DOLERITE_RETURN_IF_ERROR(
      decode(Table::kMapping, [&](auto& m, const Path&) { return DecodeMapping(m); }));
  DOLERITE_RETURN_IF_ERROR(DecodeFunctions(context, path));
  DOLERITE_RETURN_IF_ERROR(DecodeLocations(context, path));
  DOLERITE_RETURN_IF_ERROR(
      decode(Table::kStack, [&](auto& m, const Path&) { return DecodeStack(m); }));
  return decode(Table::kLink, [&](auto& m, const Path&) { return DecodeLink(m); });
}

absl::Status Dictionary::DecodeFunctions(Context& context, const Path& path) {
  FunctionColumns to(&symbols_.functions, SizeOf(Table::kFunction));
  absl::Status status = DecodeTable(context, Table::kFunction, path,
                                    [&](auto& m, const Path&) { return DecodeFunction(m, &to); });
  to.Cut();
  return status;
}

// Locations have no null row in a profile, so entry 0 is a location without content.
absl::Status Dictionary::DecodeLocations(Context& context, const Path& path) {
  LocationColumns to(&symbols_.locations, SizeOf(Table::kLocation));
  if (HasNullEntries(layout_) && SizeOf(Table::kLocation) > 0) AddLocation({}, 0, false, {}, &to);
  absl::Status status = DecodeTable(context, Table::kLocation, path, [&](auto& m, const Path& at) {
    return DecodeLocation(context, at, m, &to);
  });
  to.Cut();
  return status;
}

// Entry 0 must be "": all layouts say so.
// Every entry has a row: equal texts share it, so indexes differ from rows.
absl::Status Dictionary::DecodeStrings(Context& context, const Path& path) {
  const size_t most = context.options.limits.string_bytes;
  auto& rows = rows_[static_cast<size_t>(Table::kString)];
  const Spans& strings = entries_[static_cast<size_t>(Table::kString)];
  for (size_t i = 0; i < strings.size(); ++i) {
    const std::string_view text = strings[i];
    if (text.size() > most) return CheckLimit("otlp: string_bytes", text.size(), most);
    if (i == 0 && !text.empty()) return FaultAt(path, "string_table[0]", "not empty");
    rows.push_back(AddText(text).value);
  }
  return absl::OkStatus();
}

// Calls `decode` for each entry but the null one, which is row 0.
// `rows` gets a row for every entry, also for refused ones, as indexes count them all.
template <class DecodeEntry>
absl::Status Dictionary::DecodeTable(Context& context, Table table, const Path& path,
                                     const DecodeEntry& decode) {
  auto& rows = rows_[static_cast<size_t>(table)];
  const Spans& entries = entries_[static_cast<size_t>(table)];
  rows.resize(entries.size());
  size_t i = 0;
  if (HasNullEntries(layout_) && entries.size() > 0) {
    context.report.null_entries_ignored += SaysSomething(entries[i++]);
  }
  for (; i < entries.size(); ++i) {
    const Path at{&path, kTableNames[static_cast<size_t>(table)], static_cast<int64_t>(i)};
    uint32_t row = 0;
    const absl::Status status = ReadMessage(
        context, entries[i], at, [&](auto* m) { row = decode(*m, at); }, [] {});
    // With take_sound a refused entry keeps its place; who refers to it is refused in turn.
    rows.data()[i] = status.ok() ? row : kRefused;
    if (!status.ok()) DOLERITE_RETURN_IF_ERROR(context.Refuse(status, at));
  }
  return absl::OkStatus();
}

// Units came apart from attributes up to 1.7; DecodeAttribute looks them up by key.
uint32_t Dictionary::DecodeUnit(Message& m) {
  StringId key, text;
  while (m.Next()) {
    if (m.number() == unit::kKeyIndex) {
      key = String(m, "attribute_key_strindex", m.Number("attribute_key_strindex"));
    } else if (m.number() == unit::kUnitIndex) {
      text = String(m, "unit_strindex", m.Number("unit_strindex"));
    } else {
      m.Unknown();
    }
  }
  if (!m.ok()) return 0;
  // By the row of the key: up to 1.7 a unit belongs to all attributes of a key.
  if (units_.size() <= key.value) units_.resize(symbols_.strings.size());
  units_[key.value] = text;
  return 0;
}

// The result is a row plus 1, as 0 means "no attribute".
template <class M>
uint32_t Dictionary::DecodeAttribute(Context& context, const Path& path, M& m) {
  const bool by_index = HasNullEntries(layout_);
  std::string_view key;  // up to 1.7
  StringId key_id, text;
  Value value;      // the careful reader's
  PlainValue view;  // the quick reader's
  while (m.Next()) {
    if (m.number() == attribute::kKeyIndex && by_index) {
      key_id = String(m, "key_strindex", m.Number("key_strindex"));
    } else if (m.number() == key_value::kKey && !by_index) {
      key = m.Bytes("key");
    } else if (m.number() == attribute::kValue) {
      if constexpr (M::kCareful) {
        m.SetStatus(DecodeValue(context, m.Bytes("value"), texts(), path, &value));
        view = {value.kind, value.number, value.bytes};
      } else if (!ReadPlainValue(m.Bytes("value"), texts(), &view)) {
        m.Unknown();
      }
    } else if (m.number() == attribute::kUnitIndex && by_index) {
      text = String(m, "unit_strindex", m.Number("unit_strindex"));
    } else {
      m.Unknown();
    }
  }
  if (const size_t size = std::max(key.size(), view.bytes.size()); size > m.limits().string_bytes) {
    m.SetStatus(CheckLimit("otlp: string_bytes", size, m.limits().string_bytes));
  }
  if (!m.ok()) return 0;
  // Numbers are kept as they are, texts and bytes as rows of the string table.
  const uint64_t number = IsBytes(view.kind) ? AddText(view.bytes).value : view.number;
  if (!by_index) {
    key_id = AddText(key);
    if (key_id.value < units_.size()) text = units_[key_id.value];
  }
  return AddAttribute(key_id, view.kind, number, text).value + 1;
}

// Flags come as fields up to 1.7 and as attributes from 1.8 on.
template <class M>
uint32_t Dictionary::DecodeMapping(M& m) {
  uint64_t start = 0, limit = 0, offset = 0;
  StringId file;
  uint8_t flags = 0;
  set_.clear();
  while (m.Next()) {
    const uint32_t number = m.number();
    switch (number) {
      case mapping::kStart:
        start = m.Number("memory_start");
        break;
      case mapping::kLimit:
        limit = m.Number("memory_limit");
        break;
      case mapping::kOffset:
        offset = m.Number("file_offset");
        break;
      case mapping::kFile:
        file = String(m, "filename_strindex", m.Number("filename_strindex"));
        break;
      case mapping::kAttributes:
        m.Numbers("attribute_indices", [&](uint64_t index) { Attribute(m, index, &set_); });
        break;
      case mapping::kHasFunctions:
      case mapping::kHasFilenames:
      case mapping::kHasLineNumbers:
      case mapping::kHasInlineFrames:
        // The four flags have neighbouring numbers here, as their bits have in Mappings.
        if (!HasNullEntries(layout_) && m.Number("has_functions") != 0) {
          flags |= 1 << (number - mapping::kHasFunctions);
        }
        break;
      default:
        m.Unknown();
    }
  }
  // Attributes that are flags become flags; build ids stay attributes, too.
  const StringId build_id = TakeRoles(&flags);
  // A mapping of zeros is the null mapping, in whatever row.
  const bool says_something = start != 0 || limit != 0 || offset != 0 || file != StringId{} ||
                              build_id != StringId{} || flags != 0 || !set_.empty();
  if (!m.ok() || !says_something) return 0;
  return AddMapping(start, limit, offset, file, build_id, flags, AddSet(&set_)).value;
}

// Takes flags of a mapping out of set_, and gives the row of its build id, if it has one.
StringId Dictionary::TakeRoles(uint8_t* flags) {
  StringId build_id;
  Role best = Role::kNone;
  const auto take = [&](AttributeId label) {
    const Role role = roles_[label.value];
    // Several build ids may be given; the roles ascend from the best kind to the last.
    if (role >= Role::kBuildId) {
      if (best == Role::kNone || role < best) {
        best = role, build_id = {static_cast<uint32_t>(symbols_.attributes.value[label.value])};
      }
      return false;
    }
    if (role == Role::kNone || role == Role::kFolded) return false;
    if (symbols_.attributes.value[label.value] != 0) *flags |= 1 << (static_cast<int>(role) - 1);
    return true;
  };
  set_.erase(std::remove_if(set_.begin(), set_.end(), take), set_.end());
  return build_id;
}

// A function that says nothing is row 0, whatever its index.
template <class M>
uint32_t Dictionary::DecodeFunction(M& m, FunctionColumns* to) {
  StringId name, system_name, file;
  int64_t start_line = 0;
  if (m.NextIsNumber(function::kName)) {
    name = String(m, "name_strindex", m.Number("name_strindex"));
  }
  if (m.NextIsNumber(function::kSystemName)) {
    system_name = String(m, "system_name_strindex", m.Number("system_name_strindex"));
  }
  if (m.NextIsNumber(function::kFile)) {
    file = String(m, "filename_strindex", m.Number("filename_strindex"));
  }
  while (m.Next()) {
    switch (m.number()) {
      case function::kName:
        name = String(m, "name_strindex", m.Number("name_strindex"));
        break;
      case function::kSystemName:
        system_name = String(m, "system_name_strindex", m.Number("system_name_strindex"));
        break;
      case function::kFile:
        file = String(m, "filename_strindex", m.Number("filename_strindex"));
        break;
      case function::kStartLine:
        start_line = m.Signed("start_line");
        break;
      default:
        m.Unknown();
    }
  }
  const StringId none;
  if (!m.ok() || (name == none && system_name == none && file == none && start_line == 0)) return 0;
  return AddFunction(name, system_name, file, start_line, to).value;
}

// Lines are pushed to the table while they are read. After a fault they are taken back.
template <class M>
uint32_t Dictionary::DecodeLocation(Context& context, const Path& path, M& m, LocationColumns* to) {
  std::vector<Line>& lines = symbols_.locations.lines.items;
  const size_t first_line = lines.size(), most_lines = m.limits().lines_per_location;
  MappingId in;
  uint64_t address = 0;
  bool folded = false;
  const uint32_t attributes = HasNullEntries(layout_) ? uint32_t{location::kAttributes}
                                                      : uint32_t{location::kOldAttributes};
  set_.clear();
  if (m.NextIsNumber(location::kMapping)) {
    in = Mapping(m, "mapping_index", m.Number("mapping_index"));
  }
  if (m.NextIsNumber(location::kAddress)) address = m.Number("address");
  while (m.Next()) {
    const uint32_t number = m.number();
    if (number == location::kMapping) {
      in = Mapping(m, "mapping_index", m.Number("mapping_index"));
    } else if (number == location::kAddress) {
      address = m.Number("address");
    } else if (number == location::kLines) {
      // Lines go straight to the table's column; AddLocation takes them back if the location is
      // known.
      const size_t row = lines.size() - first_line;
      if (row < most_lines) {
        lines.push_back(DecodeLine(context, Path{&path, "lines", static_cast<int64_t>(row)}, m));
        m.ChargeScratch(2 * sizeof(Line));
      } else {
        m.SetStatus(CheckLimit("otlp: lines_per_location", row + 1, most_lines));
      }
    } else if (number == attributes) {
      m.Numbers("attribute_indices", [&](uint64_t index) { Attribute(m, index, &set_); });
    } else if (number == location::kFolded) {
      folded = m.Number("is_folded") != 0;
    } else {
      m.Unknown();
    }
  }
  if (!m.ok()) {
    lines.resize(first_line);
    return 0;
  }
  if (set_.empty()) return AddLocation(in, address, folded, {}, to).value;
  folded = TakeFolded() || folded;
  return AddLocation(in, address, folded, AddSet(&set_), to).value;
}

// Takes the attribute that means "folded" out of set_ and returns its value.
bool Dictionary::TakeFolded() {
  bool folded = false;
  const auto take = [&](AttributeId label) {
    if (roles_[label.value] != Role::kFolded) return false;
    folded |= symbols_.attributes.value[label.value] != 0;
    return true;
  };
  set_.erase(std::remove_if(set_.begin(), set_.end(), take), set_.end());
  return folded;
}

// A fault inside of the line becomes the fault of its location.
template <class M>
Line Dictionary::DecodeLine(Context& context, const Path& path, M& location) {
  M m(context, location.Bytes("lines"), path);
  Line line;
  bool has_function = m.NextIsNumber(line::kFunction);
  if (has_function) line.function = Function(m, "function_index", m.Number("function_index"));
  if (m.NextIsNumber(line::kLine)) line.line = m.Signed("line");
  while (m.Next()) {
    switch (m.number()) {
      case line::kFunction:
        has_function = true;
        line.function = Function(m, "function_index", m.Number("function_index"));
        break;
      case line::kLine:
        line.line = m.Signed("line");
        break;
      case line::kColumn:
        line.column = m.Signed("column");
        break;
      default:
        m.Unknown();
    }
  }
  // Where 0 is an entry like others, senders leave it out all the same.
  if (!has_function && m.ok() && SizeOf(Table::kFunction) > 0) {
    line.function = Function(m, "function_index", 0);
  }
  location.Adopt(m);
  return line;
}

// Limits hold for one stack and for all stacks together: a short message can list the same location
// very often.
template <class M>
uint32_t Dictionary::DecodeStack(M& m) {
  const ReadLimits& limits = m.limits();
  std::vector<LocationId>& items = stacks_.items;
  const size_t first = items.size();
  while (m.Next()) {
    if (m.number() != kStackLocations) {
      m.Unknown();
      continue;
    }
    TakeLocations(m);
    m.SetStatus(CheckLimit("otlp: stack_depth", items.size() - first, limits.stack_depth));
  }
  m.SetStatus(CheckLimit("otlp: stack_entries", items.size(), limits.stack_entries));
  m.ChargeScratch(2 * sizeof(LocationId) * (items.size() - first));
  if (!m.ok()) items.resize(first);
  return CloseStack().value;
}

// As lines of a location: pushed first, taken back by CloseStack if the stack is known. Room for
// all is made first: a location takes at least one byte.
template <class M>
void Dictionary::TakeLocations(M& m) {
  std::vector<LocationId>& items = stacks_.items;
  const size_t before = items.size();
  items.resize(before + m.MostNumbers());
  LocationId* next = items.data() + before;
  const std::vector<uint32_t>& rows = rows_[static_cast<size_t>(Table::kLocation)];
  const uint32_t* const row = rows.data();
  const size_t size = rows.size();
  m.Numbers("location_indices", [&](uint64_t index) {
    const bool known = index < size && row[index] != kRefused;
    *next++ = known ? LocationId{row[index]} : Location(m, "location_indices", index);
  });
  items.resize(static_cast<size_t>(next - items.data()));
}

// Ids of zeros make row 0, no link.
template <class M>
uint32_t Dictionary::DecodeLink(M& m) {
  LinkBytes ids{};
  // An id is left out, which means zeros, or has its full length.
  const auto take = [&](const char* name, uint8_t* id, size_t size) {
    const std::string_view bytes = m.Bytes(name);
    if (bytes.size() == size) {
      std::memcpy(id, bytes.data(), size);
    } else if (!bytes.empty()) {
      m.Fail(name, Concat(bytes.size(), " bytes, not ", size));
    }
  };
  while (m.Next()) {
    if (m.number() == link::kTraceId) {
      take("trace_id", ids.data(), 16);
    } else if (m.number() == link::kSpanId) {
      take("span_id", ids.data() + 16, 8);
    } else {
      m.Unknown();
    }
  }
  return m.ok() ? link_index_.Add(ids, &links_).value : 0;
}

}  // namespace dolerite::otlp
