// Labels of samples as rows and sets without duplicates. Some labels hold the ids of a trace and a
// span, mostly other ones in each sample: these become links before the others get rows. Which keys
// name ids is worked out once for each key.
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

void LabelReader::Reset(const Input& input) {
  input_ = &input;
  profile_ = &input.profile;
  roles_.clear();
  index_.Reset();
  links_.Reset();
}

const std::vector<std::string>& LabelReader::NamesOf(Role::Kind kind) const {
  return kind == Role::kSpan ? input_->options.span_labels : input_->options.trace_labels;
}

LabelReader::Role LabelReader::FindRole(StringId key) {
  if (roles_.size() <= key.value) roles_.resize(key.value + 1);
  Role& role = roles_[key.value];
  role.kind = Role::kNone;
  const std::string_view name = profile_->symbols.strings[key];
  for (Role::Kind kind : {Role::kTrace, Role::kSpan}) {
    const std::vector<std::string>& names = NamesOf(kind);
    const auto at = std::find(names.begin(), names.end(), name);
    if (name.empty() || at == names.end()) continue;
    role = {kind, static_cast<uint32_t>(at - names.begin())};
  }
  return role;
}

// The id that the value of a label holds, if it does: text, or a span's id as a number.
bool LabelReader::ReadId(const Label& label, uint8_t* bytes) const {
  if (label.unit != StringId{}) return false;
  const bool is_span = label.role.kind == Role::kSpan;
  if (label.kind == AttributeKind::kString) {
    const StringId text{static_cast<uint32_t>(label.value)};
    return ParseId(profile_->symbols.strings[text], is_span ? kSpanBytes : kTraceBytes, bytes);
  }
  if (!is_span || label.value == 0) return false;
  // As hex digits would have it: the highest byte first.
  for (size_t i = 0; i < kSpanBytes; ++i) {
    bytes[i] = static_cast<uint8_t>(label.value >> (8 * (kSpanBytes - 1 - i)));
  }
  return true;
}

// Takes the id out of the most wanted name's label. There must be exactly one label of that name,
// and a good one. `bytes` has room for any id; it is as before if none is taken.
bool LabelReader::TakeId(Role::Kind kind, uint8_t* bytes) {
  const size_t names = NamesOf(kind).size();
  for (size_t name = 0; name < names; ++name) {
    const auto is_named = [&](const Label& label) {
      return label.role.kind == kind && label.role.name == name;
    };
    const auto at = std::find_if(labels_.begin(), labels_.end(), is_named);
    if (at == labels_.end() || std::any_of(at + 1, labels_.end(), is_named)) continue;
    uint8_t id[kTraceBytes];
    if (!ReadId(*at, id)) continue;
    std::copy_n(id, kind == Role::kSpan ? kSpanBytes : kTraceBytes, bytes);
    labels_.erase(at);
    return true;
  }
  return false;
}

// Either id alone makes a link, with zeros for the other one.
LinkId LabelReader::TakeLink() {
  if (!may_have_ids_) return {};
  LinkBytes bytes = {};
  const bool trace = TakeId(Role::kTrace, bytes.data());
  const bool span = TakeId(Role::kSpan, bytes.data() + kTraceBytes);
  if (!trace && !span) return {};
  return links_.Add(bytes, &profile_->links);
}

AttributeSetId LabelReader::TakeSet() {
  set_.clear();
  for (const Label& label : labels_) {
    set_.push_back(index_.Add(label.key, label.kind, label.value, label.unit, &profile_->symbols));
  }
  return index_.AddSet(&set_, &profile_->symbols);
}

}  // namespace dolerite::pprof
