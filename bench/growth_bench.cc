// What do ten times as many of something cost? A cost that grows with the work grows tenfold; one
// that grows with the square, a hundredfold. Each shape of input makes one thing many; each piece
// of work is timed on all of them.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/profile.h"
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
  size_t most = 100'000;
  BlockOptions options = {};
};

const Shape kShapes[] = {
    {"profiles", Profiles},
    {"series", SeriesOfOne},
    {"profile types", TypesByLabel},
    {"datasets", Datasets, 10'000},  // more pass the bound of a footer
    {"label names", LabelNames},
    {"chunks", Chunks, 100'000, {.samples_per_chunk = 1}},
    {"mappings of a profile", MappingsOfOne},
    {"mappings, each of a profile", MappingsOfMany},
    {"labels of one key", LabelsOfAKey},
    {"lines of a location", LinesOfALocation},
    {"children of a stack node", ChildrenOfANode},
    {"frames of a stack", DepthOfAStack},
    {"links", LinksOfAProfile},
};

// What is timed. It gets the inputs of a shape and the block that they make.
struct Work {
  const char* name;
  std::function<void(const Shape&, const Inputs&, const std::string& block)> run;
};

std::string Build(const Shape& shape, const Inputs& inputs) {
  BlockBuilder builder = Must(BlockBuilder::Make(shape.options));
  for (const SeriesProfile& input : inputs) Must(builder.Add(input.series, input.profile));
  return Must(std::move(builder).Finish());
}

const Work kWorks[] = {
    {"write a block",
     [](const Shape& shape, const Inputs& inputs, const std::string& block) {
       Require(Build(shape, inputs) == block, "two blocks of the same profiles differ");
     }},
};

void Answer(const Work& work, const Shape& shape) {
  double before = 0;
  for (size_t n = 1'000; n <= shape.most; n *= 10) {
    const Inputs inputs = shape.make(n);
    const std::string block = Build(shape, inputs);
    const double seconds = MedianSeconds([&] { work.run(shape, inputs, block); });
    if (before > 0) {
      Print({std::string(work.name) + ", " + Count(double(n)) + " " + shape.many, Time(seconds),
             "a tenth: " + Time(before), Times(seconds / before), Text("<= %.0fx", kGoal)});
    }
    before = seconds;
  }
}

}  // namespace

int main() {
  Title("What do ten times as many of something cost?");
  for (const Work& work : kWorks) {
    for (const Shape& shape : kShapes) Answer(work, shape);
  }
}
