// The tables in the order in which they refer to each other: strings, units, attributes, mappings,
// functions, locations, stacks, links. Each entry is found by content before it gets a row.
#include "formats/otlp/dictionary.h"

#include <algorithm>
#include <span>

namespace dolerite::otlp {

// Before anything is decoded the entries are only collected, as views of the message: tables may
// come in any order, and the limits are checked by counting.
namespace {

// The limit on entries of each table, and its name.
// Stacks are lists of locations, so they share the limit of locations; links are at most one a
// sample.
using TableLimits = std::array<std::pair<const char*, size_t>, kTables>;
TableLimits LimitsOf(const ReadLimits& limits) {
  TableLimits of;
  of.fill({"otlp: strings", limits.strings});
  const auto set = [&](Table table, const char* name, size_t limit) {
    of[static_cast<size_t>(table)] = {name, limit};
  };
  set(Table::kMapping, "otlp: mappings", limits.mappings);
  set(Table::kFunction, "otlp: functions", limits.functions);
  set(Table::kLocation, "otlp: locations", limits.locations);
  set(Table::kStack, "otlp: locations", limits.locations);
  set(Table::kLink, "otlp: samples", limits.samples);
  return of;
}

// Flags and build ids are found by key and kind once for each attribute, not once for each mapping.
Role RoleOf(std::string_view key, AttributeKind kind) {
  if (kind == AttributeKind::kBoolean) {
    constexpr std::string_view kFlags[] = {key::kHasFunctions, key::kHasFilenames,
                                           key::kHasLineNumbers, key::kHasInlineFrames,
                                           key::kFolded};
    const auto* found = std::find(std::begin(kFlags), std::end(kFlags), key);
    if (found != std::end(kFlags)) return static_cast<Role>(found - kFlags + 1);
  }
  if (kind != AttributeKind::kString) return Role::kNone;
  const auto* found = std::find(key::kBuildIds.begin(), key::kBuildIds.end(), key);
  if (found == key::kBuildIds.end()) return Role::kNone;
  return static_cast<Role>(static_cast<size_t>(Role::kBuildId) + (found - key::kBuildIds.begin()));
}

template <class... Columns>
void ReserveAll(size_t rows, Columns&... columns) {
  (columns.reserve(rows), ...);
}

}  // namespace

// Row 0 of stacks and links is the empty one, as in each profile.
void Dictionary::Clear(const ReadLimits& limits, std::string_view bytes) {
  const TableLimits of = LimitsOf(limits);
  for (size_t i = 1; i < kTables; ++i) caps_[i] = of[i].second;
  for (Spans& entries : entries_) entries.Clear(bytes.data());
  for (auto& rows : rows_) rows.clear();
  symbols_.Clear();
  stacks_.Clear();
  stacks_.Close();
  links_.trace_id.assign(1, {}), links_.span_id.assign(1, {});
  roles_.clear();
  set_of_one_.clear();
  units_.clear();
  text_bytes_ = 0;
}

// Mostly all entries of a table follow each other; such a run is taken in one go. It ends where an
// entry is over the limit or cut off, which then comes here as the present field.
void Dictionary::Collect(Context& context, Message& m, Table table) {
  if (table == Table::kNone) return m.Unknown();
  const auto at = static_cast<size_t>(table);
  if (m.field().type != WireType::kBytes) return m.Fail(kTableNames[at], "not a message");
  Spans& entries = entries_[at];
  if (entries.size() >= caps_[at]) {
    return m.SetStatus(CheckLimit(LimitsOf(m.limits())[at].first, entries.size() + 1, caps_[at]));
  }
  const size_t before = entries.size();
  m.SetStatus(context.Charge(Spans::kBytes));
  entries.Push(m.field().bytes);
  const bool short_tag = m.number() < 16;
  if (short_tag && m.at() != m.end() && *m.at() == *m.field().begin) {
    m.SkipTo(entries.PushRun(m.at(), m.end(), caps_[at], &context.memory));
  }
  context.scratch += (entries.size() - before) * Spans::kBytes;
}

// `bytes` is the message whose fields are tables.
absl::Status Dictionary::Collect(Context& context, std::string_view bytes, const Path& path) {
  const auto& tables = TableOf(context.layout).table;
  Message m(context, bytes, path);
  while (m.Next()) Collect(context, m, FieldOf(tables, m.number()));
  return m.status();
}

// Room for all entries, and the null row.
// Memory is charged by the number of entries before the tables and their hash sets are made. An
// entry of two bytes takes up to 96 bytes here, so a hostile message is refused at this point.
absl::Status Dictionary::Reserve(Context& context) {
  // What a row takes in its columns and in the index that finds it. Lists are charged as they grow.
  constexpr size_t kRowBytes[kTables] = {0, 96, 96, 64, 64, 32, 80, 16, 32};
  static_assert(static_cast<size_t>(Table::kStack) == kTables - 1);
  const Spans& strings = entries_[static_cast<size_t>(Table::kString)];
  size_t text_bytes = 0;
  for (size_t i = 0; i < strings.size(); ++i) text_bytes += strings[i].size();
  size_t bytes = text_bytes;
  for (size_t i = 0; i < kTables; ++i) bytes += entries_[i].size() * kRowBytes[i];
  DOLERITE_RETURN_IF_ERROR(context.ChargeScratch(bytes));
  texts_.Reset(1 + strings.size());
  attribute_index_.Reset(SizeOf(Table::kAttribute));
  mapping_rows_.Reset(1 + SizeOf(Table::kMapping));
  function_rows_.Reset(1 + SizeOf(Table::kFunction));
  location_rows_.Reset(1 + SizeOf(Table::kLocation));
  stack_rows_.Reset(1 + SizeOf(Table::kStack));
  link_index_.Reset(SizeOf(Table::kLink));
  for (size_t i = 0; i < kTables; ++i) rows_[i].reserve(entries_[i].size());
  symbols_.strings.Reserve(1 + strings.size(), text_bytes);
  Mappings& m = symbols_.mappings;
  ReserveAll(1 + SizeOf(Table::kMapping), m.start, m.limit, m.offset, m.file, m.build_id, m.flags,
             m.attributes, m.instance);
  symbols_.locations.lines.items.reserve(SizeOf(Table::kLocation));
  Attributes& a = symbols_.attributes;
  ReserveAll(SizeOf(Table::kAttribute), a.key, a.kind, a.value, a.unit, roles_);
  stacks_.ends.reserve(1 + SizeOf(Table::kStack));
  ReserveAll(1 + SizeOf(Table::kLink), links_.trace_id, links_.span_id);
  return absl::OkStatus();
}

// The profile's old tables come back here and are cleared with the next message.
void Dictionary::MoveTo(Profile* profile) {
  std::swap(profile->symbols, symbols_);
  std::swap(profile->stacks, stacks_);
  std::swap(profile->links, links_);
}

// The slow path of Row: index 0 of a table that is not there, a refused entry, or a fault.
// Calls to Row are inlined; what is not usual comes here.
uint32_t Dictionary::NoRow(Message& m, const char* name, Table table, uint64_t index) const {
  if (index == 0 && HasNullEntries(layout_) && table != Table::kLocation) return 0;
  const size_t size = rows_[static_cast<size_t>(table)].size();
  if (index < size) m.Fail(name, Concat(index, " is an entry that was refused"));
  m.IndexOf(name, index, size);
  return 0;
}

// Row 0 of the table is "" and needs no look-up.
StringId Dictionary::AddText(std::string_view text) {
  if (text.empty()) return {};
  StringTable& strings = symbols_.strings;
  const auto is = [&](uint32_t row) { return strings[StringId{row}] == text; };
  return {texts_.FindOrAdd(HashOf(text.data(), text.size()), is, [&] {
    text_bytes_ += text.size();
    return strings.Add(text).value;
  })};
}

// Strings, bytes and encoded structures are rows of the strings.
uint64_t Dictionary::AddValue(const Value& value) {
  return value.is_bytes() ? AddText(value.bytes).value : value.number;
}

AttributeId Dictionary::AddAttribute(StringId key, AttributeKind kind, uint64_t value,
                                     StringId unit) {
  const AttributeId id = attribute_index_.Add(key, kind, value, unit, &symbols_);
  if (id.value == roles_.size()) roles_.push_back(RoleOf(symbols_.strings[key], kind));
  return id;
}

AttributeId Dictionary::AddAttribute(std::string_view key, const Value& value) {
  const uint64_t number = AddValue(value);
  return AddAttribute(AddText(key), value.kind, number, {});
}

// Most sets have one attribute: for them a column replaces the hash table.
// Sorts the set and finds an equal one.
AttributeSetId Dictionary::AddSet(std::vector<AttributeId>* attributes) {
  if (attributes->size() != 1) return attribute_index_.AddSet(attributes, &symbols_);
  const uint32_t only = (*attributes)[0].value;
  if (only >= set_of_one_.size()) set_of_one_.resize(symbols_.attributes.size());
  AttributeSetId& set = set_of_one_[only];
  if (set == AttributeSetId{}) set = attribute_index_.AddSet(attributes, &symbols_);
  return set;
}

// The Add functions find a row by its content and add it if it is new: entries that repeat become
// one row, so that samples which differ in nothing can be combined.
MappingId Dictionary::AddMapping(uint64_t start, uint64_t limit, uint64_t offset, StringId file,
                                 StringId build_id, uint8_t flags, AttributeSetId attributes) {
  const Mappings& m = symbols_.mappings;
  uint64_t hash = MixHash(MixHash(MixHash(seed_, start), limit), offset);
  hash = MixHash(hash, uint64_t{file.value} << 32 | build_id.value);
  hash = MixHash(hash, uint64_t{attributes.value} << 8 | flags);
  const auto is = [&](uint32_t row) {
    return m.start[row] == start && m.limit[row] == limit && m.offset[row] == offset &&
           m.file[row] == file && m.build_id[row] == build_id && m.flags[row] == flags &&
           m.attributes[row] == attributes;
  };
  return {mapping_rows_.FindOrAdd(hash, is, [&] {
    return symbols_.AddMapping(start, limit, offset, file, build_id, flags, attributes).value;
  })};
}

// Ids are rows of merged strings, so equal functions compare by four numbers.
FunctionId Dictionary::AddFunction(StringId name, StringId system_name, StringId file,
                                   int64_t start_line, FunctionColumns* to) {
  uint64_t hash = MixHash(seed_, uint64_t{name.value} << 32 | system_name.value);
  hash = MixHash(MixHash(hash, file.value), static_cast<uint64_t>(start_line));
  return {function_rows_.FindOrAdd(
      hash, [&](uint32_t row) { return to->Is(row, name, system_name, file, start_line); },
      [&] { return to->Add(name, system_name, file, start_line).value; })};
}

// The lines are already in the table's column; if the location is known they are taken back.
// Location by content: the mapping, the address, flags, attributes and all lines.
LocationId Dictionary::AddLocation(MappingId mapping, uint64_t address, bool folded,
                                   AttributeSetId attributes, LocationColumns* to) {
  std::vector<Line>& lines = symbols_.locations.lines.items;
  const size_t first_line = to->first_line();
  const std::span<const Line> own(lines.data() + first_line, lines.size() - first_line);
  uint64_t hash = MixHash(seed_, address);
  hash = MixHash(hash, uint64_t{mapping.value} << 33 ^ uint64_t{attributes.value} << 1 ^ folded);
  for (const Line& line : own) hash = HashLine(hash, line.function.value, line.line, line.column);
  const uint32_t next = static_cast<uint32_t>(to->rows());
  const uint32_t row = location_rows_.FindOrAdd(
      hash,
      [&](uint32_t other) { return to->Is(other, mapping, address, folded, attributes, own); },
      [&] { return to->Add(mapping, address, folded, attributes).value; });
  if (row != next) lines.resize(first_line);
  return {row};
}

// Ends the stack that was pushed to the items: a new row, or the row of an equal stack.
// As with lines: the items are pushed first, which spares a copy of each stack that is new.
StackId Dictionary::CloseStack() {
  const size_t first = stacks_.ends.back(), depth = stacks_.items.size() - first;
  if (depth == 0) return {};
  const LocationId* const begin = stacks_.items.data() + first;
  const auto is = [&](uint32_t row) {
    return std::equal(stacks_.begin(row), stacks_.end(row), begin, begin + depth);
  };
  const uint32_t next = static_cast<uint32_t>(stacks_.size());
  const uint32_t row =
      stack_rows_.FindOrAdd(HashOf(begin, depth * sizeof(LocationId)), is, [&] { return next; });
  if (row == next) {
    stacks_.Close();
  } else {
    stacks_.items.resize(first);
  }
  return {row};
}

StackId Dictionary::AddStack(const LocationId* begin, const LocationId* end) {
  stacks_.items.insert(stacks_.items.end(), begin, end);
  return CloseStack();
}

// About what the tables take in a profile: rows times the bytes of their columns.
// Used to charge a profile that takes the tables as a whole.
size_t Dictionary::bytes() const {
  const Symbols& s = symbols_;
  return text_bytes_ + 8 * s.strings.size() + 64 * s.mappings.size() + 24 * s.functions.size() +
         32 * s.locations.size() + sizeof(Line) * s.locations.lines.items.size() +
         24 * s.attributes.size() + 8 * s.attribute_sets.size() +
         4 * s.attribute_sets.items.size() + 8 * stacks_.size() + 4 * stacks_.items.size() +
         24 * links_.size();
}

}  // namespace dolerite::otlp
