// What do ten times as many of something cost? A cost that grows with the work grows tenfold; one
// that grows with the square, a hundredfold. Each shape of input makes one thing many; each piece
// of work is timed on each of them.
//
// Blocks are made and written in a process of their own. Questions run in one that has only the
// blocks: where the profiles were made, free memory lies scattered, and a question's time would
// tell about that too. Each row also says how much more the work allocates.
#include <algorithm>
#include <cstdint>
#include <cstring>
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
#include "support/allocations.h"
#include "support/child_process.h"
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

struct Cost {
  double seconds = 0;
  Allocations allocations;
};

template <class Run>
Cost CostOf(const Run& run) {
  return {MedianSeconds(run), AllocationsOf(run)};
}

std::vector<std::string> Build(const Shape& shape, const Inputs& inputs) {
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

// What answers must say of the blocks of a shape, and what writing them cost.
struct Facts {
  size_t profiles = 0, samples = 0, asked_samples = 0;
  Cost write;
};

bool IsAsked(const Shape& shape, const LabelSet& series) {
  const auto& asked = shape.asked.pairs();
  return std::all_of(asked.begin(), asked.end(), [&](const LabelSet::Pair& pair) {
    return series.Get(pair.first) == pair.second;
  });
}

struct Case {
  const Shape& shape;
  Facts facts;
  std::vector<std::string> blocks;

  // In a process of its own: facts, then each block behind its size.
  static Case Make(const Shape& shape, size_t n, bool time_writing);

  std::vector<BlockReader> Open() const {
    std::vector<BlockReader> out;
    for (const std::string& block : blocks) out.push_back(Must(BlockReader::FromBytes(block)));
    return out;
  }
  Selection Asked() const { return {.matchers = Must(ParseMatchers(shape.asked.ToString()))}; }
};

std::string MakeBlocks(const Shape& shape, size_t n, bool time_writing) {
  const Inputs inputs = shape.make(n);
  Facts facts{.profiles = inputs.size()};
  for (const SeriesProfile& input : inputs) {
    const size_t samples = input.profile.samples.size();
    facts.samples += samples;
    if (IsAsked(shape, input.series)) facts.asked_samples += samples;
  }
  const std::vector<std::string> blocks = Build(shape, inputs);
  if (time_writing) {
    facts.write = CostOf(
        [&] { Require(Build(shape, inputs) == blocks, "two blocks of the same profiles differ"); });
  }
  std::string out(reinterpret_cast<const char*>(&facts), sizeof facts);
  for (const std::string& block : blocks) {
    const size_t size = block.size();
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += block;
  }
  return out;
}

Case Case::Make(const Shape& shape, size_t n, bool time_writing) {
  const std::string made = InChildProcess([&] { return MakeBlocks(shape, n, time_writing); });
  Case out{shape, {}, {}};
  Require(made.size() >= sizeof out.facts, "blocks were not made");
  std::memcpy(&out.facts, made.data(), sizeof out.facts);
  for (size_t at = sizeof out.facts; at < made.size();) {
    size_t size = 0;
    std::memcpy(&size, &made[at], sizeof size);
    out.blocks.push_back(made.substr(at + sizeof size, size));
    at += sizeof size + size;
  }
  return out;
}

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

void Open(const Case& of) { Use(of.Open()); }

void ReadAll(const Case& of) {
  size_t samples = 0;
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
  Require(samples == of.facts.samples, "blocks give other samples than they were given");
}

void FlameGraph(const Case& of) {
  const Tree tree = Ask(TreeQuestion{of.Asked()}, of);
  // Each sample is worth 1.
  Require(tree.columns[0].total[0] == static_cast<int64_t>(of.facts.asked_samples),
          "a flame graph's total is wrong");
}

void MergedProfile(const Case& of) { Use(Ask(ProfileQuestion{of.Asked()}, of)); }
void Totals(const Case& of) { Use(Ask(SeriesQuestion{.selection = of.Asked()}, of)); }
void TotalsByGroup(const Case& of) {
  Use(Ask(SeriesQuestion{.selection = of.Asked(), .group_by = {"pod", "nowhere"}}, of));
}
void FindLabels(const Case& of) { Use(Ask(CatalogQuestion{{}, true}, of)); }

void ListAll(const Case& of) {
  Require(Ask(ListQuestion(), of).size() == of.facts.profiles, "profiles are missing in a list");
}

const Work kWorks[] = {
    {"open", Open},
    {"read all", ReadAll},
    {"flame graph", FlameGraph},
    {"merged profile", MergedProfile},
    {"totals over time", Totals},
    {"totals by group", TotalsByGroup},
    {"catalog", FindLabels},
    {"list", ListAll},
};

// "205 k, 10.0x": what there is of something, and how many times what there was.
std::string Grown(const std::string& what, size_t now, size_t before) {
  return what + ", " + Times(static_cast<double>(now) / static_cast<double>(before));
}

void PrintGrowth(const std::string& what, const Cost& now, const Cost& before) {
  const Allocations &a = now.allocations, &b = before.allocations;
  Print({what, Time(now.seconds),
         Text("a tenth: %s; allocations %s; %s", Time(before.seconds).c_str(),
              Grown(Count(double(a.count)), a.count, b.count).c_str(),
              Grown(Bytes(double(a.bytes)), a.bytes, b.bytes).c_str()),
         Times(now.seconds / before.seconds), Text("<= %.0fx", kGoal)});
}

// Each size beside the one that is a tenth of it. `work`: the one piece of work to time, or "".
void Answer(const Shape& shape, std::string_view work) {
  const auto is_wanted = [&](std::string_view name) { return work.empty() || work == name; };
  std::vector<Cost> before;
  for (size_t n = shape.least; n <= shape.most; n *= 10) {
    const Case of = Case::Make(shape, n, is_wanted("write"));
    std::vector<Cost> now = {of.facts.write};
    for (const Work& w : kWorks) {
      now.push_back(is_wanted(w.name) ? CostOf([&] { w.run(of); }) : Cost());
    }
    for (size_t i = 0; i < before.size(); ++i) {
      if (now[i].seconds == 0) continue;
      PrintGrowth(Text("%s, %s %s", i == 0 ? "write" : kWorks[i - 1].name, Count(double(n)).c_str(),
                       shape.many),
                  now[i], before[i]);
    }
    before = std::move(now);
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
