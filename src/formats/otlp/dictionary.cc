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
void Dictionary::Clear(const ReadLimits& limits) {
  const TableLimits of = LimitsOf(limits);
  for (size_t i = 1; i < kTables; ++i) caps_[i] = of[i].second;
  for (FieldRuns& entries : entries_) entries.Clear();
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

// Collect is inlined in its callers; this is its path for all that is not one more entry of a
// table.
void Dictionary::CannotCollect(Message& m, Table table) const {
  if (table == Table::kNone) return m.Unknown();
  const auto at = static_cast<size_t>(table);
  if (m.field().type != WireType::kBytes) return m.Fail(kTableNames[at], "not a message");
  m.SetStatus(CheckLimit(LimitsOf(m.limits())[at].first, entries_[at].size() + 1, caps_[at]));
}

// `bytes` is the message whose fields are tables.
absl::Status Dictionary::Collect(Context& context, std::string_view bytes, const Path& path) {
  const auto& tables = TableOf(context.layout).table;
  Message m(context, bytes, path);
  while (m.Next()) Collect(m, FieldOf(tables, m.number()));
  return m.status();
}

// Each table refers to those before it, whatever their order in the message.
// An order that makes each reference point to a table that is decoded.
absl::Status Dictionary::Decode(Context& context, const Path& path) {
  layout_ = context.layout;
  DOLERITE_RETURN_IF_ERROR(Reserve(context));
  DOLERITE_RETURN_IF_ERROR(DecodeStrings(context, path));
  const auto decode = [&](Table table, const auto& entry) {
    return DecodeTable(context, table, path, entry);
  };
  DOLERITE_RETURN_IF_ERROR(decode(Table::kUnit, [&](Message& m) { return DecodeUnit(m); }));
  DOLERITE_RETURN_IF_ERROR(
      decode(Table::kAttribute, [&](Message& m) { return DecodeAttribute(context, m); }));
  DOLERITE_RETURN_IF_ERROR(decode(Table::kMapping, [&](Message& m) { return DecodeMapping(m); }));
  DOLERITE_RETURN_IF_ERROR(decode(Table::kFunction, [&](Message& m) { return DecodeFunction(m); }));
  DOLERITE_RETURN_IF_ERROR(
      decode(Table::kLocation, [&](Message& m) { return DecodeLocation(context, m); }));
  DOLERITE_RETURN_IF_ERROR(decode(Table::kStack, [&](Message& m) { return DecodeStack(m); }));
  return decode(Table::kLink, [&](Message& m) { return DecodeLink(m); });
}

// Room for all entries, and the null row.
// Memory is charged by the number of entries before the tables and their hash sets are made. An
// entry of two bytes takes up to 96 bytes here, so a hostile message is refused at this point.
absl::Status Dictionary::Reserve(Context& context) {
  // What a row takes in its columns and in the index that finds it. Lists are charged as they grow.
  constexpr size_t kRowBytes[kTables] = {0, 96, 96, 64, 64, 32, 80, 16, 32};
  static_assert(static_cast<size_t>(Table::kStack) == kTables - 1);
  const FieldRuns& strings = entries_[static_cast<size_t>(Table::kString)];
  size_t bytes = strings.bytes();
  for (size_t i = 0; i < kTables; ++i) bytes += entries_[i].size() * kRowBytes[i];
  DOLERITE_RETURN_IF_ERROR(context.ChargeScratch(bytes));
  texts_ = RowSet(1 + strings.size());
  attribute_index_.Reset(SizeOf(Table::kAttribute));
  mapping_rows_ = RowSet(1 + SizeOf(Table::kMapping));
  function_rows_ = RowSet(1 + SizeOf(Table::kFunction));
  location_rows_ = RowSet(1 + SizeOf(Table::kLocation));
  stack_rows_ = RowSet(1 + SizeOf(Table::kStack));
  link_index_.Reset(SizeOf(Table::kLink));
  for (size_t i = 0; i < kTables; ++i) rows_[i].reserve(entries_[i].size());
  symbols_.strings.Reserve(1 + strings.size(), strings.bytes());
  Mappings& m = symbols_.mappings;
  ReserveAll(1 + SizeOf(Table::kMapping), m.start, m.limit, m.offset, m.file, m.build_id, m.flags,
             m.attributes, m.instance);
  Functions& f = symbols_.functions;
  ReserveAll(1 + SizeOf(Table::kFunction), f.name, f.system_name, f.file, f.start_line);
  Locations& l = symbols_.locations;
  ReserveAll(SizeOf(Table::kLocation), l.mapping, l.address, l.folded, l.attributes, l.lines.ends,
             l.lines.items);
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

// Entry 0 must be "": all layouts say so.
// Every entry has a row: equal texts share it, so indexes differ from rows.
absl::Status Dictionary::DecodeStrings(Context& context, const Path& path) {
  const size_t most = context.options.limits.string_bytes;
  auto& rows = rows_[static_cast<size_t>(Table::kString)];
  FieldRuns::Cursor strings(entries_[static_cast<size_t>(Table::kString)]);
  for (std::string_view text; strings.Next(&text);) {
    if (text.size() > most) return CheckLimit("otlp: string_bytes", text.size(), most);
    if (!rows.empty()) {
      rows.push_back(Intern(text).value);
    } else if (text.empty()) {
      rows.push_back(0);
    } else {
      return FaultAt(path, "string_table[0]", "not empty");
    }
  }
  return absl::OkStatus();
}

// Calls `decode` for each entry but the null one.
// `rows` gets a row for every entry, also for refused ones, as indexes count them all.
template <class DecodeEntry>
absl::Status Dictionary::DecodeTable(Context& context, Table table, const Path& path,
                                     const DecodeEntry& decode) {
  auto& rows = rows_[static_cast<size_t>(table)];
  FieldRuns::Cursor entries(entries_[static_cast<size_t>(table)]);
  int64_t i = 0;
  for (std::string_view entry; entries.Next(&entry); ++i) {
    if (i == 0 && HasNullEntries(layout_)) {
      context.report.null_entries_ignored += SaysSomething(entry);
      rows.push_back(AddNull(table));
      continue;
    }
    // With take_sound a refused entry keeps its place; who refers to it is refused in turn.
    const Path at{&path, kTableNames[static_cast<size_t>(table)], i};
    Message m(context, entry, at);
    const uint32_t row = decode(m);
    rows.push_back(m.ok() ? row : kRefused);
    if (!m.ok()) DOLERITE_RETURN_IF_ERROR(context.Refuse(m.status(), at));
  }
  return absl::OkStatus();
}

// Locations have no null row in a profile, so entry 0 is a location without content.
uint32_t Dictionary::AddNull(Table table) {
  return table == Table::kLocation ? AddLocation({}, 0, false, {}).value : 0;
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

// Adds the attribute to a set, once. Sets are short, so they are searched.
// Attributes of a set are few (limits.labels_per_sample), so a search through them is linear in
// that bound.
void Dictionary::Attribute(Message& m, uint64_t index, std::vector<AttributeId>* attributes) const {
  const uint32_t row = Row(m, "attribute_indices", Table::kAttribute, index);
  if (row == 0) return;
  const AttributeId id{row - 1};
  if (std::find(attributes->begin(), attributes->end(), id) != attributes->end()) return;
  const size_t most = m.limits().labels_per_sample;
  if (attributes->size() >= most) {
    m.SetStatus(CheckLimit("otlp: labels_per_sample", attributes->size() + 1, most));
  } else {
    attributes->push_back(id);
  }
}

// Row 0 of the table is "" and needs no look-up.
StringId Dictionary::Intern(std::string_view text) {
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
  return value.is_bytes() ? Intern(value.bytes).value : value.number;
}

AttributeId Dictionary::AddAttribute(StringId key, AttributeKind kind, uint64_t value,
                                     StringId unit) {
  const AttributeId id = attribute_index_.Add(key, kind, value, unit, &symbols_);
  if (id.value == roles_.size()) roles_.push_back(RoleOf(symbols_.strings[key], kind));
  return id;
}

AttributeId Dictionary::AddAttribute(std::string_view key, const Value& value) {
  const uint64_t number = AddValue(value);
  return AddAttribute(Intern(key), value.kind, number, {});
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
                                   int64_t start_line) {
  const Functions& f = symbols_.functions;
  uint64_t hash = MixHash(seed_, uint64_t{name.value} << 32 | system_name.value);
  hash = MixHash(MixHash(hash, file.value), static_cast<uint64_t>(start_line));
  const auto is = [&](uint32_t row) {
    return f.name[row] == name && f.system_name[row] == system_name && f.file[row] == file &&
           f.start_line[row] == start_line;
  };
  return {function_rows_.FindOrAdd(
      hash, is, [&] { return symbols_.AddFunction(name, system_name, file, start_line).value; })};
}

// The lines are already in the table's column; if the location is known they are taken back.
// Location by content: the mapping, the address, flags, attributes and all lines.
LocationId Dictionary::AddLocation(MappingId mapping, uint64_t address, bool folded,
                                   AttributeSetId attributes) {
  Locations& l = symbols_.locations;
  const size_t first_line = l.lines.ends.empty() ? 0 : l.lines.ends.back();
  const std::span<const Line> lines(l.lines.items.data() + first_line,
                                    l.lines.items.size() - first_line);
  uint64_t hash = MixHash(MixHash(seed_, address), uint64_t{mapping.value} << 1 | folded);
  hash = MixHash(hash, attributes.value);
  for (const Line& line : lines) {
    hash = MixHash(MixHash(hash, line.function.value), static_cast<uint64_t>(line.line));
    hash = MixHash(hash, static_cast<uint64_t>(line.column));
  }
  const auto is = [&](uint32_t row) {
    return l.address[row] == address && l.mapping[row] == mapping &&
           (l.folded[row] != 0) == folded && l.attributes[row] == attributes &&
           std::equal(l.lines.begin(row), l.lines.end(row), lines.begin(), lines.end());
  };
  // The row that the location gets if it is new: FindOrAdd adds that number first, AddLocation
  // makes the row.
  const uint32_t next = static_cast<uint32_t>(l.size());
  const uint32_t row = location_rows_.FindOrAdd(hash, is, [&] { return next; });
  if (row == next) return symbols_.AddLocation(mapping, address, folded, attributes);
  l.lines.items.resize(first_line);
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
