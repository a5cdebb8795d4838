// What profiles have, group by group, worked out by plain loops apart from the library.
#ifndef DOLERITE_TESTS_QUERY_NAIVE_VALUES_H_
#define DOLERITE_TESTS_QUERY_NAIVE_VALUES_H_

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "query/naive.h"
#include "query/naive_labels.h"

namespace dolerite::testing {

// A selection, and the same as plain conditions.
struct NaiveChoice {
  Selection selection;
  std::function<bool(const Input&)> profile = [](const Input&) { return true; };
  std::function<bool(const Profile&, size_t)> sample = [](const Profile&, size_t) { return true; };
  // Changes a sample's frames; one that has none then is dropped, if `cuts`.
  std::function<void(Path*)> frames = [](Path*) {};
  bool cuts = false;
};

// What one profile has in one group.
struct NaiveValue {
  const Input* input = nullptr;
  LabelSet group;
  __int128 value = 0;
};

inline std::vector<std::string> NaiveTexts(const Profile& p, size_t sample, std::string_view key) {
  const Symbols& s = p.symbols;
  std::vector<std::string> texts;
  const uint32_t set = p.samples.attributes[sample].value;
  for (const AttributeId* l = s.attribute_sets.begin(set); l != s.attribute_sets.end(set); ++l) {
    if (s.strings[s.attributes.key[l->value]] == key) texts.push_back(LabelValue(s, l->value));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

// Whether the series has all labels.
inline bool NaiveComplete(const Input& input, const std::vector<std::string>& group_by) {
  return std::all_of(group_by.begin(), group_by.end(),
                     [&](const std::string& name) { return input.series.Get(name).has_value(); });
}

inline LabelSet NaiveGroup(const Input& input, size_t sample,
                           const std::vector<std::string>& group_by) {
  LabelSet out;
  for (const std::string& name : group_by) {
    if (const auto value = input.series.Get(name)) {
      out.Set(name, *value);
    } else if (sample < input.profile.samples.size()) {
      for (const std::string& text : NaiveTexts(input.profile, sample, name)) {
        if (text.empty()) continue;
        out.Set(name, text);
        break;
      }
    }
  }
  return out;
}

// The profile with one of its samples.
inline Profile OnlySample(const Profile& profile, size_t sample) {
  Profile one = profile;
  const size_t types = profile.sample_types.size();
  const auto values = profile.samples.values.begin() + static_cast<ptrdiff_t>(sample * types);
  one.samples = {};
  one.samples.stack = {profile.samples.stack[sample]};
  one.samples.attributes = {profile.samples.attributes[sample]};
  one.samples.values.assign(values, values + static_cast<ptrdiff_t>(types));
  return one;
}

// By profile and group. Profiles of series with all labels count with 0 if nothing is selected.
inline std::vector<NaiveValue> NaiveValues(const std::vector<Input>& inputs,
                                           const NaiveChoice& choice, const std::string& type,
                                           const std::vector<std::string>& group_by,
                                           const std::string& function = "", bool self = false) {
  std::vector<NaiveValue> out;
  for (const Input& input : inputs) {
    if (!choice.profile(input)) continue;
    std::map<LabelSet, __int128> groups;
    if (NaiveComplete(input, group_by)) groups[NaiveGroup(input, SIZE_MAX, group_by)];
    for (size_t i = 0; i < input.profile.samples.size(); ++i) {
      if (!choice.sample(input.profile, i)) continue;
      Sums sums;
      AddNaive(OnlySample(input.profile, i), type, FrameBy::kFunction, &sums);
      Path path = sums.begin()->first;
      choice.frames(&path);
      if (choice.cuts && path.empty()) continue;
      const bool there =
          function.empty() || (self ? !path.empty() && path.back() == function
                                    : std::count(path.begin(), path.end(), function) > 0);
      groups[NaiveGroup(input, i, group_by)] += there ? sums.begin()->second : 0;
    }
    for (const auto& [labels, value] : groups) out.push_back({&input, labels, value});
  }
  return out;
}

// Whether the sample has a frame whose function's name or file has the text.
inline bool NaiveFocus(const Profile& p, size_t sample, std::string_view text) {
  const uint32_t stack = p.samples.stack[sample].value;
  const Symbols& s = p.symbols;
  for (const LocationId* l = p.stacks.begin(stack); l != p.stacks.end(stack); ++l) {
    const Lists<Line>& lines = s.locations.lines;
    for (const Line* line = lines.begin(l->value); line != lines.end(l->value); ++line) {
      const uint32_t f = line->function.value;
      if (s.strings[s.functions.name[f]].find(text) != std::string_view::npos) return true;
      if (s.strings[s.functions.file[f]].find(text) != std::string_view::npos) return true;
    }
  }
  return false;
}

// Generated profiles with ids; `around_zero`: at times before and after 1970.
inline std::vector<Input> GeneratedWithIds(uint64_t seed, size_t count,
                                           const GenerateOptions& options, bool around_zero) {
  std::vector<Input> inputs = Generated(seed, count, options);
  for (size_t i = 0; i < inputs.size(); ++i) {
    Profile& p = inputs[i].profile;
    p.id.emplace()[i % 16] = static_cast<uint8_t>(i + 1);
    if (around_zero) p.time_nanos -= 1'700'005'000'000'000'000;
  }
  return inputs;
}

// Selections of generated profiles: by label, time, stack, frames, sample labels.
inline std::vector<NaiveChoice> NaiveChoices(const std::vector<Input>& inputs, uint64_t seed) {
  Random random(seed);
  const std::string pod(inputs[random.Below(inputs.size())].series.Get("pod").value_or(""));
  const int64_t start = inputs[random.Below(inputs.size())].profile.time_nanos;
  const std::string name = "function" + std::to_string(random.Below(4));
  using Op = LabelMatcher::Op;
  std::vector<NaiveChoice> out(6);
  out[1].selection.matchers = {{"pod", Op::kEqual, pod}};
  out[1].profile = [=](const Input& i) { return i.series.Get("pod") == pod; };
  out[2].selection.start_nanos = start;
  out[2].profile = [=](const Input& i) { return i.profile.time_nanos >= start; };
  out[3].selection.stacks.focus = name;
  out[3].sample = [=](const Profile& p, size_t i) { return NaiveFocus(p, i, name); };
  out[4].selection.stacks.hide = "^" + name + "$";
  out[4].frames = [=](Path* path) { std::erase(*path, name); };
  out[4].cuts = true;
  out[5].selection.sample_matchers = {{"key1", Op::kNotEqual, ""}};
  out[5].sample = [=](const Profile& p, size_t i) {
    const std::vector<std::string> texts = NaiveTexts(p, i, "key1");
    return !texts.empty() && !texts[0].empty();  // "" is what a sample without the label has
  };
  return out;
}

// The answer of a question to blocks, one after the other.
template <class Question>
typename Question::Answer AskFor(const std::vector<std::string>& blocks, const Question& question,
                                 const QueryOptions& options = {},
                                 const typename Question::Finish& how = {},
                                 QueryCost* cost = nullptr) {
  Query<Question> query(question, options);
  for (const std::string& bytes : blocks) {
    const absl::Status status = query.Add(OpenBytes(bytes));
    INFO(status);
    REQUIRE(status.ok());
  }
  if (cost != nullptr) *cost = query.cost();
  absl::StatusOr<typename Question::Answer> answer = std::move(query).Finish(how);
  INFO(answer.status());
  REQUIRE(answer.ok());
  return *std::move(answer);
}

// The same over a random split into blocks, partials that go through bytes, merged in any order.
template <class Question>
typename Question::Answer AskInParts(const std::vector<Input>& inputs, const Question& question,
                                     uint64_t seed, const typename Question::Finish& how = {}) {
  Random random(seed);
  std::vector<std::vector<Input>> parts(1 + random.Below(5));
  for (const Input& input : inputs) parts[random.Below(parts.size())].push_back(input);
  std::vector<Query<Question>> partials;
  for (const auto& part : parts) {
    REQUIRE(partials.emplace_back(question).Add(OpenBytes(Build(part))).ok());
  }
  while (partials.size() > 1) {
    const size_t from = random.Below(partials.size());
    absl::StatusOr<Query<Question>> taken = Query<Question>::Parse(partials[from].Serialize());
    INFO(taken.status());
    REQUIRE(taken.ok());
    partials.erase(partials.begin() + static_cast<ptrdiff_t>(from));
    const absl::Status status = partials[random.Below(partials.size())].Merge(*std::move(taken));
    INFO(status);
    REQUIRE(status.ok());
  }
  absl::StatusOr<typename Question::Answer> answer = std::move(partials[0]).Finish(how);
  INFO(answer.status());
  REQUIRE(answer.ok());
  return *std::move(answer);
}

inline std::string TextOf(const std::vector<Exemplar>& exemplars) {
  std::string out;
  for (const Exemplar& e : exemplars) {
    out += " [" + std::to_string(e.value) + " of " + e.series.ToString() + " at " +
           std::to_string(e.time_nanos) + " ";
    for (const uint8_t byte : e.id) out += std::to_string(byte) + ".";
    out += "]";
  }
  return out;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_QUERY_NAIVE_VALUES_H_
