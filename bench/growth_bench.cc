// What do ten times as many of something cost? A cost that grows with the work grows tenfold; one
// that grows with the square, a hundredfold. Each shape of input makes one thing many; each piece
// of work is timed on each of them.
//
// Instructions of writing grow 8.7 to 10.5 times in the rows that were counted: series, label
// names, mappings, links, profiles, types (`valgrind --tool=callgrind`). Time can grow more from 10
// k to 100 k: what 10 k profiles take stays in the second-level cache and in memory that malloc
// keeps, what 100 k take does not. Small allocations, one or more a row, make most of that
// difference.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/profile.h"
#include "dolerite/query.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr double kGoal = 12;  // times the cost of a tenth as many

using Inputs = std::vector<SeriesProfile>;

Profile OneSample(std::string_view type = "cpu") {
  Profile p;
  p.sample_types = {{p.symbols.strings.Add(type), p.symbols.strings.Add("count")}};
  p.samples.stack = {{}}, p.samples.attributes = {{}};
  p.samples.values = {1};
  return p;
}

void AddStack(const std::vector<LocationId>& leaf_first, Profile* p) {
  p->stacks.items.insert(p->stacks.items.end(), leaf_first.begin(), leaf_first.end());
  p->stacks.Close();
  p->samples.stack.push_back({static_cast<uint32_t>(p->stacks.size() - 1)});
  p->samples.attributes.push_back({});
  p->samples.values.push_back(1);
}

LocationId AddFrame(const std::string& name, Profile* p) {
  Symbols& s = p->symbols;
  const FunctionId function = s.AddFunction(s.strings.Add(name), {}, {}, 0);
  s.locations.lines.items.push_back({function, 1, 0});
  return s.AddLocation({}, s.locations.size());
}

std::string Numbered(const char* what, size_t i) { return what + std::to_string(i); }

// The shapes. Each has `n` of what its name says and little of all else.

Inputs Profiles(size_t n) {
  Inputs inputs(n, {{{"service_name", "s"}}, OneSample()});
  for (size_t i = 0; i < n; ++i) inputs[i].profile.time_nanos = static_cast<int64_t>(i);
  return inputs;
}

Inputs SeriesOfOne(size_t n) {
  Inputs inputs = Profiles(n);
  for (size_t i = 0; i < n; ++i) inputs[i].series.Set("pod", Numbered("pod", i));
  return inputs;
}

Inputs TypesByLabel(size_t n) {
  Inputs inputs = Profiles(n);
  for (size_t i = 0; i < n; ++i) inputs[i].series.Set("kind", Numbered("kind", i));
  return inputs;
}

Inputs Datasets(size_t n) {
  Inputs inputs = Profiles(n);
  for (size_t i = 0; i < n; ++i) inputs[i].series.Set("service_name", Numbered("service", i));
  return inputs;
}

Inputs LabelNames(size_t n) {
  Inputs inputs = Profiles(n);
  for (size_t i = 0; i < n; ++i) inputs[i].series.Set(Numbered("name", i), "value");
  return inputs;
}

