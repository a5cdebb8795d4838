// Labels of samples as rows and sets without duplicates. Some labels hold the ids of a trace and a
// span: each distinct label's role is worked out once, when it gets its row, so that a sample only
// looks roles up.
#include "formats/pprof/labels.h"

#include <algorithm>
#include <array>

namespace dolerite::pprof {

namespace {

// The value of each lower-case hex digit, 255 for other characters. A table, because ids are random
// and branches would be mispredicted.
constexpr std::array<uint8_t, 256> kHexValues = [] {
  std::array<uint8_t, 256> values = {};
  values.fill(255);
  for (uint8_t i = 0; i < 16; ++i) values["0123456789abcdef"[i]] = i;
  return values;
}();

// Lower-case hex of exactly `size` bytes, not all 0.
bool ParseId(std::string_view text, size_t size, uint8_t* bytes) {
  if (text.size() != 2 * size) return false;
  uint8_t all = 0;
  for (size_t i = 0; i < size; ++i) {
    const uint8_t high = kHexValues[static_cast<uint8_t>(text[2 * i])];
    const uint8_t low = kHexValues[static_cast<uint8_t>(text[2 * i + 1])];
    all |= high | low;
    bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  // Characters that are no digits made `all` 255.
  return all > 0 && all < 16;
}

constexpr size_t kTraceBytes = 16, kSpanBytes = 8;

}  // namespace

// The id that a label's value holds, if it does.
bool LabelReader::ReadId(const StringTable& strings, AttributeKind kind, uint64_t value,
                         Role::Kind role, uint8_t* bytes) {
  if (kind == AttributeKind::kString) {
    const std::string_view text = strings[StringId{static_cast<uint32_t>(value)}];
    return ParseId(text, role == Role::kSpan ? kSpanBytes : kTraceBytes, bytes);
  }
  if (kind != AttributeKind::kInteger || role != Role::kSpan || value == 0) return false;
  // As hex digits would have it: the highest byte first.
  for (size_t i = 0; i < kSpanBytes; ++i) {
    bytes[i] = static_cast<uint8_t>(value >> (8 * (kSpanBytes - 1 - i)));
  }
  return true;
}

void LabelReader::Reset(const Input& input) {
  input_ = &input;
  profile_ = &input.profile;
  has_roles_ = false;
  roles_.clear();
  index_.Reset();
  links_.Reset();
}

// The role of a distinct label: of which list and name it is, and whether its value is an id.
LabelReader::Role LabelReader::RoleOf(StringId key, AttributeKind kind, uint64_t value,
                                      StringId unit) const {
  const StringTable& strings = profile_->symbols.strings;
  const std::string_view name = strings[key];
  if (name.empty()) return {};
  for (Role::Kind role : {Role::kSpan, Role::kTrace}) {
    const std::vector<std::string>& names =
        role == Role::kSpan ? input_->options.span_labels : input_->options.trace_labels;
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end()) continue;
    uint8_t bytes[kTraceBytes];
    const bool good = unit == StringId{} && ReadId(strings, kind, value, role, bytes);
    return {role, good, static_cast<uint32_t>(at - names.begin())};
  }
  return {};
}

// The role is worked out when the label gets its row.
AttributeId LabelReader::Add(StringId key, AttributeKind kind, uint64_t value, StringId unit) {
  const AttributeId id = index_.Add(key, kind, value, unit, &profile_->symbols);
  if (id.value < roles_.size()) return id;
  roles_.push_back(RoleOf(key, kind, value, unit));
  has_roles_ = has_roles_ || roles_.back().kind != Role::kNone;
  return id;
}

// Takes the id out of the most wanted name's label. There must be exactly one label of that name,
// and a good one.
bool LabelReader::TakeId(Role::Kind kind, uint8_t* bytes, std::vector<AttributeId>* labels) const {
  const size_t names =
      (kind == Role::kSpan ? input_->options.span_labels : input_->options.trace_labels).size();
  for (size_t name = 0; name < names; ++name) {
    const auto is_named = [&](AttributeId label) {
      const Role& role = roles_[label.value];
      return role.kind == kind && role.name == name;
    };
    if (std::count_if(labels->begin(), labels->end(), is_named) != 1) continue;
    const auto at = std::find_if(labels->begin(), labels->end(), is_named);
    if (!roles_[at->value].good) continue;
    const Attributes& all = profile_->symbols.attributes;
    ReadId(profile_->symbols.strings, all.kind[at->value], all.value[at->value], kind, bytes);
    labels->erase(at);
    return true;
  }
  return false;
}

// Either id alone makes a link, with zeros for the other one.
LinkId LabelReader::TakeLink(std::vector<AttributeId>* labels) {
  if (!has_roles_) return {};
  LinkBytes bytes = {};
  const bool trace = TakeId(Role::kTrace, bytes.data(), labels);
  const bool span = TakeId(Role::kSpan, bytes.data() + kTraceBytes, labels);
  if (!trace && !span) return {};
  return links_.Add(bytes, &profile_->links);
}

// Sorts and finds or adds the set.
AttributeSetId LabelReader::AddSet(std::vector<AttributeId>* labels) {
  return index_.AddSet(labels, &profile_->symbols);
}

}  // namespace dolerite::pprof
