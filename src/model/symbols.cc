// Rows are appended column by column. Nothing here looks for equal rows: SymbolMerger and the
// readers do.
#include "dolerite/symbols.h"

#include <cstring>
#include <utility>

namespace dolerite {

// Ids have 32 bits; readers bound the number of strings far below.
StringId StringTable::Add(std::string_view bytes) {
  bytes_.append(bytes);
  ends_.push_back(bytes_.size());
  return StringId{static_cast<uint32_t>(ends_.size() - 1)};
}

// The ends first, so that there is room for all texts at once. Rows of a large table lie anywhere,
// so texts are asked for before they are copied.
void StringTable::AddRows(const StringTable& from, std::span<const uint32_t> rows) {
  constexpr size_t kAhead = 8;
  const size_t first = ends_.size();
  size_t at = bytes_.size(), end = at;
  ends_.resize(first + rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    ends_.data()[first + i] = end += from[StringId{rows.data()[i]}].size();
  }
  bytes_.resize(end);
  char* const bytes = bytes_.data();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) {
      __builtin_prefetch(from[StringId{rows.data()[i + kAhead]}].data());
    }
    const std::string_view text = from[StringId{rows.data()[i]}];
    std::memcpy(bytes + at, text.data(), text.size());
    at += text.size();
  }
}

void StringTable::Assign(std::string bytes, std::vector<size_t> ends) {
  bytes_ = std::move(bytes);
  ends_ = std::move(ends);
  ends_.insert(ends_.begin(), 0);
}

void StringTable::Reserve(size_t strings, size_t bytes) {
  ends_.reserve(strings);
  bytes_.reserve(bytes);
}

void StringTable::CutTo(size_t strings) {
  ends_.resize(strings);
  bytes_.resize(ends_.back());
}

void StringTable::Clear() {
  bytes_.clear();
  ends_.assign(1, 0);
}

namespace {

template <class... Columns>
void ClearAll(Columns&... columns) {
  (columns.clear(), ...);
}

// By capacity, not by size: what the columns hold is what a budget must count.
template <class... Columns>
size_t CapacityBytes(const Columns&... columns) {
  return ((columns.capacity() * sizeof(typename Columns::value_type)) + ...);
}

}  // namespace

void Symbols::Clear() {
  strings.Clear();
  Mappings& m = mappings;
  ClearAll(m.start, m.limit, m.offset, m.file, m.build_id, m.flags, m.attributes, m.instance);
  Functions& f = functions;
  ClearAll(f.name, f.system_name, f.file, f.start_line);
  Locations& l = locations;
  ClearAll(l.mapping, l.address, l.folded, l.attributes, l.lines.ends, l.lines.items);
  ClearAll(attributes.key, attributes.kind, attributes.value, attributes.unit);
  ClearAll(attribute_sets.ends, attribute_sets.items);
  // The null rows: "no mapping", "no function", "no attributes".
  AddMapping(0, 0, 0, {}, {});
  AddFunction({}, {}, {}, 0);
  attribute_sets.Close();
}

// Columns grow side by side: a row's id is its place in each of them.
MappingId Symbols::AddMapping(uint64_t start, uint64_t limit, uint64_t offset, StringId file,
                              StringId build_id, uint8_t flags, AttributeSetId attributes) {
  mappings.start.push_back(start);
  mappings.limit.push_back(limit);
  mappings.offset.push_back(offset);
  mappings.file.push_back(file);
  mappings.build_id.push_back(build_id);
  mappings.flags.push_back(flags);
  mappings.attributes.push_back(attributes);
  mappings.instance.push_back(0);
  return MappingId{static_cast<uint32_t>(mappings.size() - 1)};
}

FunctionId Symbols::AddFunction(StringId name, StringId system_name, StringId file,
                                int64_t start_line) {
  functions.name.push_back(name);
  functions.system_name.push_back(system_name);
  functions.file.push_back(file);
  functions.start_line.push_back(start_line);
  return FunctionId{static_cast<uint32_t>(functions.size() - 1)};
}

LocationId Symbols::AddLocation(MappingId mapping, uint64_t address, bool folded,
                                AttributeSetId attributes) {
  locations.mapping.push_back(mapping);
  locations.address.push_back(address);
  locations.folded.push_back(folded);
  locations.attributes.push_back(attributes);
  // The lines pushed since the last location are this one's.
  locations.lines.Close();
  return LocationId{static_cast<uint32_t>(locations.size() - 1)};
}

AttributeId Symbols::AddAttribute(StringId key, AttributeKind kind, uint64_t value, StringId unit) {
  attributes.key.push_back(key);
  attributes.kind.push_back(kind);
  attributes.value.push_back(value);
  attributes.unit.push_back(unit);
  return AttributeId{static_cast<uint32_t>(attributes.size() - 1)};
}

size_t Symbols::memory_bytes() const {
  const Mappings& m = mappings;
  const Functions& f = functions;
  const Locations& l = locations;
  return strings.memory_bytes() +
         CapacityBytes(m.start, m.limit, m.offset, m.file, m.build_id, m.flags, m.attributes,
                       m.instance) +
         CapacityBytes(f.name, f.system_name, f.file, f.start_line) +
         CapacityBytes(l.mapping, l.address, l.folded, l.attributes, l.lines.ends, l.lines.items) +
         CapacityBytes(attributes.key, attributes.kind, attributes.value, attributes.unit) +
         CapacityBytes(attribute_sets.ends, attribute_sets.items);
}

}  // namespace dolerite
