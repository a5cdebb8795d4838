// How the entries of each table are decoded.
// Each function reads one message, whose references to earlier tables are rows already, and gives
// the row of its content: a new one, or that of an equal entry before it. A null entry (one that
// says nothing) is row 0. Faults are kept by the message; its caller looks at them.
#include <algorithm>
#include <cstring>

#include "formats/otlp/dictionary.h"

namespace dolerite::otlp {

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
uint32_t Dictionary::DecodeAttribute(Context& context, Message& m) {
  const bool by_index = HasNullEntries(layout_);
  std::string_view key;  // up to 1.7
  StringId key_id, text;
  Value value;
  while (m.Next()) {
    if (m.number() == attribute::kKeyIndex && by_index) {
      key_id = String(m, "key_strindex", m.Number("key_strindex"));
    } else if (m.number() == key_value::kKey && !by_index) {
      key = m.Bytes("key");
    } else if (m.number() == attribute::kValue) {
      m.SetStatus(DecodeValue(context, m.Bytes("value"), texts(), m.path(), &value));
    } else if (m.number() == attribute::kUnitIndex && by_index) {
      text = String(m, "unit_strindex", m.Number("unit_strindex"));
    } else {
      m.Unknown();
    }
  }
  m.SetStatus(CheckLimit("otlp: string_bytes", std::max(key.size(), value.bytes.size()),
                         m.limits().string_bytes));
  if (!m.ok()) return 0;
  // Numbers are kept as they are, texts and bytes as rows of the string table.
  const uint64_t number = AddValue(value);
  if (!by_index) {
    key_id = Intern(key);
    if (key_id.value < units_.size()) text = units_[key_id.value];
  }
  return AddAttribute(key_id, value.kind, number, text).value + 1;
}

// Flags come as fields up to 1.7 and as attributes from 1.8 on.
uint32_t Dictionary::DecodeMapping(Message& m) {
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
uint32_t Dictionary::DecodeFunction(Message& m) {
  StringId name, system_name, file;
  int64_t start_line = 0;
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
  return AddFunction(name, system_name, file, start_line).value;
}

// Lines are pushed to the table while they are read. After a fault they are taken back.
uint32_t Dictionary::DecodeLocation(Context& context, Message& m) {
  Lists<Line>& lines = symbols_.locations.lines;
  const size_t first_line = lines.items.size(), most_lines = m.limits().lines_per_location;
  MappingId in;
  uint64_t address = 0;
  bool folded = false;
  const uint32_t attributes = HasNullEntries(layout_) ? uint32_t{location::kAttributes}
                                                      : uint32_t{location::kOldAttributes};
  set_.clear();
  while (m.Next()) {
    const uint32_t number = m.number();
    if (number == location::kMapping) {
      in = Mapping(m, "mapping_index", m.Number("mapping_index"));
    } else if (number == location::kAddress) {
      address = m.Number("address");
    } else if (number == location::kLines) {
      // Lines go straight to the table's column; AddLocation takes them back if the location is
      // known.
      const size_t row = lines.items.size() - first_line;
      if (row >= most_lines) {
        m.SetStatus(CheckLimit("otlp: lines_per_location", row + 1, most_lines));
      } else {
        lines.items.push_back(DecodeLine(context, m, static_cast<int64_t>(row)));
        m.ChargeScratch(2 * sizeof(Line));
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
    lines.items.resize(first_line);
    return 0;
  }
  folded = TakeFolded() || folded;
  return AddLocation(in, address, folded, AddSet(&set_)).value;
}

// Takes the attribute that means "folded" out of set_ and returns its value.
bool Dictionary::TakeFolded() {
  if (set_.empty()) return false;
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
Line Dictionary::DecodeLine(Context& context, Message& location, int64_t row) {
  const Path at{&location.path(), "lines", row};
  Message m(context, location.Bytes("lines"), at);
  Line line;
  bool has_function = false;
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
  if (!m.ok()) location.SetStatus(m.status());
  return line;
}

// Limits hold for one stack and for all stacks together: a short message can list the same location
// very often.
uint32_t Dictionary::DecodeStack(Message& m) {
  const ReadLimits& limits = m.limits();
  std::vector<LocationId>& items = stacks_.items;
  const size_t first = items.size();
  while (m.Next()) {
    if (m.number() != kStackLocations) {
      m.Unknown();
      continue;
    }
    // As lines of a location: pushed first, taken back by CloseStack if the stack is known.
    m.Numbers("location_indices",
              [&](uint64_t index) { items.push_back(Location(m, "location_indices", index)); });
    m.SetStatus(CheckLimit("otlp: stack_depth", items.size() - first, limits.stack_depth));
  }
  m.SetStatus(CheckLimit("otlp: stack_entries", items.size(), limits.stack_entries));
  m.ChargeScratch(2 * sizeof(LocationId) * (items.size() - first));
  if (!m.ok()) items.resize(first);
  return CloseStack().value;
}

// Ids of zeros make row 0, no link.
uint32_t Dictionary::DecodeLink(Message& m) {
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
