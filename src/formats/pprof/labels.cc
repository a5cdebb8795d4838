#include "formats/pprof/labels.h"

#include <algorithm>
#include <cstring>

#include "base/checksum.h"

namespace dolerite {

namespace {

// By character; 255 for what is no lower-case hex digit. A table, because ids are
// random, which branches do not like.
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

void PprofLabels::Reset(const PprofReadOptions& options, Profile* profile) {
  options_ = &options;
  profile_ = profile;
  seed_ = SeedFor(this);
  has_roles_ = false;
  last_set_ = {};
  roles_.clear();
  labels_.clear(), sets_.clear(), links_.clear();
}

PprofLabels::Role PprofLabels::RoleOf(StringId key, AttributeKind kind, uint64_t value,
                                      StringId unit) const {
  const StringTable& strings = profile_->symbols.strings;
  const std::string_view name = strings[key];
  if (name.empty()) return Role::kNone;
  const bool span = name == options_->span_label, trace = name == options_->trace_label;
  if (!span && !trace) return Role::kNone;
  uint8_t bytes[kTraceBytes];
  const bool good = kind == AttributeKind::kString && unit == StringId{} &&
                    ParseId(strings[StringId{static_cast<uint32_t>(value)}],
                            span ? kSpanBytes : kTraceBytes, bytes);
  if (span) return good ? Role::kSpan : Role::kBadSpan;
  return good ? Role::kTrace : Role::kBadTrace;
}

AttributeId PprofLabels::Add(StringId key, AttributeKind kind, uint64_t value, StringId unit) {
  const auto [at, is_new] = labels_.try_emplace(Content(key.value, kind, value, unit.value),
                                                static_cast<uint32_t>(roles_.size()));
  if (!is_new) return AttributeId{at->second};
  roles_.push_back(RoleOf(key, kind, value, unit));
  has_roles_ = has_roles_ || roles_.back() != Role::kNone;
  return profile_->symbols.AddAttribute(key, kind, value, unit);
}

// Exactly one label with the key, and a good one, is taken.
bool PprofLabels::TakeRole(Role good, Role bad, uint8_t* bytes, size_t size,
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

LinkId PprofLabels::TakeLink(std::vector<AttributeId>* labels) {
  if (!has_roles_) return {};
  LinkBytes bytes = {};
  const bool trace = TakeRole(Role::kTrace, Role::kBadTrace, bytes.data(), kTraceBytes, labels);
  const bool span =
      TakeRole(Role::kSpan, Role::kBadSpan, bytes.data() + kTraceBytes, kSpanBytes, labels);
  if (!trace && !span) return {};
  Links& links = profile_->links;
  const auto [at, is_new] = links_.try_emplace(bytes, static_cast<uint32_t>(links.size()));
  if (is_new) {
    std::memcpy(links.trace_id.emplace_back().data(), bytes.data(), kTraceBytes);
    std::memcpy(links.span_id.emplace_back().data(), bytes.data() + kTraceBytes, kSpanBytes);
  }
  return LinkId{at->second};
}

PprofLabels::Content PprofLabels::ContentOf(AttributeId label) const {
  const Attributes& l = profile_->symbols.attributes;
  return Content(l.key[label.value].value, l.kind[label.value], l.value[label.value],
                 l.unit[label.value].value);
}

bool PprofLabels::SetIs(AttributeSetId set, const std::vector<AttributeId>& labels) const {
  const Lists<AttributeId>& sets = profile_->symbols.attribute_sets;
  return std::equal(labels.begin(), labels.end(), sets.begin(set.value), sets.end(set.value));
}

AttributeSetId PprofLabels::AddSet(std::vector<AttributeId>* labels) {
  if (labels->empty()) return {};
  std::sort(labels->begin(), labels->end(),
            [this](AttributeId a, AttributeId b) { return ContentOf(a) < ContentOf(b); });
  if (SetIs(last_set_, *labels)) return last_set_;
  Lists<AttributeId>& sets = profile_->symbols.attribute_sets;
  uint64_t hash = SeededHash(labels->data(), labels->size() * sizeof(AttributeId), seed_);
  for (;; ++hash) {
    const auto [at, is_new] = sets_.try_emplace(hash, static_cast<uint32_t>(sets.size()));
    last_set_ = AttributeSetId{at->second};
    if (!is_new && !SetIs(last_set_, *labels)) continue;
    if (!is_new) return last_set_;
    sets.items.insert(sets.items.end(), labels->begin(), labels->end());
    sets.Close();
    return last_set_;
  }
}

}  // namespace dolerite
