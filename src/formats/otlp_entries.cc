// How the entries of each table are decoded.
#include <algorithm>
#include <cstring>

#include "formats/otlp_dictionary.h"

namespace dolerite::otlp {

absl::Status Dictionary::DecodeUnit(Message& m) {
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
  if (m.ok()) units_[key.value] = text;
  return m.status();
}

absl::Status Dictionary::DecodeAttribute(Context& context, Message& m) {
  attribute_row_.push_back(0);
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
      m.SetStatus(DecodeValue(context, m.Bytes("value"), symbols_.strings, m.path(), &value));
    } else if (m.number() == attribute::kUnitIndex && by_index) {
      text = String(m, "unit_strindex", m.Number("unit_strindex"));
    } else {
      m.Unknown();
    }
  }
  DOLERITE_RETURN_IF_ERROR(m.status());
  DOLERITE_RETURN_IF_ERROR(CheckLimit("otlp: string_bytes",
                                      std::max(key.size(), value.bytes().size()),
                                      context.options.limits.string_bytes));
  const uint64_t number = AddValue(value);
  if (!by_index) {
    key_id = Intern(key);
    const auto found = units_.find(key_id.value);
    if (found != units_.end()) text = found->second;
  }
  attribute_row_.back() = AddLabel(key_id, value.kind, number, text).value + 1;
  return absl::OkStatus();
}

absl::Status Dictionary::DecodeMapping(Message& m) {
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
        if (!HasNullEntries(layout_) && m.Number("has_functions") != 0) {
          flags |= 1 << (number - mapping::kHasFunctions);
        }
        break;
      default:
        m.Unknown();
    }
  }
  StringId build_id;
  Role best = Role::kNone;
  const auto take = [&](LabelId label) {
    const Role role = roles_[label.value];
    if (role >= Role::kBuildId) {
      if (best == Role::kNone || role < best) {
        best = role, build_id = {static_cast<uint32_t>(symbols_.labels.value[label.value])};
      }
      return false;
    }
    if (role == Role::kNone || role == Role::kFolded) return false;
    if (symbols_.labels.value[label.value] != 0) flags |= 1 << (static_cast<int>(role) - 1);
    return true;
  };
  set_.erase(std::remove_if(set_.begin(), set_.end(), take), set_.end());
  symbols_.AddMapping(start, limit, offset, file, build_id, flags, AddSet(&set_));
  return m.status();
}

absl::Status Dictionary::DecodeFunction(Message& m) {
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
  symbols_.AddFunction(name, system_name, file, start_line);
  return m.status();
}

absl::Status Dictionary::DecodeLocation(Context& context, Message& m) {
  MappingId in;
  uint64_t address = 0;
  bool folded = false;
  size_t lines = 0;
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
      const Path at{&m.path(), "lines", static_cast<int64_t>(lines++)};
      m.SetStatus(
          CheckLimit("otlp: lines_per_location", lines, context.options.limits.lines_per_location));
      Line line;
      if (m.ok()) m.SetStatus(DecodeLine(context, m.Bytes("lines"), at, &line));
      symbols_.locations.lines.items.push_back(line);
    } else if (number == attributes) {
      m.Numbers("attribute_indices", [&](uint64_t index) { Attribute(m, index, &set_); });
    } else if (number == location::kFolded) {
      folded = m.Number("is_folded") != 0;
    } else {
      m.Unknown();
    }
  }
  const auto take = [&](LabelId label) {
    if (roles_[label.value] != Role::kFolded) return false;
    folded |= symbols_.labels.value[label.value] != 0;
    return true;
  };
  set_.erase(std::remove_if(set_.begin(), set_.end(), take), set_.end());
  symbols_.AddLocation(in, address, folded, AddSet(&set_));
  return m.status();
}

absl::Status Dictionary::DecodeLine(Context& context, std::string_view bytes, const Path& path,
                                    Line* line) {
  Message m(context, bytes, path);
  bool has_function = false;
  while (m.Next()) {
    switch (m.number()) {
      case line::kFunction:
        has_function = true;
        line->function = Function(m, "function_index", m.Number("function_index"));
        break;
      case line::kLine:
        line->line = m.Signed("line");
        break;
      case line::kColumn:
        line->column = m.Signed("column");
        break;
      default:
        m.Unknown();
    }
  }
  // Where 0 is an entry like others, senders leave it out all the same.
  if (m.ok() && !has_function && SizeOf(Table::kFunction) > 0)
    line->function = Function(m, "function_index", 0);
  return m.status();
}

absl::Status Dictionary::DecodeStack(Context& context, Message& m) {
  const Limits& limits = context.options.limits;
  std::vector<LocationId> locations;
  while (m.Next()) {
    if (m.number() != kStackLocations) {
      m.Unknown();
      continue;
    }
    m.Numbers("location_indices", [&](uint64_t index) {
      m.SetStatus(CheckLimit("otlp: stack_depth", locations.size() + 1, limits.stack_depth));
      if (m.ok()) locations.push_back(Location(m, "location_indices", index));
    });
  }
  stack_row_.push_back(0);
  DOLERITE_RETURN_IF_ERROR(m.status());
  DOLERITE_RETURN_IF_ERROR(CheckLimit(
      "otlp: stack_entries", stacks_.items.size() + locations.size(), limits.stack_entries));
  stack_row_.back() = AddStack(locations.data(), locations.data() + locations.size()).value;
  return absl::OkStatus();
}

absl::Status Dictionary::DecodeLink(Message& m) {
  std::array<uint8_t, 16> trace{};
  std::array<uint8_t, 8> span{};
  const auto take = [&](const char* name, auto* id) {
    const std::string_view bytes = m.Bytes(name);
    if (bytes.size() == id->size()) {
      std::memcpy(id->data(), bytes.data(), bytes.size());
    } else if (!bytes.empty()) {
      m.Fail(name, Concat(bytes.size(), " bytes, not ", id->size()));
    }
  };
  while (m.Next()) {
    if (m.number() == link::kTraceId) {
      take("trace_id", &trace);
    } else if (m.number() == link::kSpanId) {
      take("span_id", &span);
    } else {
      m.Unknown();
    }
  }
  std::string content(trace.begin(), trace.end());
  content.append(span.begin(), span.end());
  if (link_rows_.empty()) link_rows_.emplace(std::string(24, '\0'), 0);
  const auto [at, is_new] =
      link_rows_.try_emplace(content, static_cast<uint32_t>(links_.trace_id.size()));
  if (is_new) links_.trace_id.push_back(trace), links_.span_id.push_back(span);
  link_row_.push_back(at->second);
  return m.status();
}

}  // namespace dolerite::otlp