Inputs Chunks(size_t n) {
  Inputs inputs = Profiles(n);
  for (SeriesProfile& input : inputs) input.profile.time_nanos *= int64_t{7'200} * 1'000'000'000;
  return inputs;
}

Inputs MappingsOfOne(size_t n) {
  Profile p = OneSample();
  const StringId file = p.symbols.strings.Add("/bin/program");
  for (size_t i = 0; i < n; ++i) {
    const uint64_t start = i << 20;
    const MappingId mapping = p.symbols.AddMapping(start, start + 4096, 0, file, {});
    AddStack({p.symbols.AddLocation(mapping, start + 16)}, &p);
  }
  return {{{}, std::move(p)}};
}

Inputs MappingsOfMany(size_t n) {
  Inputs inputs = Profiles(n);
  for (size_t i = 0; i < n; ++i) {
    Symbols& s = inputs[i].profile.symbols;
    s.AddMapping(0, 4096, 0, s.strings.Add(Numbered("/lib/", i)), {});
  }
  return inputs;
}

Inputs LabelsOfAKey(size_t n) {
  Profile p = OneSample();
  Symbols& s = p.symbols;
  const StringId key = s.strings.Add("key");
  for (size_t i = 0; i < n; ++i) {
    s.attribute_sets.items.push_back(
        s.AddAttribute(key, AttributeKind::kString, s.strings.Add(Numbered("v", i)).value));
    s.attribute_sets.Close();
    AddStack({}, &p);
    p.samples.attributes.back() = {static_cast<uint32_t>(s.attribute_sets.size() - 1)};
  }
  return {{{}, std::move(p)}};
}

// As many labels of samples as series.
Inputs SeriesWithLabels(size_t n) {
  Inputs inputs = SeriesOfOne(n);
  for (size_t i = 0; i < n; ++i) {
    Profile& p = inputs[i].profile;
    const StringId key = p.symbols.strings.Add("key");
    const StringId value = p.symbols.strings.Add(Numbered("v", i));
    p.symbols.attribute_sets.items.push_back(
        p.symbols.AddAttribute(key, AttributeKind::kString, value.value));
    p.symbols.attribute_sets.Close();
    p.samples.attributes[0] = {1};
  }
  return inputs;
}

Inputs LinesOfALocation(size_t n) {
  Profile p = OneSample();
  Symbols& s = p.symbols;
  for (size_t i = 0; i < n; ++i) {
    const FunctionId function = s.AddFunction(s.strings.Add(Numbered("f", i)), {}, {}, 0);
    s.locations.lines.items.push_back({function, 1, 0});
  }
  AddStack({s.AddLocation({}, 1)}, &p);
  return {{{}, std::move(p)}};
}

Inputs ChildrenOfANode(size_t n) {
  Profile p = OneSample();
  const LocationId root = AddFrame("main", &p);
  for (size_t i = 0; i < n; ++i) AddStack({AddFrame(Numbered("f", i), &p), root}, &p);
  return {{{}, std::move(p)}};
}

Inputs DepthOfAStack(size_t n) {
  Profile p = OneSample();
  std::vector<LocationId> stack;
  for (size_t i = 0; i < n; ++i) stack.push_back(AddFrame(Numbered("f", i), &p));
  AddStack(stack, &p);
  return {{{}, std::move(p)}};
}

Inputs LinksOfAProfile(size_t n) {
  Profile p = OneSample();
  p.samples.link.push_back({});
  for (size_t i = 1; i <= n; ++i) {
    AddStack({}, &p);
    const uint64_t id = i * 0x9e3779b97f4a7c15u;
    auto& trace = p.links.trace_id.emplace_back();
    auto& span = p.links.span_id.emplace_back();
    for (size_t b = 0; b < 8; ++b) {
      span[b] = trace[b] = trace[b + 8] = static_cast<uint8_t>(id >> (8 * b));
    }
    p.samples.link.push_back({static_cast<uint32_t>(p.links.size() - 1)});
  }
  return {{{}, std::move(p)}};
}

struct Shape {
  const char* many;
  Inputs (*make)(size_t n);
  size_t least = 1'000, most = 100'000;
  BlockOptions options = {};
  LabelSet asked = {};         // of the profiles that questions are about; empty: all
  bool block_of_each = false;  // a block for each profile
};

const Shape kShapes[] = {
    {"profiles", Profiles},
    {"series", SeriesOfOne},
    {.many = "profile types", .make = TypesByLabel, .asked = {{"kind", "kind7"}}},
    {.many = "datasets", .make = Datasets, .most = 10'000},  // more pass the bound of a footer
    {"label names", LabelNames},
    {.many = "chunks", .make = Chunks, .options = {.samples_per_chunk = 1}},
    {.many = "blocks", .make = Profiles, .least = 10, .most = 1'000, .block_of_each = true},
    {"mappings of a profile", MappingsOfOne},
    {"mappings, each of a profile", MappingsOfMany},
    {"labels of one key", LabelsOfAKey},
    {"series with a label each", SeriesWithLabels},
    {"lines of a location", LinesOfALocation},
    {"children of a stack node", ChildrenOfANode},
    {"frames of a stack", DepthOfAStack},
    {"links", LinksOfAProfile},
};

// The blocks of a shape, and what they were made of.
struct Case {
  const Shape& shape;
  Inputs inputs;
  std::vector<std::string> blocks;

  std::vector<std::string> Build() const {
    const size_t profiles = shape.block_of_each ? 1 : inputs.size();
    std::vector<std::string> out;
    for (size_t begin = 0; begin < inputs.size(); begin += profiles) {
      BlockBuilder builder = Must(BlockBuilder::Make(shape.options));
      for (size_t i = begin; i < begin + profiles; ++i) {
        Must(builder.Add(inputs[i].series, inputs[i].profile));
      }
      out.push_back(Must(std::move(builder).Finish()));
    }
    return out;
  }
  std::vector<BlockReader> Open() const {
    std::vector<BlockReader> out;
    for (const std::string& block : blocks) out.push_back(Must(BlockReader::FromBytes(block)));
    return out;
  }
  Selection Asked() const { return {.matchers = Must(ParseMatchers(shape.asked.ToString()))}; }
};

template <class Q>
typename Q::Answer Ask(Q question, const Case& of) {
  const std::vector<BlockReader> readers = of.Open();
  std::vector<const BlockReader*> blocks;
  for (const BlockReader& reader : readers) blocks.push_back(&reader);
  Query<Q> query(std::move(question));
  Must(query.Add(blocks));
  return Must(std::move(query).Finish());
}

struct Work {
  const char* name;
  void (*run)(const Case&);
};

void Write(const Case& of) {
  Require(of.Build() == of.blocks, "two blocks of the same profiles differ");
}

void Open(const Case& of) { Use(of.Open()); }

void ReadAll(const Case& of) {
  size_t samples = 0, expected = 0;
  for (const BlockReader& reader : of.Open()) {
    size_t profiles = 0;
    for (const DatasetSummary& dataset : reader.summary().datasets) profiles += dataset.profiles;
    std::vector<size_t> indices(profiles);
    std::iota(indices.begin(), indices.end(), size_t{0});
    Must(reader.ReadProfiles(indices, [&](size_t, const Profile& profile) {
      samples += profile.samples.size();
      return absl::OkStatus();
    }));
  }
  for (const SeriesProfile& input : of.inputs) expected += input.profile.samples.size();
  Require(samples == expected, "blocks give other samples than they were given");
}

void FlameGraph(const Case& of) {
  int64_t samples = 0;  // each is worth 1
  for (const SeriesProfile& input : of.inputs) {
    const auto& asked = of.shape.asked.pairs();
    const bool all = std::all_of(asked.begin(), asked.end(), [&](const LabelSet::Pair& pair) {
      return input.series.Get(pair.first) == pair.second;
    });
    if (all) samples += static_cast<int64_t>(input.profile.samples.size());
  }
  const Tree tree = Ask(TreeQuestion{of.Asked()}, of);
  Require(tree.columns[0].total[0] == samples, "a flame graph's total is wrong");
}

void MergedProfile(const Case& of) { Use(Ask(ProfileQuestion{of.Asked()}, of)); }
void Totals(const Case& of) { Use(Ask(SeriesQuestion{.selection = of.Asked()}, of)); }
void TotalsByGroup(const Case& of) {
  Use(Ask(SeriesQuestion{.selection = of.Asked(), .group_by = {"pod", "nowhere"}}, of));
}
void FindLabels(const Case& of) { Use(Ask(CatalogQuestion{{}, true}, of)); }

void ListAll(const Case& of) {
  Require(Ask(ListQuestion(), of).size() == of.inputs.size(), "profiles are missing in a list");
}

const Work kWorks[] = {
    {"write", Write},
    {"open", Open},
    {"read all", ReadAll},
    {"flame graph", FlameGraph},
    {"merged profile", MergedProfile},
    {"totals over time", Totals},
    {"totals by group", TotalsByGroup},
    {"catalog", FindLabels},
    {"list", ListAll},
};

// Each size beside the one that is a tenth of it. `work`: the one piece of work to time, or "".
void Answer(const Shape& shape, std::string_view work) {
  std::vector<double> before(std::size(kWorks), 0);
  for (size_t n = shape.least; n <= shape.most; n *= 10) {
    Case of{shape, shape.make(n), {}};
    of.blocks = of.Build();
    for (size_t w = 0; w < before.size(); ++w) {
      if (!work.empty() && work != kWorks[w].name) continue;
      const double seconds = MedianSeconds([&] { kWorks[w].run(of); });
      if (before[w] > 0) {
        Print({Text("%s, %s %s", kWorks[w].name, Count(double(n)).c_str(), shape.many),
               Time(seconds), "a tenth: " + Time(before[w]), Times(seconds / before[w]),
               Text("<= %.0fx", kGoal)});
      }
      before[w] = seconds;
    }
  }
}

}  // namespace

// A second argument names the one shape to measure, a third one the one piece of work.
int main(int argc, char** argv) {
  Title("What do ten times as many of something cost?");
  for (const Shape& shape : kShapes) {
    if (argc > 2 && std::string_view(argv[2]) != shape.many) continue;
    Answer(shape, argc > 3 ? argv[3] : "");
  }
}
