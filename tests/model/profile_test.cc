// A profile with one thing wrong is refused, with the place.
#include "dolerite/profile.h"

#include <catch2/catch.hpp>
#include <functional>

#include "support/generate.h"

namespace dolerite::testing {
namespace {

// The first generated profile that has all tables and timestamps.
Profile Full() {
  for (uint64_t seed = 0;; ++seed) {
    Profile p = GenerateProfile(seed);
    const bool full = p.symbols.mappings.size() > 1 && !p.samples.shape.empty() &&
                      !p.samples.timestamp_values.empty() && !p.comments.empty() &&
                      !p.symbols.attribute_sets.items.empty() &&
                      !p.symbols.locations.lines.items.empty();
    if (full) return p;
  }
}

TEST_CASE("each broken column is found and named") {
  struct Break {
    const char* place;
    std::function<void(Profile*)> apply;
  };
  constexpr uint32_t kFar = 1'000'000;
  const std::vector<Break> breaks = {
      {"mappings.limit", [](Profile* p) { p->symbols.mappings.limit.pop_back(); }},
      {"mappings.offset", [](Profile* p) { p->symbols.mappings.offset.push_back(0); }},
      {"mappings.file", [](Profile* p) { p->symbols.mappings.file[1] = {kFar}; }},
      {"mappings.build_id", [](Profile* p) { p->symbols.mappings.build_id[1] = {kFar}; }},
      {"mappings.flags", [](Profile* p) { p->symbols.mappings.flags.clear(); }},
      {"mappings.attributes", [](Profile* p) { p->symbols.mappings.attributes[1] = {kFar}; }},
      {"mappings.instance", [](Profile* p) { p->symbols.mappings.instance.pop_back(); }},
      {"mappings", [](Profile* p) { p->symbols.mappings = {}; }},
      {"functions", [](Profile* p) { p->symbols.functions = {}; }},
      {"functions.name", [](Profile* p) { p->symbols.functions.name[0] = {kFar}; }},
      {"functions.system_name", [](Profile* p) { p->symbols.functions.system_name.pop_back(); }},
      {"functions.file", [](Profile* p) { p->symbols.functions.file.back() = {kFar}; }},
      {"functions.start_line", [](Profile* p) { p->symbols.functions.start_line.pop_back(); }},
      {"locations.mapping", [](Profile* p) { p->symbols.locations.mapping[0] = {kFar}; }},
      {"locations.address", [](Profile* p) { p->symbols.locations.address.pop_back(); }},
      {"locations.folded", [](Profile* p) { p->symbols.locations.folded.pop_back(); }},
      {"locations.attributes", [](Profile* p) { p->symbols.locations.attributes[0] = {kFar}; }},
      {"locations.lines", [](Profile* p) { p->symbols.locations.lines.ends[0] = kFar; }},
      {"locations.lines", [](Profile* p) { p->symbols.locations.lines.items.pop_back(); }},
      {"locations.lines",
       [](Profile* p) { p->symbols.locations.lines.items[0].function = {kFar}; }},
      {"attributes.key", [](Profile* p) { p->symbols.attributes.key[0] = {kFar}; }},
      {"attributes.kind", [](Profile* p) { p->symbols.attributes.kind[0] = AttributeKind{7}; }},
      {"attributes.kind", [](Profile* p) { p->symbols.attributes.kind.pop_back(); }},
      {"attributes.value", [](Profile* p) { p->symbols.attributes.value[0] = kFar; }},
      {"attributes.value", [](Profile* p) { p->symbols.attributes.value[0] = uint64_t{1} << 32; }},
      {"attributes.unit", [](Profile* p) { p->symbols.attributes.unit[0] = {kFar}; }},
      {"attribute_sets", [](Profile* p) { p->symbols.attribute_sets.items[0] = {kFar}; }},
      {"mappings.attributes[0]", [](Profile* p) { p->symbols.attribute_sets = {}; }},
      {"stacks", [](Profile* p) { p->stacks.items[0] = {kFar}; }},
      {"stacks", [](Profile* p) { p->stacks.ends.back() += 1; }},
      {"stacks", [](Profile* p) { p->stacks.Clear(); }},
      {"links", [](Profile* p) { p->links.span_id.pop_back(); }},
      {"links", [](Profile* p) { p->links = {}; }},
      {"samples.stack", [](Profile* p) { p->samples.stack[2] = {kFar}; }},
      {"samples.attributes", [](Profile* p) { p->samples.attributes[2] = {kFar}; }},
      {"samples.attributes", [](Profile* p) { p->samples.attributes.pop_back(); }},
      {"samples.link", [](Profile* p) { p->samples.link[2] = {kFar}; }},
      {"samples.link", [](Profile* p) { p->samples.link.pop_back(); }},
      {"samples.values", [](Profile* p) { p->samples.values.pop_back(); }},
      {"samples.values", [](Profile* p) { p->sample_types.pop_back(); }},
      {"samples.shape", [](Profile* p) { p->samples.shape.pop_back(); }},
      {"samples.shape", [](Profile* p) { p->samples.shape.clear(); }},
      {"samples.shape", [](Profile* p) { p->samples.shape[0] = SampleShape{4}; }},
      {"samples.timestamps", [](Profile* p) { p->samples.timestamps.items.push_back(1); }},
      {"samples.timestamp_values", [](Profile* p) { p->samples.timestamp_values.pop_back(); }},
      {"profile.strings", [](Profile* p) { p->comments[0] = {kFar}; }},
      {"profile.strings", [](Profile* p) { p->default_sample_type = {kFar}; }},
      {"profile.strings", [](Profile* p) { p->sample_types[0].unit = {kFar}; }},
      {"profile.strings", [](Profile* p) { p->period_type.type = {kFar}; }},
      {"profile.strings", [](Profile* p) { p->drop_frames = {kFar}; }},
      {"profile.strings", [](Profile* p) { p->keep_frames = {kFar}; }},
      {"profile.strings", [](Profile* p) { p->doc_url = {kFar}; }},
      {"profile.strings", [](Profile* p) { p->payload_format = {kFar}; }},
      {"profile.attributes", [](Profile* p) { p->attributes = {kFar}; }},
  };
  const Profile sound = Full();
  REQUIRE(sound.Validate().ok());
  for (const Break& b : breaks) {
    Profile broken = sound;
    b.apply(&broken);
    const absl::Status status = broken.Validate();
    INFO(b.place << ": " << status);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(std::string(status.message()).find(b.place) == 0);
  }
}

TEST_CASE("a cleared profile is a new one") {
  Profile p = Full();
  p.Clear();
  CHECK(DescribeStored(p) == DescribeStored(Profile()));
  CHECK(p.Validate().ok());
}

TEST_CASE("the default sample type is the one named, else the last") {
  Profile p = GenerateProfile(1);
  CHECK(p.default_type_index() == 1);
  p.default_sample_type = p.sample_types[0].type;
  CHECK(p.default_type_index() == 0);
  p.default_sample_type = p.symbols.strings.Add("no such");
  CHECK(p.default_type_index() == 1);
}

}  // namespace
}  // namespace dolerite::testing
