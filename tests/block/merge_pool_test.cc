// Merging profiles without timestamps and payloads: their samples go from chunk to chunk in pieces,
// and the bytes are those of a builder all the same.
#include "block/go_heap_types.h"
#include "block/merge_support.h"

namespace dolerite::testing {
namespace {

constexpr int64_t kMinute = 60'000'000'000;

// Few stacks and label sets, so that profiles share keys. Each sample may have a link.
Input Sampled(Random* random, int64_t minute, bool linked) {
  Input input;
  input.series = {{"service_name", "s"}, {"pod", random->Below(2) == 0 ? "a" : "b"}};
  Profile& p = input.profile;
  Symbols& s = p.symbols;
  p.time_nanos = minute * kMinute + static_cast<int64_t>(random->Below(1000));
  for (const char* type : {"samples", "cpu"}) {
    p.sample_types.push_back({s.strings.Add(type), s.strings.Add("count")});
  }
  for (uint32_t i = 0; i < 12; ++i) {
    s.AddLocation({}, 16 * random->Below(20));
    p.stacks.items.push_back({i});
    p.stacks.Close();
  }
  for (uint32_t i = 0; i < 4; ++i) {
    s.AddAttribute(s.strings.Add("key"), AttributeKind::kInteger, random->Below(6), {});
    s.attribute_sets.items.push_back({i});
    s.attribute_sets.Close();
  }
  for (uint8_t i = 1; i < 6; ++i) {
    p.links.trace_id.push_back({i, static_cast<uint8_t>(minute)});
    p.links.span_id.push_back({i});
  }
  const bool labelled = random->Below(2) == 0;
  for (size_t i = random->Below(60); i > 0; --i) {
    p.samples.stack.push_back({static_cast<uint32_t>(1 + random->Below(12))});
    p.samples.attributes.push_back({static_cast<uint32_t>(labelled ? random->Below(5) : 0)});
    if (linked) p.samples.link.push_back({static_cast<uint32_t>(random->Below(6))});
    const int64_t value = static_cast<int64_t>(random->Below(3)) - 1;
    p.samples.values.push_back(value);
    p.samples.values.push_back(10 * value);
  }
  return input;
}

// A Go heap profile that was sampled at this rate; its values are exact unless one is `off`.
Input Heap(int64_t minute, int64_t rate, int64_t off = 0) {
  Input input;
  input.series = {{"service_name", "heap"}};
  Profile& p = input.profile;
  const StringId bytes = AddGoHeapTypes(&p);
  p.period_type = {p.symbols.strings.Add("space"), bytes};
  p.period = rate;
  p.time_nanos = minute * kMinute;
  for (uint32_t s = 0; s < 6; ++s) {
    AddGoHeapSample(&p, bytes, s, s % 3 + 1, {minute / 3 + s + 1, int64_t{s % 3}}, rate);
  }
  p.samples.values[0] += off;
  return input;
}

// Dealt out to blocks in turn, so that times of blocks overlap, and in pieces that follow each
// other.
void CheckMerges(const std::vector<Input>& inputs, const BlockOptions& options = {},
                 const BlockOptions& merged_options = {}) {
  const std::string built = Build(inputs, merged_options);
  for (const bool in_turn : {false, true}) {
    std::vector<std::vector<Input>> parts(3);
    for (size_t i = 0; i < inputs.size(); ++i) {
      parts[in_turn ? i % 3 : 3 * i / inputs.size()].push_back(inputs[i]);
    }
    std::vector<std::string> blocks;
    for (const std::vector<Input>& part : parts) blocks.push_back(Build(part, options));
    for (const size_t budget : {size_t{1} << 20, size_t{1} << 30}) {
      const auto merged = Merge(blocks, merged_options, budget);
      INFO("in turn: " << in_turn << ", " << merged.status());
      REQUIRE(merged.ok());
      CHECK((*merged == built));
    }
  }
}

TEST_CASE("merging pieces: samples with labels and links, in groups of any size") {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    BlockOptions options, merged;
    for (BlockOptions* o : {&options, &merged}) {
      o->samples_per_chunk = 1 + static_cast<uint32_t>(random.Below(2'000));
      o->profiles_per_group = static_cast<uint32_t>(random.Below(4));
      o->group_window_nanos = (1 + static_cast<int64_t>(random.Below(90))) * kMinute;
    }
    std::vector<Input> inputs;
    for (int64_t minute = 0; minute < 60; ++minute) {
      inputs.push_back(Sampled(&random, minute, random.Below(2) == 0));
    }
    CheckMerges(inputs, options, merged);
  }
}

TEST_CASE("merging pieces: counts of Go heap values") {
  constexpr int64_t kRate = 524'288;
  std::vector<Input> inputs;
  for (int64_t minute = 0; minute < 60; ++minute) inputs.push_back(Heap(minute, kRate));
  CheckMerges(inputs);
  CheckMerges(inputs, {}, {.unscale_go_heap = false});
  CheckMerges(inputs, {.unscale_go_heap = false});
  CheckMerges(inputs, {.profiles_per_group = 1});
  CheckMerges(inputs, {}, {.profiles_per_group = 1});
}

// Blocks of one rate store counts, the merged block can not, or not in all of its chunks.
TEST_CASE("merging pieces: Go heap values of two rates, and one that no count gives") {
  std::vector<Input> rates, off;
  for (int64_t minute = 0; minute < 60; ++minute) {
    rates.push_back(Heap(minute, minute < 20 ? 524'288 : 1'048'576));
    off.push_back(Heap(minute, 524'288, minute == 30 ? 1 : 0));
  }
  for (const int64_t window : {10 * kMinute, 20 * kMinute, 60 * kMinute}) {
    CheckMerges(rates, {.group_window_nanos = window});
    CheckMerges(rates, {}, {.group_window_nanos = window, .samples_per_chunk = 1});
    CheckMerges(off, {.group_window_nanos = window, .samples_per_chunk = 1});
    CheckMerges(off, {}, {.group_window_nanos = window, .samples_per_chunk = 1});
  }
}

// Profiles with timestamps take the other way, chunk by chunk.
TEST_CASE("merging pieces: beside profiles with timestamps and payloads") {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    std::vector<Input> inputs;
    for (int64_t minute = 0; minute < 30; ++minute) {
      inputs.push_back(Sampled(&random, minute, true));
      if (random.Below(4) == 0) inputs.back().profile.payload = "text";
    }
    CheckMerges(inputs, {.samples_per_chunk = 100}, {.samples_per_chunk = 200});
  }
}

}  // namespace
}  // namespace dolerite::testing
