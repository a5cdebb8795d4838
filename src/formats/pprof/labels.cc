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
  return all > 0 && all < 16;
}

constexpr size_t kTraceBytes = 16, kSpanBytes = 8;

}  // namespace

void LabelReader::Reset(const Input& input) {
  input_ = &input;
  profile_ = &input.profile;
  has_roles_ = false;
  roles_.clear();
  index_.Reset();
  links_.Reset();
}

LabelReader::Role LabelReader::RoleOf(StringId key, AttributeKind kind, uint64_t value,
                                      StringId unit) const {
  const StringTable& strings = profile_->symbols.strings;
  const std::string_view name = strings[key];
  if (name.empty()) return Role::kNone;
  const bool span = name == input_->options.span_label, trace = name == input_->options.trace_label;
  if (!span && !trace) return Role::kNone;
  uint8_t bytes[kTraceBytes];
  const bool good = kind == AttributeKind::kString && unit == StringId{} &&
                    ParseId(strings[StringId{static_cast<uint32_t>(value)}],
                            span ? kSpanBytes : kTraceBytes, bytes);
  if (span) return good ? Role::kSpan : Role::kBadSpan;
  return good ? Role::kTrace : Role::kBadTrace;
}

AttributeId LabelReader::Add(StringId key, AttributeKind kind, uint64_t value, StringId unit) {
  const AttributeId id = index_.Add(key, kind, value, unit, &profile_->symbols);
  if (id.value < roles_.size()) return id;
  roles_.push_back(RoleOf(key, kind, value, unit));
  has_roles_ = has_roles_ || roles_.back() != Role::kNone;
  return id;
}

// Exactly one label with the key, and a good one, is taken.
bool LabelReader::TakeRole(Role good, Role bad, uint8_t* bytes, size_t size,
                           std::vector<AttributeId>* labels) {
  auto found = labels->end();
  size_t count = 0;
  for (auto at = labels->begin(); at != labels->end(); ++at) {
    const Role role = roles_[at->value];
    if (role != good && role != bad) continue;
    ++count;
    found = at;
  }
  if (count != 1 || roles_[found->value] != good) return false;
  const uint64_t text = profile_->symbols.attributes.value[found->value];
  ParseId(profile_->symbols.strings[StringId{static_cast<uint32_t>(text)}], size, bytes);
  labels->erase(found);
  return true;
}

LinkId LabelReader::TakeLink(std::vector<AttributeId>* labels) {
  if (!has_roles_) return {};
  LinkBytes bytes = {};
  const bool trace = TakeRole(Role::kTrace, Role::kBadTrace, bytes.data(), kTraceBytes, labels);
  const bool span =
      TakeRole(Role::kSpan, Role::kBadSpan, bytes.data() + kTraceBytes, kSpanBytes, labels);
  if (!trace && !span) return {};
  return links_.Add(bytes, &profile_->links);
}

AttributeSetId LabelReader::AddSet(std::vector<AttributeId>* labels) {
  return index_.AddSet(labels, &profile_->symbols);
}

}  // namespace dolerite::pprof
