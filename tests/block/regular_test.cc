// Blocks of great regularity: they store few bytes of many rows, and default limits read them all
// the same, since the writer pads them.
#include "block/block_support.h"
#include "block/decode_need.h"
#include "dolerite/query.h"
#include "support/reseal.h"

namespace dolerite::testing {
namespace {

Profile Empty() {
  Profile p;
  p.sample_types.push_back({p.symbols.strings.Add("cpu"), p.symbols.strings.Add("count")});
  return p;
}

void AddSample(LocationId location, int64_t value, Profile* p) {
  p->stacks.items.push_back(location);
  p->stacks.Close();
  p->samples.stack.push_back({static_cast<uint32_t>(p->stacks.size() - 1)});
  p->samples.attributes.push_back({});
  p->samples.values.push_back(value);
}

// One profile in which each sample has an address of its own.
Profile Addresses(size_t n) {
  Profile p = Empty();
  for (size_t i = 0; i < n; ++i) AddSample(p.symbols.AddLocation({}, 4096 + 16 * i), 1, &p);
  return p;
}

// Everything of a block is read with default limits, and nothing is damaged.
void CheckReadable(const std::string& block, size_t profiles, bool padded) {
  INFO(block.size() << " bytes");
  const BlockReader reader = OpenBytes(block);
  std::vector<size_t> all;
  for (size_t i = 0; i < profiles; ++i) all.push_back(i);
  size_t read = 0;
  const absl::Status done = reader.ReadProfiles(all, [&](size_t, const Profile&) {
    ++read;
    return absl::OkStatus();
  });
  CHECK(done == absl::OkStatus());
  CHECK(read == profiles);
  TreeQuery query({.by = FrameBy::kAddress});
  CHECK(query.Add(reader) == absl::OkStatus());
  const auto damage = reader.Verify();
  REQUIRE(damage.ok());
  CHECK(damage->empty());
  const OpenBlock open = OpenBlock::Take(block);
  CHECK((open.sections[0].entry.kind == SectionKind::kPadding) == padded);
}

TEST_CASE("a regular block: many equal profiles") {
  for (const size_t n : {size_t{1'000}, size_t{150'000}}) {
    BlockBuilder builder = *BlockBuilder::Make();
    Profile p = Empty();
    AddSample(p.symbols.AddLocation({}, 7), 1, &p);
    for (size_t i = 0; i < n; ++i) {
      p.time_nanos = static_cast<int64_t>(i);
      REQUIRE(builder.Add({{"service_name", "s"}}, p).ok());
    }
    CheckReadable(*std::move(builder).Finish(), n, n > 100'000);
  }
}

TEST_CASE("a regular block: many addresses at equal distances") {
  for (const size_t n : {size_t{1'000}, size_t{300'000}}) {
    CheckReadable(Build({{{}, Addresses(n)}}), 1, n > 100'000);
  }
}

TEST_CASE("a regular block: many datasets") {
  std::vector<Input> inputs;
  for (int i = 0; i < 200; ++i) {
    inputs.push_back({{{"service_name", "s" + std::to_string(i)}}, Addresses(2'000)});
  }
  CheckReadable(Build(inputs), 200, true);
}

TEST_CASE("padding is what the bounds of readers lack") {
  CHECK(PaddingFor({}, {}, 1) == 0);
  CHECK(PaddingFor({32 << 20, 1 << 24}, {}, 1) == 0);
  CHECK(PaddingFor({(32 << 20) + 62, 0}, {}, 1) == 1);
  CHECK(PaddingFor({(32 << 20) + 64 * 1'000, 0}, {1'000, 0}, 1) == 0);
  CHECK(PaddingFor({0, (1 << 24) + 257}, {}, 1) == 2);
  CHECK(PaddingFor({1 << 20, 0}, {}, 1'000) == (768 << 10) / 62 + 1);
}

}  // namespace
}  // namespace dolerite::testing
