// Catalogs against plain loops.
#include <set>
#include <tuple>

#include "query/every_question.h"
#include "support/share.h"

namespace dolerite::testing {
namespace {

struct NaiveCatalog {
  // Profiles, first and last time, by name of the type and labels.
  std::map<std::pair<std::string, LabelSet>, std::tuple<uint64_t, int64_t, int64_t>> series;
  std::map<std::string, std::set<std::string>> labels, sample_labels;
};

NaiveCatalog NaiveOf(const std::vector<Input>& inputs, const NaiveChoice& choice) {
  NaiveCatalog out;
  for (const Input& input : inputs) {
    if (!choice.profile(input)) continue;
    const std::string name(input.series.Get("__name__").value_or(""));
    const int64_t time = input.profile.time_nanos;
    const auto [at, is_new] = out.series.try_emplace({name, input.series}, 1, time, time);
    if (!is_new) {
      auto& [count, first, last] = at->second;
      ++count, first = std::min(first, time), last = std::max(last, time);
    }
    for (const auto& [label, value] : input.series.pairs()) {
      out.labels[std::string(label)].emplace(value);
    }
    for (size_t i = 0; i < input.profile.samples.size(); ++i) {
      if (!choice.sample(input.profile, i)) continue;
      Sums one;
      AddNaive(OnlySample(input.profile, i), "", FrameBy::kFunction, &one);
      Path path = one.begin()->first;
      choice.frames(&path);
      if (choice.cuts && path.empty()) continue;
      const Symbols& s = input.profile.symbols;
      for (uint32_t k = 0; k < s.strings.size(); ++k) {
        const std::string key(s.strings[StringId{k}]);
        for (const std::string& text : NaiveTexts(input.profile, i, key)) {
          out.sample_labels[key].insert(text);
        }
      }
    }
  }
  return out;
}

void CheckCatalog(const Catalog& got, const NaiveCatalog& expected, bool sample_labels) {
  NaiveCatalog seen;
  const ListedSeries* last = nullptr;
  for (const ListedSeries& s : got.series) {
    seen.series[{s.type->name, s.labels}] = {s.profiles, s.min_time_nanos, s.max_time_nanos};
    if (last != nullptr) CHECK(std::tie(*last->type, last->labels) < std::tie(*s.type, s.labels));
    last = &s;
    CHECK(s.type->sample_types.size() == 2);
  }
  CHECK(got.series.size() == expected.series.size());
  CHECK(seen.series == expected.series);
  CHECK(got.SeriesLabels() == expected.labels);
  if (sample_labels) {
    CHECK(got.sample_labels == expected.sample_labels);
  } else {
    CHECK(got.sample_labels.empty());
  }
  std::set<std::string> names;
  for (const auto& [key, times] : expected.series) names.insert(key.first);
  CHECK(got.ProfileTypes().size() == names.size());
}

TEST_CASE("catalogs of generated profiles are those of a plain loop") {
  for (uint64_t seed = 0; seed < ShareOf(8, 2); ++seed) {
    GenerateOptions options;
    options.everything = seed % 2 == 0;
    std::vector<Input> inputs = Generated(seed, 10, options);
    for (size_t i = 0; i < inputs.size(); i += 3) inputs[i].series.Set("__name__", "heap");
    const std::vector<std::string> blocks = {
        Build({inputs.begin(), inputs.begin() + 6}, {.profiles_per_group = 4}),
        Build({inputs.begin() + 6, inputs.end()})};
    for (const NaiveChoice& choice : NaiveChoices(inputs, seed)) {
      INFO("seed " << seed);
      const NaiveCatalog expected = NaiveOf(inputs, choice);
      for (bool labels : {false, true}) {
        const CatalogQuestion question{choice.selection, labels};
        for (bool heads : {true, false}) {
          CheckCatalog(AskFor(blocks, question, {.heads = heads}), expected, labels);
        }
        CheckCatalog(AskInParts(inputs, question, seed), expected, labels);
      }
    }
  }
}

TEST_CASE("a catalog of series reads no samples") {
  QueryCost cost;
  AskFor({Build(Generated(3, 20))}, CatalogQuestion(), {}, {}, &cost);
  CHECK(cost.rows == 0);
  CHECK(cost.section_bytes.size() == 1);
  CHECK(cost.section_bytes.count("profiles") == 1);
}

TEST_CASE("a catalog of real profiles") {
  if (!CorpusPresent()) return;
  const std::vector<Input> inputs = ReadSeries("checkout/", 20);
  std::map<LabelSet, uint64_t> expected, got;
  for (const Input& input : inputs) ++expected[input.series];
  const Catalog catalog = AskFor({Build(inputs)}, CatalogQuestion());
  for (const ListedSeries& s : catalog.series) got[s.labels] += s.profiles;
  CHECK(got == expected);
  CHECK(catalog.ProfileTypes().size() > 1);
}

}  // namespace
}  // namespace dolerite::testing
