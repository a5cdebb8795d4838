// Conditions on labels, worked out apart from the library.
#ifndef DOLERITE_TESTS_QUERY_NAIVE_LABELS_H_
#define DOLERITE_TESTS_QUERY_NAIVE_LABELS_H_

#include <bit>
#include <charconv>
#include <regex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dolerite/selection.h"
#include "dolerite/symbols.h"

namespace dolerite::testing {

inline std::vector<std::string> PartsOf(const std::string& type) {
  std::vector<std::string> parts(1);
  for (char c : type) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// An expression of the standard library; what it finds is remembered.
class Pattern {
 public:
  Pattern(const std::string& text, bool whole)
      : asked_(!text.empty() || whole), whole_(whole), regex_(text) {}

  bool asked() const { return asked_; }
  bool Finds(std::string_view view) const {
    const std::string text(view);
    const auto [known, is_new] = known_.try_emplace(text, false);
    if (is_new) {
      known->second = whole_ ? std::regex_match(text, regex_) : std::regex_search(text, regex_);
    }
    return known->second;
  }

 private:
  bool asked_, whole_;
  std::regex regex_;
  mutable std::unordered_map<std::string, bool> known_;
};

struct Matcher {
  explicit Matcher(const LabelMatcher& from)
      : matcher(from), pattern(IsPattern() ? from.value : "", true) {}
  bool IsPattern() const {
    return matcher.op == LabelMatcher::Op::kMatch || matcher.op == LabelMatcher::Op::kNoMatch;
  }
  bool Takes(const std::vector<std::string>& values) const {
    using Op = LabelMatcher::Op;
    bool one = false;
    for (const std::string& v : values) {
      one |= IsPattern() ? pattern.Finds(v) : v == matcher.value;
    }
    return one == (matcher.op == Op::kEqual || matcher.op == Op::kMatch);
  }

  LabelMatcher matcher;
  Pattern pattern;
};

inline std::string LabelValue(const Symbols& s, size_t label) {
  const uint64_t value = s.attributes.value[label];
  char text[400];
  switch (s.attributes.kind[label]) {
    case AttributeKind::kBoolean:
      return value ? "true" : "false";
    case AttributeKind::kInteger:
      return std::to_string(static_cast<int64_t>(value));
    case AttributeKind::kDouble:
      return {text, std::to_chars(text, text + 400, std::bit_cast<double>(value)).ptr};
    case AttributeKind::kEmpty:
      return "";
    default:
      return std::string(s.strings[{static_cast<uint32_t>(value)}]);
  }
}

// Of the units of generated and real labels: 1 for those that are their kind's smallest.
inline int64_t Factor(const std::string& unit, std::string* kind) {
  static const std::map<std::string, std::pair<std::string, int64_t>> kUnits = {
      {"bytes", {"bytes", 1}},
      {"b", {"bytes", 1}},
      {"kb", {"bytes", 1024}},
      {"mb", {"bytes", 1024 * 1024}},
      {"ns", {"time", 1}},
      {"nanoseconds", {"time", 1}},
      {"us", {"time", 1000}},
      {"ms", {"time", 1'000'000}},
      {"s", {"time", 1'000'000'000}},
      {"seconds", {"time", 1'000'000'000}}};
  const auto at = kUnits.find(unit);
  *kind = at == kUnits.end() ? "" : at->second.first;
  return at == kUnits.end() ? 1 : at->second.second;
}

// -tagfocus and -tagignore.
class Tag {
 public:
  explicit Tag(std::string text) : asked_(!text.empty()) {
    std::smatch m;
    if (std::regex_match(text, m, std::regex("([^=]*)=([^]*)"))) {
      has_key_ = true, key_ = m[1];
      text = std::string(m[2]);
    }
    static const std::string kNumber = "([+-]?[0-9]+)([A-Za-z]*)";
    if (std::regex_match(text, m, std::regex(kNumber + "(:?)"))) {
      Bound(m[1], m[2], &low_);
      if (m[3].length() == 0) high_ = low_;
    } else if (std::regex_match(text, m, std::regex(":" + kNumber))) {
      Bound(m[1], m[2], &high_);
    } else if (std::regex_match(text, m, std::regex(kNumber + ":" + kNumber))) {
      Bound(m[1], m[2], &low_), Bound(m[3], m[4], &high_);
      if (low_.kind != high_.kind) SetPatterns(text);  // no range of one kind
    } else {
      SetPatterns(text);
    }
  }

  bool asked() const { return asked_; }
  bool Takes(const Profile& p, size_t sample) const {
    const Symbols& s = p.symbols;
    std::vector<size_t> labels;
    const uint32_t set = p.samples.attributes[sample].value;
    for (const AttributeId* l = s.attribute_sets.begin(set); l != s.attribute_sets.end(set); ++l) {
      const bool wanted = !has_key_ || s.strings[s.attributes.key[l->value]] == key_;
      const AttributeKind kind =
          patterns_.empty() ? AttributeKind::kInteger : AttributeKind::kString;
      if (wanted && s.attributes.kind[l->value] == kind) labels.push_back(l->value);
    }
    const auto in_range = [&](size_t l) { return InRange(s, l); };
    if (patterns_.empty()) return std::any_of(labels.begin(), labels.end(), in_range);
    size_t found = 0;
    for (const Pattern& pattern : patterns_) {
      found += std::any_of(labels.begin(), labels.end(), [&](size_t l) {
        const std::string value = LabelValue(s, l);
        const std::string key(s.strings[s.attributes.key[l]]);
        return pattern.Finds(has_key_ ? value : key + ":" + value);
      });
    }
    return has_key_ ? found > 0 : found == patterns_.size();
  }

 private:
  struct Limit {
    bool set = false;
    int64_t number = 0;
    __int128 amount = 0;
    std::string kind;
  };
  void SetPatterns(const std::string& text) {
    std::istringstream parts(text + ",");
    for (std::string part; std::getline(parts, part, ',');) patterns_.emplace_back(part, false);
  }
  static void Bound(const std::string& number, const std::string& unit, Limit* limit) {
    limit->set = true;
    limit->number = std::stoll(number);
    limit->amount = __int128{Factor(unit, &limit->kind)} * limit->number;
  }
  bool InRange(const Symbols& s, size_t label) const {
    std::string unit(s.strings[s.attributes.unit[label]]), kind;
    if (unit.empty()) unit = std::string(s.strings[s.attributes.key[label]]);
    if (unit == "alignment" || unit == "request") unit = "bytes";
    const int64_t number = static_cast<int64_t>(s.attributes.value[label]);
    const __int128 amount = __int128{Factor(unit, &kind)} * number;
    for (const Limit* limit : {&low_, &high_}) {
      if (!limit->set) continue;
      if (!kind.empty() && kind != limit->kind) return false;
      const __int128 bound = kind.empty() ? limit->number : limit->amount;
      if (limit == &low_ ? amount < bound : amount > bound) return false;
    }
    return true;
  }

  bool asked_, has_key_ = false;
  std::string key_;
  Limit low_, high_;
  std::vector<Pattern> patterns_;
};

constexpr size_t kNoLine = SIZE_MAX;

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_QUERY_NAIVE_LABELS_H_
