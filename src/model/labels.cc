// Pairs sorted by name, one for each name. Sets are small: Get searches from the front.
#include "dolerite/labels.h"

#include <algorithm>

#include "base/status.h"

namespace dolerite {

LabelSet::LabelSet(std::initializer_list<Pair> pairs) {
  for (const Pair& pair : pairs) Set(pair.first, pair.second);
}

// Sorting pairs puts equal names next to each other.
absl::StatusOr<LabelSet> LabelSet::Make(std::vector<Pair> pairs) {
  LabelSet set;
  set.pairs_ = std::move(pairs);
  std::sort(set.pairs_.begin(), set.pairs_.end());
  for (size_t i = 0; i < set.pairs_.size(); ++i) {
    const std::string& name = set.pairs_[i].first;
    if (name.empty()) return InvalidArgument("labels: a label without a name");
    if (i > 0 && set.pairs_[i - 1].first == name) {
      return InvalidArgument("labels: ", name, " is given twice");
    }
  }
  return set;
}

// For command lines and tests: there is no way to quote a comma.
absl::StatusOr<LabelSet> LabelSet::Parse(std::string_view text) {
  std::vector<Pair> pairs;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos) {
      return InvalidArgument("labels: `", item, "` is not name=value");
    }
    pairs.emplace_back(item.substr(0, equals), item.substr(equals + 1));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return Make(std::move(pairs));
}

// Names stay sorted, so equal sets are equal lists whatever the order of calls.
void LabelSet::Set(std::string_view name, std::string_view value) {
  auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name,
                             [](const Pair& pair, std::string_view n) { return pair.first < n; });
  if (at == pairs_.end() || at->first != name) at = pairs_.emplace(at, name, "");
  at->second = value;
}

std::optional<std::string_view> LabelSet::Get(std::string_view name) const {
  for (const Pair& pair : pairs_) {
    if (pair.first == name) return pair.second;
  }
  return std::nullopt;
}

namespace {

// Whether a name needs no quotes in selectors.
bool IsPlain(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || std::string_view("_.:/-").find(c) < 5;
  });
}

// As ParseMatchers reads it back.
void AppendQuoted(std::string_view text, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  *out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      *out += {'\\', c};
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      // Control characters could break the line of a selector.
      *out += {'\\', 'x', kHex[(c >> 4) & 15], kHex[c & 15]};
    } else {
      *out += c;
    }
  }
  *out += '"';
}

}  // namespace

std::string LabelSet::ToString() const {
  std::string out = "{";
  for (const auto& [name, value] : pairs_) {
    if (out.size() > 1) out += ", ";
    if (IsPlain(name)) {
      out += name;
    } else {
      AppendQuoted(name, &out);
    }
    out += '=';
    AppendQuoted(value, &out);
  }
  return out + "}";
}

}  // namespace dolerite
