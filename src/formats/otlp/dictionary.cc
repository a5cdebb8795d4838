#include "formats/otlp/dictionary.h"

#include <algorithm>

namespace dolerite::otlp {

namespace {

// The limit on entries of each table, and its name.
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

void Dictionary::CannotCollect(Message& m, Table table) const {
  if (table == Table::kNone) return m.Unknown();
  const auto at = static_cast<size_t>(table);
  if (m.field().type != WireType::kBytes) return m.Fail(kTableNames[at], "not a message");
  m.SetStatus(CheckLimit(LimitsOf(m.limits())[at].first, entries_[at].size() + 1, caps_[at]));
}

absl::Status Dictionary::Collect(Context& context, std::string_view bytes, const Path& path) {
  const auto& tables = TableOf(context.layout).table;
  Message m(context, bytes, path);
  while (m.Next()) Collect(m, FieldOf(tables, m.number()));
  return m.status();
}

absl::Status Dictionary::Decode(Context& context, const Path& path) {
  layout_ = context.layout;
  Reserve();
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
void Dictionary::Reserve() {
  texts_ = RowSet(1 + SizeOf(Table::kAttribute));
  label_rows_ = RowSet(1 + SizeOf(Table::kAttribute));
  set_rows_ = RowSet(1 + SizeOf(Table::kAttribute));
  stack_rows_ = RowSet();
  link_rows_ = RowSet(1 + SizeOf(Table::kLink));
  for (size_t i = 0; i < kTables; ++i) rows_[i].reserve(entries_[i].size());
  const FieldRuns& strings = entries_[static_cast<size_t>(Table::kString)];
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
}

void Dictionary::MoveTo(Profile* profile) {
  std::swap(profile->symbols, symbols_);
  std::swap(profile->stacks, stacks_);
  std::swap(profile->links, links_);
}

absl::Status Dictionary::DecodeStrings(Context& context, const Path& path) {
  const size_t most = context.options.limits.string_bytes;
  auto& rows = rows_[static_cast<size_t>(Table::kString)];
  FieldRuns::Cursor strings(entries_[static_cast<size_t>(Table::kString)]);
  for (std::string_view text; strings.Next(&text);) {
    if (text.size() > most) return CheckLimit("otlp: string_bytes", text.size(), most);
    if (!rows.empty()) {
      rows.push_back(AddText(text).value);
    } else if (text.empty()) {
      rows.push_back(0);
    } else {
      return FaultAt(path, "string_table[0]", "not empty");
    }
  }
  return absl::OkStatus();
}

// Calls `decode` for each entry but the null one.
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
    const Path at{&path, kTableNames[static_cast<size_t>(table)], i};
    Message m(context, entry, at);
    const uint32_t row = decode(m);
    rows.push_back(m.ok() ? row : kRefused);
    if (!m.ok()) DOLERITE_RETURN_IF_ERROR(context.Refuse(m.status(), at));
  }
  return absl::OkStatus();
}

uint32_t Dictionary::AddNull(Table table) {
  return table == Table::kLocation ? symbols_.AddLocation({}, 0).value : 0;
}

uint32_t Dictionary::NoRow(Message& m, const char* name, Table table, uint64_t index) const {
  if (index == 0 && HasNullEntries(layout_) && table != Table::kLocation) return 0;
  const size_t size = rows_[static_cast<size_t>(table)].size();
  if (index < size) m.Fail(name, Concat(index, " is an entry that was refused"));
  m.IndexOf(name, index, size);
  return 0;
}

void Dictionary::Attribute(Message& m, uint64_t index, std::vector<AttributeId>* labels) const {
  const uint32_t row = Row(m, "attribute_indices", Table::kAttribute, index);
  if (row == 0) return;
  const AttributeId label{row - 1};
  if (std::find(labels->begin(), labels->end(), label) != labels->end()) return;
  const size_t most = m.limits().labels_per_sample;
  if (labels->size() >= most) {
    m.SetStatus(CheckLimit("otlp: labels_per_sample", labels->size() + 1, most));
  } else {
    labels->push_back(label);
  }
}

template <class Make>
StringId Dictionary::FindText(std::string_view text, const Make& make) {
  if (text.empty()) return {};
  const StringTable& strings = symbols_.strings;
  const auto is = [&](uint32_t row) { return strings[StringId{row}] == text; };
  return {texts_.FindOrAdd(HashOf(text.data(), text.size()), is, [&] { return make().value; })};
}

StringId Dictionary::AddText(std::string_view text) {
  text_bytes_ += text.size();
  return symbols_.strings.Add(text);
}

StringId Dictionary::Unique(StringId id) {
  return FindText(symbols_.strings[id], [&] { return id; });
}

StringId Dictionary::Intern(std::string_view text) {
  return FindText(text, [&] { return AddText(text); });
}

uint64_t Dictionary::AddValue(const Value& value) {
  return value.is_bytes() ? Intern(value.bytes()).value : value.number;
}

AttributeId Dictionary::AddAttribute(StringId key, AttributeKind kind, uint64_t value,
                                     StringId unit) {
  const Attributes& l = symbols_.attributes;
  const uint64_t texts = uint64_t{key.value} << 32 | unit.value;
  return {label_rows_.FindOrAdd(
      MixHash(MixHash(seed_ + static_cast<uint64_t>(kind), texts), value),
      [&](uint32_t row) {
        return l.key[row] == key && l.kind[row] == kind && l.value[row] == value &&
               l.unit[row] == unit;
      },
      [&] {
        roles_.push_back(RoleOf(symbols_.strings[key], kind));
        return symbols_.AddAttribute(key, kind, value, unit).value;
      })};
}

AttributeId Dictionary::AddAttribute(std::string_view key, const Value& value) {
  const uint64_t number = AddValue(value);
  return AddAttribute(Intern(key), value.kind, number, {});
}

// Row 0 is the empty list.
template <class T>
uint32_t Dictionary::AddList(const T* begin, const T* end, uint64_t hash, RowSet* rows,
                             Lists<T>* lists) {
  if (begin == end) return 0;
  const auto is = [&](uint32_t row) {
    return std::equal(begin, end, lists->begin(row), lists->end(row));
  };
  return rows->FindOrAdd(hash, is, [&] {
    lists->items.insert(lists->items.end(), begin, end);
    lists->Close();
    return static_cast<uint32_t>(lists->size() - 1);
  });
}

AttributeSetId Dictionary::AddSet(std::vector<AttributeId>* labels) {
  if (labels->empty()) return {};
  if (labels->size() > 1) return AddSortedSet(labels);
  const uint32_t label = (*labels)[0].value;
  if (label >= set_of_one_.size()) set_of_one_.resize(symbols_.attributes.size());
  AttributeSetId& set = set_of_one_[label];
  if (set == AttributeSetId{}) set = AddSortedSet(labels);
  return set;
}

AttributeSetId Dictionary::AddSortedSet(std::vector<AttributeId>* labels) {
  std::sort(labels->begin(), labels->end());
  uint64_t hash = seed_;
  for (AttributeId label : *labels) hash = MixHash(hash, label.value);
  return {AddList(labels->data(), labels->data() + labels->size(), hash, &set_rows_,
                  &symbols_.attribute_sets)};
}

StackId Dictionary::AddStack(const LocationId* begin, const LocationId* end) {
  const uint64_t hash = HashOf(begin, static_cast<size_t>(end - begin) * sizeof(LocationId));
  return {AddList(begin, end, hash, &stack_rows_, &stacks_)};
}

size_t Dictionary::bytes() const {
  const Symbols& s = symbols_;
  return text_bytes_ + 8 * s.strings.size() + 64 * s.mappings.size() + 24 * s.functions.size() +
         32 * s.locations.size() + sizeof(Line) * s.locations.lines.items.size() +
         24 * s.attributes.size() + 8 * s.attribute_sets.size() +
         4 * s.attribute_sets.items.size() + 8 * stacks_.size() + 4 * stacks_.items.size() +
         24 * links_.size();
}

}  // namespace dolerite::otlp
