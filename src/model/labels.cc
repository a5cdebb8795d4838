// A set is one allocation: an array of pairs, sorted by name, and behind them the texts that these
// view. Nobody changes it once it is made, so copies of the set share it. Sets are small: Get
// searches from the front.
#include "dolerite/labels.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/status.h"
#include "base/utf8.h"

namespace dolerite {

namespace {

// The array has room for the texts too, counted in pairs. They are never destroyed.
static_assert(std::is_trivially_destructible_v<LabelSet::Pair>);

size_t PairsWithTexts(std::span<const LabelSet::Pair> pairs) {
  size_t bytes = 0;
  for (const auto& [name, value] : pairs) bytes += name.size() + value.size();
  return pairs.size() + (bytes + sizeof(LabelSet::Pair) - 1) / sizeof(LabelSet::Pair);
}

// Copies a text to `*to`, which moves behind the copy.
std::string_view CopyText(std::string_view text, char** to) {
  char* const copy = *to;
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  *to += text.size();
  return {copy, text.size()};
}

}  // namespace

LabelSet LabelSet::Sorted(std::span<const Pair> pairs) {
  LabelSet set;
  if (pairs.empty()) return set;
  const std::shared_ptr<Pair[]> made = std::make_shared<Pair[]>(PairsWithTexts(pairs));
  char* text = reinterpret_cast<char*>(made.get() + pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::string_view name = CopyText(pairs[i].first, &text);
    made[static_cast<ptrdiff_t>(i)] = {name, CopyText(pairs[i].second, &text)};
  }
  set.pairs_ = made;
  set.size_ = pairs.size();
  return set;
}

LabelSet::LabelSet(std::initializer_list<Pair> pairs) {
  std::vector<Pair> sorted(pairs);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Pair& a, const Pair& b) { return a.first < b.first; });
  // The last of equal names stays.
  const auto end = std::unique(sorted.rbegin(), sorted.rend(),
                               [](const Pair& a, const Pair& b) { return a.first == b.first; });
  *this = Sorted({end.base(), sorted.end()});
}

// Sorting pairs puts equal names next to each other.
absl::StatusOr<LabelSet> LabelSet::Make(std::vector<Pair> pairs) {
  if (!std::is_sorted(pairs.begin(), pairs.end())) std::sort(pairs.begin(), pairs.end());
  for (size_t i = 0; i < pairs.size(); ++i) {
    const std::string_view name = pairs[i].first;
    if (name.empty()) return InvalidArgument("labels: a label without a name");
    if (i > 0 && pairs[i - 1].first == name) {
      return InvalidArgument("labels: ", name, " is given twice");
    }
  }
  return Sorted(pairs);
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
  std::vector<Pair> changed(pairs().begin(), pairs().end());
  auto at = std::lower_bound(changed.begin(), changed.end(), name,
                             [](const Pair& pair, std::string_view n) { return pair.first < n; });
  if (at == changed.end() || at->first != name) at = changed.emplace(at, name, "");
  at->second = value;
  *this = Sorted(changed);
}

std::optional<std::string_view> LabelSet::Get(std::string_view name) const {
  for (const Pair& pair : pairs()) {
    if (pair.first == name) return pair.second;
  }
  return std::nullopt;
}

size_t LabelSet::memory_bytes() const {
  constexpr size_t kCounts = 32;  // of its owners, and the allocator's own
  return empty() ? 0 : kCounts + PairsWithTexts(pairs()) * sizeof(Pair);
}

std::strong_ordering LabelSet::Compare(const LabelSet& other) const {
  const std::span<const Pair> left = pairs(), right = other.pairs();
  if (left.data() == right.data()) return std::strong_ordering::equal;
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(),
                                                right.end());
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
  *out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      *out += {'\\', c};
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      // Control characters could break the line of a selector.
      AppendByteEscape(out, c);
    } else {
      *out += c;
    }
  }
  *out += '"';
}

}  // namespace

std::string LabelSet::ToString() const {
  std::string out = "{";
  for (const auto& [name, value] : pairs()) {
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
