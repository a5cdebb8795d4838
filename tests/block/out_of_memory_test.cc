// Memory that runs out in the builder: no exception, no false block.
#include <optional>

#include "block/block_support.h"
#include "support/allocation_hooks.h"

namespace dolerite::testing {
namespace {

// What became of one run.
struct Outcome {
  std::vector<absl::Status> adds;
  absl::StatusOr<std::string> block = std::string();
  bool failed = false;  // an allocation
};

Outcome Run(const std::vector<Input>& inputs, size_t fail_at) {
  Outcome out;
  out.adds.reserve(inputs.size());
  const BlockOptions options;  // made by the caller, whose memory is not the builder's affair
  FailAllocation(fail_at);
  absl::StatusOr<BlockBuilder> builder = BlockBuilder::Make(options);
  if (builder.ok()) {
    for (const Input& input : inputs) out.adds.push_back(builder->Add(input.series, input.profile));
    out.block = std::move(*builder).Finish();
  } else {
    out.block = builder.status();
  }
  out.failed = HasFailed();
  FailAllocation(0);
  return out;
}

TEST_CASE("memory that runs out leaves no exception and no false block") {
  if (!OwnsAllocations()) return;
  GenerateOptions options;
  options.samples = 4, options.names = 3;
  const std::vector<Input> inputs = {{{{"service_name", "a"}}, GenerateProfile(1, options)},
                                     {{{"service_name", "b"}}, GenerateProfile(2, options)},
                                     {{{"service_name", "a"}}, GenerateProfile(3, options)}};
  const std::string expected = Build(inputs);
  size_t k = 1, in_add = 0, in_finish = 0;
  for (bool more = true; more; ++k) {
    const Outcome out = Run(inputs, k);
    more = out.failed;
    INFO("allocation " << k);
    bool broken = false;
    for (const absl::Status& status : out.adds) {
      REQUIRE((status.ok() || absl::IsResourceExhausted(status)));
      REQUIRE((!broken || !status.ok()));
      broken = broken || !status.ok();
    }
    // Some algorithms of the standard library do with less memory: then all is well.
    const bool failed = !out.block.ok();
    if (failed) REQUIRE(out.failed);
    if (failed) REQUIRE(absl::IsResourceExhausted(out.block.status()));
    if (broken) REQUIRE(failed);
    if (!failed) REQUIRE(*out.block == expected);
    in_add += broken;
    in_finish += failed && !broken;
  }
  CHECK(in_add > 50);
  CHECK(in_finish > 100);
}

TEST_CASE("memory that runs out in a merge leaves no false block, and Reset mends both") {
  if (!OwnsAllocations()) return;
  GenerateOptions options;
  options.samples = 4, options.names = 3;
  const std::vector<Input> inputs = {{{{"service_name", "a"}}, GenerateProfile(1, options)},
                                     {{{"service_name", "b"}}, GenerateProfile(2, options)},
                                     {{{"service_name", "a"}}, GenerateProfile(3, options)}};
  const std::string expected = Build(inputs);
  BlockBuilder to = *BlockBuilder::Make(), from = *BlockBuilder::Make();
  size_t failures = 0;
  for (size_t k = 1, more = 1; more; ++k) {
    INFO("allocation " << k);
    to.Reset(k % 2 ? 0 : 64 << 20), from.Reset();
    REQUIRE(to.Add(inputs[0].series, inputs[0].profile).ok());
    REQUIRE(from.Add(inputs[1].series, inputs[1].profile).ok());
    REQUIRE(from.Add(inputs[2].series, inputs[2].profile).ok());
    FailAllocation(k);
    const absl::Status merged = to.Merge(std::move(from));
    more = HasFailed();
    FailAllocation(0);
    const absl::StatusOr<std::string> block = std::move(to).Finish();
    if (merged.ok()) {
      REQUIRE(block.ok());
      REQUIRE(*block == expected);
      continue;
    }
    ++failures;
    REQUIRE(absl::IsResourceExhausted(merged));
    // Before the first change, a failure leaves both as they were.
    if (block.ok()) REQUIRE(*block == Build({inputs[0]}));
    if (!block.ok()) REQUIRE(absl::IsResourceExhausted(from.Add({}, Profile())));
  }
  CHECK(failures > 20);
}

}  // namespace
}  // namespace dolerite::testing
