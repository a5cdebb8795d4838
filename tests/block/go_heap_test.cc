// Go heap values come back exactly, whether they are stored as counts or not.
#include <cmath>

#include "block/block_support.h"
#include "block/go_heap_types.h"

namespace dolerite::testing {
namespace {

constexpr int64_t kRate = 524288;

Profile Heap(int64_t time) {
  Profile p;
  const StringId bytes = AddGoHeapTypes(&p);
  p.period_type = {p.symbols.strings.Add("space"), bytes};
  p.period = kRate;
  p.time_nanos = time;
  for (uint32_t s = 0; s < 8; ++s) {
    AddGoHeapSample(&p, bytes, s, s + 1, {time + s + 1, int64_t{s % 3}}, kRate);
  }
  return p;
}

std::vector<Input> Heaps() {
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 5; ++i) inputs.push_back({{{"service_name", "heap"}}, Heap(i)});
  return inputs;
}

bool StoresCounts(const BlockReader& block) {
  const auto dump = block.Dump();
  REQUIRE(dump.ok());
  return dump->find("scales") != std::string::npos;
}

void CheckExact(const std::vector<Input>& inputs, bool counts) {
  const std::string bytes = Build(inputs);
  const BlockReader block = OpenBytes(bytes);
  CHECK(StoresCounts(block) == counts);
  CHECK(block.Verify()->empty());
  CHECK(Describe(block) == Describe(inputs));
}

TEST_CASE("Go heap values are stored as counts") { CheckExact(Heaps(), true); }

TEST_CASE("a Go heap value that no count scales to is stored as it is") {
  for (size_t value = 0; value < 4; ++value) {
    for (const int64_t off : {-1, 1}) {
      std::vector<Input> inputs = Heaps();
      inputs[2].profile.samples.values[5 * 4 + value] += off;
      INFO("value " << value << ", " << off);
      CheckExact(inputs, false);
    }
  }
}

// One run of equal values, whose objects are 1 / (1 - exp(-size / rate)) times a count.
Input Extreme(int64_t objects, int64_t bytes) {
  Profile p;
  const StringId unit = AddGoHeapTypes(&p);
  p.period_type = {p.symbols.strings.Add("space"), unit};
  p.period = int64_t{1} << 60;
  p.symbols.AddLocation({}, 0);
  p.stacks.items.push_back({0});
  p.stacks.Close();
  p.symbols.AddAttribute(unit, AttributeKind::kInteger, uint64_t{1} << 50, unit);
  p.symbols.attribute_sets.items.push_back({0});
  p.symbols.attribute_sets.Close();
  p.samples.stack = {{1}}, p.samples.attributes = {{1}};
  p.samples.values = {objects, bytes, 0, 0};
  return {{{"service_name", "heap"}}, p};
}

// A count of 8 scales to 2^63 bytes and more, which a conversion to 64 bits may turn into
// INT64_MIN.
TEST_CASE("a Go heap value that no conversion of a count can give comes back") {
  for (const int64_t bytes : {INT64_MIN, INT64_MAX, int64_t{0}, int64_t{-1}}) {
    INFO(bytes);
    const std::vector<Input> inputs = {Extreme(8196, bytes)};
    CHECK(Describe(OpenBytes(Build(inputs))) == Describe(inputs));
  }
}

// Each value fits 64 bits, the sum over the run of equal stacks does not.
TEST_CASE("sums of Go heap values beyond 64 bits") {
  const double scale = 1 / (1 - std::exp(-std::exp2(-10)));
  const int64_t objects = static_cast<int64_t>(7 * scale);
  const int64_t bytes = static_cast<int64_t>(7 * std::exp2(50) * scale);
  std::vector<Input> inputs;
  for (int64_t i = 0; i < 5; ++i) {
    inputs.push_back(Extreme(objects, bytes));
    inputs.back().profile.time_nanos = i;
  }
  CheckExact(inputs, true);
}

}  // namespace
}  // namespace dolerite::testing
