#include "formats/otlp_dictionary.h"

#include <algorithm>

namespace dolerite::otlp {

namespace {

// The limit on entries of a table, and its name.
std::pair<const char*, size_t> LimitOf(Table table, const Limits& limits) {
  switch (table) {
    case Table::kMapping:
      return {"otlp: mappings", limits.mappings};
    case Table::kFunction:
      return {"otlp: functions", limits.functions};
    case Table::kLocation:
    case Table::kStack:
      return {"otlp: locations", limits.locations};
    case Table::kLink:
      return {"otlp: samples", limits.samples};
    default:
      return {"otlp: strings", limits.strings};
  }
}

// Whether an entry 0 says more than "none": zeros of any length do not.
bool SaysSomething(std::string_view entry) {
  WireReader reader(entry);
  for (WireField field; reader.Next(&field);) {
    const auto is_zero = [](char c) { return c == 0; };
    if (field.value != 0 && field.type != WireType::kBytes) return true;
    if (field.type != WireType::kBytes) continue;
    if (!std::all_of(field.bytes.begin(), field.bytes.end(), is_zero)) return true;
  }
  return false;
}

Role RoleOf(std::string_view key, LabelKind kind) {
  if (kind == LabelKind::kBoolean) {
    constexpr std::string_view kFlags[] = {key::kHasFunctions, key::kHasFilenames,
                                           key::kHasLineNumbers, key::kHasInlineFrames,
                                           key::kFolded};
    const auto* found = std::find(std::begin(kFlags), std::end(kFlags), key);
    if (found != std::end(kFlags)) return static_cast<Role>(found - kFlags + 1);
  }
  if (kind != LabelKind::kString) return Role::kNone;
  const auto* found = std::find(key::kBuildIds.begin(), key::kBuildIds.end(), key);
  if (found == key::kBuildIds.end()) return Role::kNone;
  return static_cast<Role>(static_cast<size_t>(Role::kBuildId) + (found - key::kBuildIds.begin()));
}

template <class T>
std::string BytesOf(const T* begin, const T* end) {
  return std::string(reinterpret_cast<const char*>(begin), (end - begin) * sizeof(T));
}

}  // namespace

absl::Status Dictionary::Collect(Context& context, const WireField& field, const Path& path) {
  const Table table = FieldOf(TableOf(context.layout).table, field.number);
  std::vector<std::string_view>& entries = entries_[static_cast<size_t>(table)];
  const char* name = kTableNames[static_cast<size_t>(table)];
  if (field.type != WireType::kBytes) return FaultAt(path, name, "not a message");
  const auto [limit, cap] = LimitOf(table, context.options.limits);
  DOLERITE_RETURN_IF_ERROR(CheckLimit(limit, entries.size() + 1, cap));
  entries.push_back(field.bytes);
  return absl::OkStatus();
}

absl::Status Dictionary::Collect(Context& context, std::string_view bytes, const Path& path) {
  Message m(context, bytes, path);
  while (m.Next()) {
    if (FieldOf(TableOf(context.layout).table, m.number()) == Table::kNone) {
      m.Unknown();
    } else {
      m.SetStatus(Collect(context, m.field(), path));
    }
  }
  return m.status();
}

absl::Status Dictionary::Decode(Context& context, const Path& path) {
  layout_ = context.layout;
  links_.trace_id.assign(1, {}), links_.span_id.assign(1, {});
  stacks_.Close();
  stack_rows_.emplace("", 0);
  DOLERITE_RETURN_IF_ERROR(DecodeStrings(context, path));
  DOLERITE_RETURN_IF_ERROR(
      DecodeTable(context, Table::kUnit, path, [&](Message& m) { return DecodeUnit(m); }));
  DOLERITE_RETURN_IF_ERROR(DecodeTable(context, Table::kAttribute, path,
                                       [&](Message& m) { return DecodeAttribute(context, m); }));
  DOLERITE_RETURN_IF_ERROR(
      DecodeTable(context, Table::kMapping, path, [&](Message& m) { return DecodeMapping(m); }));
  DOLERITE_RETURN_IF_ERROR(
      DecodeTable(context, Table::kFunction, path, [&](Message& m) { return DecodeFunction(m); }));
  DOLERITE_RETURN_IF_ERROR(DecodeTable(context, Table::kLocation, path,
                                       [&](Message& m) { return DecodeLocation(context, m); }));
  DOLERITE_RETURN_IF_ERROR(DecodeTable(context, Table::kStack, path,
                                       [&](Message& m) { return DecodeStack(context, m); }));
  return DecodeTable(context, Table::kLink, path, [&](Message& m) { return DecodeLink(m); });
}

absl::Status Dictionary::DecodeStrings(Context& context, const Path& path) {
  const auto& strings = entries_[static_cast<size_t>(Table::kString)];
  if (!strings.empty() && !strings[0].empty()) return FaultAt(path, "string_table[0]", "not empty");
  string_row_.reserve(strings.size());
  texts_.reserve(strings.size());
  texts_.emplace("", 0);
  for (std::string_view text : strings) {
    DOLERITE_RETURN_IF_ERROR(
        CheckLimit("otlp: string_bytes", text.size(), context.options.limits.string_bytes));
    string_row_.push_back(Intern(text).value);
  }
  return absl::OkStatus();
}

// Calls `decode` for each entry but the null one. An entry that fails must leave its row.
template <class DecodeEntry>
absl::Status Dictionary::DecodeTable(Context& context, Table table, const Path& path,
                                     const DecodeEntry& decode) {
  const auto& entries = entries_[static_cast<size_t>(table)];
  for (size_t i = 0; i < entries.size(); ++i) {
    const Path at{&path, kTableNames[static_cast<size_t>(table)], static_cast<int64_t>(i)};
    if (i == 0 && HasNullEntries(layout_)) {
      context.report.null_entries_ignored += SaysSomething(entries[0]);
      AddNull(table);
      continue;
    }
    Message m(context, entries[i], at);
    absl::Status status = decode(m);
    if (status.ok()) continue;
    DOLERITE_RETURN_IF_ERROR(context.Refuse(status, at));
    broken_.insert(uint64_t{static_cast<uint8_t>(table)} << 32 | i);
  }
  return absl::OkStatus();
}

void Dictionary::AddNull(Table table) {
  if (table == Table::kLocation) symbols_.AddLocation({}, 0);
  if (table == Table::kAttribute) attribute_row_.push_back(0);
  if (table == Table::kStack) stack_row_.push_back(0);
  if (table == Table::kLink) link_row_.push_back(0);
}

uint32_t Dictionary::Row(Message& m, const char* name, Table table, uint64_t index) const {
  if (index == 0 && HasNullEntries(layout_) && table != Table::kLocation) return 0;
  const uint32_t row = m.IndexOf(name, index, SizeOf(table));
  if (!broken_.empty() && broken_.contains(uint64_t{static_cast<uint8_t>(table)} << 32 | row)) {
    m.Fail(name, Concat(row, " is an entry that was refused"));
  }
  return m.ok() ? row : 0;
}

StringId Dictionary::String(Message& m, const char* name, uint64_t index) const {
  const uint32_t row = Row(m, name, Table::kString, index);
  return {row < string_row_.size() ? string_row_[row] : 0};
}

MappingId Dictionary::Mapping(Message& m, const char* name, uint64_t index) const {
  const uint32_t row = Row(m, name, Table::kMapping, index);
  return {m.ok() && !HasNullEntries(layout_) ? row + 1 : row};
}

FunctionId Dictionary::Function(Message& m, const char* name, uint64_t index) const {
  const uint32_t row = Row(m, name, Table::kFunction, index);
  return {m.ok() && !HasNullEntries(layout_) ? row + 1 : row};
}

LocationId Dictionary::Location(Message& m, const char* name, uint64_t index) const {
  return {Row(m, name, Table::kLocation, index)};
}

LinkId Dictionary::Link(Message& m, const char* name, uint64_t index) const {
  const uint32_t row = Row(m, name, Table::kLink, index);
  return {row < link_row_.size() ? link_row_[row] : 0};
}

StackId Dictionary::Stack(Message& m, const char* name, uint64_t index) const {
  const uint32_t row = Row(m, name, Table::kStack, index);
  return {row < stack_row_.size() ? stack_row_[row] : 0};
}

void Dictionary::Attribute(Message& m, uint64_t index, std::vector<LabelId>* labels) const {
  const uint32_t row = Row(m, "attribute_indices", Table::kAttribute, index);
  if (!m.ok() || row >= attribute_row_.size() || attribute_row_[row] == 0) return;
  const LabelId label{attribute_row_[row] - 1};
  if (std::find(labels->begin(), labels->end(), label) != labels->end()) return;
  m.SetStatus(
      CheckLimit("otlp: labels_per_sample", labels->size() + 1, m.limits().labels_per_sample));
  if (m.ok()) labels->push_back(label);
}

StringId Dictionary::Intern(std::string_view text) {
  const auto [at, is_new] =
      texts_.try_emplace(text, static_cast<uint32_t>(symbols_.strings.size()));
  if (is_new) symbols_.strings.Add(text);
  return {at->second};
}

uint64_t Dictionary::AddValue(const Value& value) {
  if (value.kind == LabelKind::kStructured) {
    const auto [at, is_new] =
        structured_.try_emplace(value.encoded, static_cast<uint32_t>(symbols_.strings.size()));
    if (is_new) symbols_.strings.Add(value.encoded);
    return at->second;
  }
  return value.is_bytes() ? Intern(value.text).value : value.number;
}

LabelId Dictionary::AddLabel(StringId key, LabelKind kind, uint64_t value, StringId unit) {
  const auto [at, is_new] = labels_.try_emplace(
      std::array<uint64_t, 4>{key.value, static_cast<uint64_t>(kind), value, unit.value},
      static_cast<uint32_t>(symbols_.labels.size()));
  if (is_new) {
    symbols_.AddLabel(key, kind, value, unit);
    roles_.push_back(RoleOf(symbols_.strings[key], kind));
  }
  return {at->second};
}

LabelSetId Dictionary::AddSet(std::vector<LabelId>* labels) {
  if (labels->empty()) return {};
  std::sort(labels->begin(), labels->end());
  auto& sets = symbols_.label_sets;
  const auto [at, is_new] = set_rows_.try_emplace(
      BytesOf(labels->data(), labels->data() + labels->size()), static_cast<uint32_t>(sets.size()));
  if (is_new) {
    sets.items.insert(sets.items.end(), labels->begin(), labels->end());
    sets.Close();
  }
  return {at->second};
}

LabelId Dictionary::AddOwnLabel(std::string key, const Value& value) {
  Value copy = value;
  if (value.is_bytes() && value.kind != LabelKind::kStructured) {
    copy.text = made_.emplace_back(value.bytes());
    copy.owned = false;
  }
  const uint64_t number = AddValue(copy);
  return AddLabel(Intern(made_.emplace_back(std::move(key))), value.kind, number, {});
}

StackId Dictionary::AddStack(const LocationId* begin, const LocationId* end) {
  const auto [at, is_new] =
      stack_rows_.try_emplace(BytesOf(begin, end), static_cast<uint32_t>(stacks_.size()));
  if (is_new) {
    stacks_.items.insert(stacks_.items.end(), begin, end);
    stacks_.Close();
  }
  return {at->second};
}

}  // namespace dolerite::otlp
